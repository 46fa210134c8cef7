package io.partita.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.api.model.StatusDetailsBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.zjsonpatch.JsonPatch;
import io.partita.crds.Elections.Outcome.Elected;
import io.partita.crds.PartitionStatus.Leader;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Objects as a next release may have written them: with a field more wherever one can be. */
class ObjectPatchTest {

    private static final String LATER = "later";

    /** The object as the API server has it. */
    private static ObjectNode withMore(Topic topic) {
        ObjectNode raw = Serialization.unmarshal(Serialization.asJson(topic), ObjectNode.class);
        addTo(raw.get("spec"));
        if (raw.has("status")) {
            addTo(raw.get("status"));
        }
        return raw;
    }

    private static void addTo(JsonNode node) {
        if (node instanceof ObjectNode object && !object.isEmpty()) {
            object.forEach(ObjectPatchTest::addTo);
            object.put(LATER, "x");
        } else if (node instanceof ArrayNode array) {
            array.forEach(ObjectPatchTest::addTo);
        }
    }

    private static Topic topic(int partitions) {
        Topic topic = Samples.topic("orders", "c");
        topic.getSpec().partitions = partitions;
        topic.getMetadata().setResourceVersion("7");
        topic.setStatus(new TopicStatus());
        for (int i = 0; i < partitions; i++) {
            topic.getStatus().partitions.add(PartitionStatus.placed(i, List.of(i % 2)));
        }
        TopicRules.settle(topic.getStatus(), 1L, Instant.EPOCH);
        return topic;
    }

    private static ObjectNode patched(ObjectNode raw, String patch) {
        return (ObjectNode) JsonPatch.apply(Serialization.unmarshal(patch, ArrayNode.class), raw);
    }

    private static PartitionStatus led(PartitionStatus partition) {
        return ((Elected) Elections.elect(partition, new Leader(partition.replicas().getFirst(), "p"), "log", 1, -1)).next();
    }

    @Test
    void anElectionLeavesWhatItDoesNotKnow() {
        // Given
        ObjectNode raw = withMore(topic(3));
        Topic read = Serialization.unmarshal(raw.toString(), Topic.class);
        // When
        TopicStatus next = read.getStatus().copy();
        next.partitions.set(1, led(next.partitions.get(1)));
        TopicRules.settle(next, 1L, Instant.EPOCH);
        ObjectNode after = patched(raw, ObjectPatch.between(read, "status", read.getStatus(), next));
        // Then
        JsonNode partition = after.at("/status/partitions/1");
        assertEquals("p", partition.at("/leader/process").asText());
        assertEquals(List.of(1, 1), List.of(partition.path("leaderEpoch").asInt(), partition.path("version").asInt()));
        for (String path : List.of("/spec", "/status", "/status/partitions/0", "/status/partitions/1", "/status/conditions/0")) {
            assertEquals("x", after.at(path).path(LATER).asText(), path);
        }
        assertEquals(next.partitions, Serialization.unmarshal(after.toString(), Topic.class).getStatus().partitions);
        assertEquals("7", after.at("/metadata/resourceVersion").asText());
    }

    @Test
    void whatWasSaidOfAnotherLeaderOrLogGoesWithIt() {
        // Given
        Topic led = topic(1);
        led.getStatus().partitions.set(0, led(led.getStatus().partitions.getFirst()));
        ObjectNode raw = withMore(led);
        Topic read = Serialization.unmarshal(raw.toString(), Topic.class);
        // When
        TopicStatus next = read.getStatus().copy();
        PartitionStatus before = next.partitions.getFirst();
        next.partitions.set(0, ((Elected) Elections.electUnclean(before, new Leader(0, "q"), "another", -1)).next());
        ObjectNode after = patched(raw, ObjectPatch.between(read, "status", read.getStatus(), next));
        // Then
        assertFalse(after.at("/status/partitions/0/leader").has(LATER), after::toString);
        assertFalse(after.at("/status/partitions/0/isr/0").has(LATER), after::toString);
        assertTrue(after.at("/status/partitions/0").has(LATER), after::toString);
    }

