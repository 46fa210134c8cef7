package io.partita.broker.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.partita.broker.env.MemoryDisk;
import io.partita.crds.Cluster;
import io.partita.crds.KafkaRules;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.Topic;
import io.partita.crds.TopicStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ObjectFileTest {

    private static final Path DIRECTORY = Path.of("/data");

    private final MemoryDisk disk = new MemoryDisk();
    private final ObjectFile file = new ObjectFile(disk, DIRECTORY);
    private final Cluster cluster = new Cluster();

    @BeforeEach
    void aDirectoryAndACluster() throws IOException {
        disk.createDirectories(DIRECTORY);
        cluster.setMetadata(new ObjectMetaBuilder().withName("c").withNamespace("n").withUid("u")
                .withManagedFields(new ManagedFieldsEntryBuilder().withManager("somebody").build()).build());
        cluster.getSpec().config.put("log.retention.ms", "5");
    }

    private static Topic topic(String name, String ofCluster) {
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("n").withUid("uid-" + name).build());
        topic.getSpec().cluster = ofCluster;
        topic.setStatus(new TopicStatus());
        topic.getStatus().topicId = "uid-" + name;
        topic.getStatus().places = List.of("1-0 1");
        return topic;
    }

    @Test
    void whatWasWrittenIsRead() throws IOException {
        // Given
        ZonedDateTime renewed = ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 678_901_000, ZoneOffset.UTC);
        Lease lease = new LeaseBuilder().withNewMetadata().withName("c-1").endMetadata().withNewSpec().withHolderIdentity("p").withRenewTime(renewed).endSpec()
                .build();
        KafkaRules rules = KafkaRules.of("n", "c");
        rules.getSpec().acls = List.of("TOPIC LITERAL orders ALLOW READ User:alice *");
        // When
        file.write(new SeenObjects(cluster, List.of(topic("a", "c"), topic("b", "another")), List.of(lease),
                List.of(PartitionSetObject.of("n", "c", "1-0", List.of("format 1"))), rules, List.of(), null));
        SeenObjects read = file.read("u");
        // Then
        assertEquals(cluster.getSpec().config, read.cluster().getSpec().config);
        assertEquals(List.of("a"), read.topics().stream().map(topic -> topic.getMetadata().getName()).toList());
        assertEquals(List.of("1-0 1"), read.topics().getFirst().getStatus().places);
        assertEquals(List.of("format 1"), read.sets().getFirst().getSpec().lines);
        assertEquals(rules.getSpec().acls, read.rules().getSpec().acls);
        assertEquals(renewed.toInstant(), read.leases().getFirst().getSpec().getRenewTime().toInstant());
        assertFalse(new String(disk.readAll(DIRECTORY.resolve("kubernetes-objects.json")), StandardCharsets.UTF_8).contains("somebody"));
    }

    @Test
    void whatIsOfAnotherClusterOrDamagedIsNotUsed() throws IOException {
        assertNull(file.read("u"));

        file.write(new SeenObjects(cluster, List.of(), List.of(), List.of(), null, List.of(), null));
        assertNull(file.read("another"));

        for (String damage : List.of("", "{", "[]", "{\"cluster\":7}", "{\"topics\":[]}")) {
            disk.writeAtomically(DIRECTORY.resolve("kubernetes-objects.json"), damage.getBytes(StandardCharsets.UTF_8));
            assertNull(file.read("u"), damage);
        }
    }
}
