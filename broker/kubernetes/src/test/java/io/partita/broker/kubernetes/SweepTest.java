package io.partita.broker.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.partita.broker.env.Clock;
import io.partita.crds.Cluster;
import io.partita.crds.Topic;
import io.partita.crds.TopicSpec;
import io.partita.mock.KubernetesMock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SweepTest {

    private final KubernetesMock server = new KubernetesMock();
    private KubernetesClient client;

    /** Something that waits for its time. */
    private record Later(Runnable task, Duration after) {}

    private final List<Later> waiting = new ArrayList<>();
    private long now = 1_000_000;
    private final Clock clock = new Clock() {
        @Override
        public long wallMillis() {
            throw new AssertionError("the machine's clock may be set");
        }

        @Override
        public long monotonicMillis() {
            return now;
        }
    };
    private final List<Set<UUID>> asked = new ArrayList<>();
    private Sweep sweep;

    @BeforeEach
    void start() {
        server.start();
        client = server.createClient();
        Cluster cluster = new Cluster();
        cluster.setMetadata(new ObjectMetaBuilder().withName("c").withNamespace("n").build());
        String id = client.resource(cluster).create().id();
        sweep = new Sweep(new ObjectWrites(client, "n", "c"), id, clock, asked::add, (task, after) -> waiting.add(new Later(task, after)));
    }

    @AfterEach
    void stop() {
        client.close();
        server.shutdown();
    }

    /** Lets everything run that waits now; what it leaves waits for the next time. */
    private void pass() {
        List<Later> due = List.copyOf(waiting);
        waiting.clear();
        due.forEach(later -> later.task.run());
    }

    @Test
    void howManyPartitionsThereAreIsAskedForOneClusterByKafkasNames() {
        topic("orders", "c", null, 3);
        topic("of-capitals", "c", "ORDERS", 2);
        topic("payments", "another", null, 1);
        assertEquals(Map.of("orders", 3, "ORDERS", 2), new ObjectWrites(client, "n", "c").partitionCounts());
    }

    private void topic(String name, String cluster, String topicName, int partitions) {
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("n").build());
        topic.setSpec(new TopicSpec());
        topic.getSpec().cluster = cluster;
        topic.getSpec().topicName = topicName;
        topic.getSpec().partitions = partitions;
        client.resource(topic).create();
    }

    @Test
    void aThousandDeletionsAreOneQuestion() {
        for (int i = 0; i < 1_000; i++) {
            sweep.soon();
        }
        assertEquals(1, waiting.size());
        assertTrue(waiting.getFirst().after.compareTo(Sweep.SOON) >= 0, waiting.toString());

        pass();

        assertEquals(1, asked.size());
    }

    @Test
    void deletionsThatGoOnAreAskedForOnceAMinute() {
        sweep.soon();
        pass();
        now += 20_000;
        List<Later> nowAndThen = List.copyOf(waiting);
        waiting.clear();
        // When
        sweep.soon();
        sweep.soon();
        // Then
        assertEquals(1, waiting.size());
        assertTrue(waiting.getFirst().after.compareTo(Sweep.APART.minusSeconds(20)) >= 0, waiting.toString());
        assertTrue(waiting.getFirst().after.compareTo(Sweep.APART) < 0, waiting.toString());
        pass();
        assertEquals(2, asked.size());
        // And the one it came before is none any more
        nowAndThen.forEach(later -> later.task.run());
        assertEquals(2, asked.size());
    }

    @Test
    void withoutAReasonItIsAskedNowAndThen() {
        sweep.soon();
        pass();

        assertTrue(waiting.stream().anyMatch(later -> later.after.compareTo(Sweep.NOW_AND_THEN) >= 0), waiting.toString());
        pass();
        assertEquals(2, asked.size());
    }

    @Test
    void aClusterThatGoesHasNobodyAskForItsTopics() {
        client.resources(Cluster.class).inNamespace("n").withName("c").delete();

        sweep.soon();
        pass();

        assertEquals(List.of(), asked);
    }
}