    @Test
    void whatIsNotThereYetIsMadeWithItsWay() {
        // Given an object without a status, and one whose settings are left out
        Topic read = topic(0);
        read.setStatus(null);
        ObjectNode raw = Serialization.unmarshal(Serialization.asJson(read), ObjectNode.class);
        ((ObjectNode) raw.get("spec")).remove("config");
        // When
        raw = patched(raw, ObjectPatch.between(read, "status", null, topic(2).getStatus()));
        raw = patched(raw, ObjectPatch.between(read, "spec", Map.of("config", Map.of()), Map.of("config", Map.of("a/b~c", "1"))));
        // Then
        Topic after = Serialization.unmarshal(raw.toString(), Topic.class);
        assertEquals(2, after.getStatus().partitions.size());
        assertEquals(Map.of("a/b~c", "1"), after.getSpec().config);
    }

    @Test
    void listsGrowAndShrink() {
        for (int[] sizes : new int[][] {{2, 5}, {5, 2}, {3, 0}, {0, 3}}) {
            ObjectNode raw = withMore(topic(sizes[0]));
            Topic read = Serialization.unmarshal(raw.toString(), Topic.class);
            TopicStatus wanted = topic(sizes[1]).getStatus();
            Topic after = Serialization.unmarshal(patched(raw, ObjectPatch.between(read, "status", read.getStatus(), wanted)).toString(), Topic.class);
            assertEquals(wanted.partitions, after.getStatus().partitions);
        }
    }

    @Test
    void aSettingIsTakenOutAndOthersStay() {
        Topic read = topic(1);
        read.getSpec().config = new TreeMap<>(Map.of("retention.ms", "1", "segment.ms", "2"));
        ObjectNode raw = Serialization.unmarshal(Serialization.asJson(read), ObjectNode.class);

        raw = patched(raw, ObjectPatch.between(read, "spec", Map.of("config", read.getSpec().config), Map.of("config", Map.of("segment.ms", "3"))));

        assertEquals(Map.of("segment.ms", "3"), Serialization.unmarshal(raw.toString(), Topic.class).getSpec().config);
    }

    @Test
    void nothingIsWrittenWhereNothingDiffers() {
        Topic topic = topic(2);

        assertNull(ObjectPatch.between(topic, "status", topic.getStatus(), topic.getStatus().copy()));
    }

    @Test
    void theLargestElectionFitsIntoFewPatches() {
        Topic topic = topic(ObjectPatch.OPERATIONS_MAX / 5);
        TopicStatus next = topic.getStatus().copy();
        next.partitions.replaceAll(ObjectPatchTest::led);
        TopicRules.settle(next, 1L, Instant.EPOCH);

        int operations = Serialization.unmarshal(ObjectPatch.between(topic, "status", topic.getStatus(), next), ArrayNode.class).size();

        assertTrue(operations <= ObjectPatch.OPERATIONS_MAX, operations + " operations");
    }

    @Test
    void aPatchOfWhatIsGoneIsToldFromAnObjectThatIsWrong() {
        assertTrue(ObjectPatch.isOutdated(refusal(409, new StatusDetailsBuilder().withName("orders").build())));
        // As a real API server has it: "the server rejected our request due to an error in our request"
        assertTrue(ObjectPatch.isOutdated(refusal(422, new StatusDetailsBuilder().build())));
        assertFalse(
                ObjectPatch.isOutdated(refusal(422, new StatusDetailsBuilder().withName("orders").addNewCause().withField("spec.brokers").endCause().build())));
        assertFalse(ObjectPatch.isOutdated(refusal(403, null)));
    }

    private static KubernetesClientException refusal(int code, StatusDetails details) {
        return new KubernetesClientException(new StatusBuilder().withStatus("Failure").withCode(code).withDetails(details).build());
    }
}
