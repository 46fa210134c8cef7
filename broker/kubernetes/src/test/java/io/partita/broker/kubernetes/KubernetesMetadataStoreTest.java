package io.partita.broker.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ConfigChange;
import io.partita.broker.env.Entropy;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.NewPartitions;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.protocol.ErrorCode;
import io.partita.crds.Cluster;
import io.partita.crds.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two brokers over a mock API server. It has watches and conflicts, but no schema, no CEL rules and no garbage collection. */
@EnableKubernetesMockClient(crud = true)
class KubernetesMetadataStoreTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    KubernetesMockServer server;
    KubernetesClient client;

    private final List<KubernetesMetadataStore> stores = new ArrayList<>();
    private StandInOperator operator;

    /** What a broker is told, in order. */
    private static final class Told implements ImageListener {
        private final BlockingQueue<ImageChange> changes = new LinkedBlockingQueue<>();

        @Override
        public CompletionStage<Void> apply(ImageChange change) {
            changes.add(change);
            return APPLIED;
        }

        ClusterImage await(Predicate<ClusterImage> wanted) throws InterruptedException {
            for (ImageChange change = next(); ; change = next()) {
                if (wanted.test(change.after())) {
                    return change.after();
                }
            }
        }

        private ImageChange next() throws InterruptedException {
            ImageChange change = changes.poll(LONG.toSeconds(), TimeUnit.SECONDS);
            assertNotNull(change, "The image never came to be as expected.");
            return change;
        }
    }

    private Told told0;
    private Told told1;
    private KubernetesMetadataStore broker0;
    private KubernetesMetadataStore broker1;

    @BeforeEach
    void startTwoBrokers() throws InterruptedException {
        Cluster cluster = new Cluster();
        cluster.setMetadata(new ObjectMetaBuilder().withName("c").withNamespace("n").build());
        cluster.getSpec().brokers = 2;
        client.resource(cluster).create();
        operator = new StandInOperator(client, 2);
        told0 = new Told();
        told1 = new Told();
        broker0 = start(0, told0, "log0");
        broker1 = start(1, told1, "log1");
        told0.await(image -> image.brokers().size() == 2);
    }

    private KubernetesMetadataStore start(int id, Told told, String incarnation) {
        return start(id, told, incarnation, LONG);
    }

    private KubernetesMetadataStore start(int id, Told told, String incarnation, Duration commandTimeout) {
        KubernetesMetadataStore store = KubernetesMetadataStore.open(
                client, "n", "c", BrokerConfig.of(Map.of("node.id", Integer.toString(id))), Entropy.system(), incarnation, commandTimeout);
        store.start(new BrokerImage(id, List.of(new BrokerImage.Endpoint("PLAIN", "c-" + id, 9092)), null), told).toCompletableFuture().join();
        stores.add(store);
        return store;
    }

    @AfterEach
    void stop() {
        stores.forEach(store -> store.close().toCompletableFuture().join());
        operator.close();
    }

    @Test
    void aTopicOfOneBrokerIsATopicOfAllAndAnObject() throws InterruptedException {
        // When
        TopicImage created = one(broker0.createTopics(List.of(new NewTopic("web_Log", 4, 1, null, Map.of("retention.ms", "1000"))), false));

        // Then
        assertEquals(4, created.partitions().size());
        for (PartitionImage partition : created.partitions()) {
            assertEquals(partition.replicas(), List.of(partition.leader()));
            assertEquals(1, partition.leaderEpoch());
        }
        assertEquals(List.of(0, 1), created.partitions().stream().map(PartitionImage::leader).distinct().sorted().toList());
        Topic object = client.resources(Topic.class).inNamespace("n").list().getItems().getFirst();
        assertEquals("web_Log", object.getSpec().topicName);
        assertEquals(created.id().toString(), object.getMetadata().getUid());
        assertEquals("log" + created.partition(0).leader(), object.getStatus().partitions.getFirst().isr().getFirst().incarnation());
        assertEquals(created.id(), told1.await(image -> image.topic("web_Log") != null).topic("web_Log").id());
        assertEquals("c-1", broker0.image().broker(1).endpoint("PLAIN").host());
    }

    @Test
    void oneNameIsOneTopicWhoeverAsks() {
        // When both brokers are asked at once
        var first = broker0.createTopics(List.of(NewTopic.withDefaults("orders")), false);
        var second = broker1.createTopics(List.of(NewTopic.withDefaults("orders")), false);

        // Then
        List<ErrorCode> errors = new ArrayList<>(List.of(result(first).error(), result(second).error()));
        assertTrue(errors.remove(ErrorCode.NONE), errors.toString());
        assertEquals(List.of(ErrorCode.TOPIC_ALREADY_EXISTS), errors);
    }

    @Test
    void aTopicMadeAnewIsAnotherOne() throws InterruptedException {
        TopicImage old = one(broker0.createTopics(List.of(NewTopic.withDefaults("orders")), false));

        one(broker0.deleteTopics(List.of(TopicSelector.byName("orders"))));
        assertNull(broker0.image().topic("orders"));
        TopicImage anew = one(broker0.createTopics(List.of(NewTopic.withDefaults("orders")), false));

        assertNotEquals(old.id(), anew.id());
        told1.await(image -> image.topic(anew.id()) != null && image.topic(old.id()) == null);
    }

    @Test
    void partitionsAreAddedAndSettingsChangedForEveryBroker() throws InterruptedException {
        TopicImage created = one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));

        TopicImage grown = one(broker1AfterSeeing(created).createPartitions(List.of(new NewPartitions("orders", 5, null)), false));
        one(broker1.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic("orders"), List.of(set("retention.ms", "5")), false)), false));
        one(broker1.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Broker(ClusterImage.ALL_BROKERS),
                List.of(set("log.retention.ms", "7")), false)), false));

        assertEquals(5, grown.partitions().size());
        assertEquals(created.partition(1).replicas(), grown.partition(1).replicas());
        told0.await(image -> image.topic("orders") != null && "5".equals(image.topic("orders").configs().get("retention.ms"))
                && "7".equals(image.brokerConfigs(ClusterImage.ALL_BROKERS).get("log.retention.ms")));
    }

    @Test
    void whatIsWrittenByOthersArrivesToo() throws InterruptedException {
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName("applied").withNamespace("n").build());
        topic.getSpec().cluster = "c";
        topic.getSpec().partitions = 3;
        client.resource(topic).create();

        ClusterImage image = told0.await(seen -> seen.topic("applied") != null && led(seen.topic("applied")));

        assertEquals(3, image.topic("applied").partitions().size());
    }

    @Test
    void aRestartLeadsUnderANewEpoch() throws InterruptedException {
        TopicImage before = one(broker0.createTopics(List.of(new NewTopic("orders", 4, 1, null, Map.of())), false));

        broker0.close().toCompletableFuture().join();
        Told told = new Told();
        start(0, told, "log0");

        ClusterImage first = told.changes.peek().after();
        for (int i = 0; i < 4; i++) {
            assertTrue(before.partition(i).leader() == 1 || first.topic("orders").partition(i).leader() == PartitionImage.NO_LEADER);
        }
        TopicImage after = told.await(image -> led(image.topic("orders"))).topic("orders");
        for (int i = 0; i < 4; i++) {
            assertEquals(before.partition(i).leaderEpoch() + (before.partition(i).leader() == 0 ? 1 : 0), after.partition(i).leaderEpoch());
        }
    }

    @Test
    void aLogThatMayLackRecordsDoesNotLead() throws InterruptedException {
        TopicImage before = one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        broker0.close().toCompletableFuture().join();

        Told told = new Told();
        KubernetesMetadataStore restarted = start(0, told, "another-log");
        // A whole round trip over the API server later
        one(restarted.createTopics(List.of(new NewTopic("later", 2, 1, null, Map.of())), false));

        for (int i = 0; i < 2; i++) {
            int expected = before.partition(i).leader() == 1 ? 1 : PartitionImage.NO_LEADER;
            assertEquals(expected, restarted.image().topic("orders").partition(i).leader());
        }
    }

    @Test
    void refusalsAreKafkasAndTheOperatorsOnesComeThrough() {
        assertEquals(ErrorCode.INVALID_CONFIG, result(broker0.createTopics(List.of(new NewTopic("a", 1, 1, null, Map.of("no.such", "1"))), false)).error());
        assertEquals(ErrorCode.INVALID_REPLICATION_FACTOR, result(broker0.createTopics(List.of(new NewTopic("a", 1, 2, null, Map.of())), false)).error());
        assertEquals(ErrorCode.INVALID_REPLICA_ASSIGNMENT, result(broker0.createTopics(
                List.of(new NewTopic("a", -1, -1, List.of(List.of(0)), Map.of())), false)).error());
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, result(broker0.deleteTopics(List.of(TopicSelector.byName("a")))).error());
        Result<TopicImage> refused = result(broker0.createTopics(List.of(new NewTopic("a", 1_000, 1, null, Map.of())), false));
        assertEquals(ErrorCode.INVALID_REQUEST, refused.error());
        assertEquals("Ask for fewer.", refused.message());
        assertEquals(ErrorCode.INVALID_REQUEST, result(broker0.alterConfigs(List.of(new ConfigAlteration(
                new ConfigAlteration.Broker(0), List.of(set("log.retention.ms", "7")), false)), false)).error());
    }

    @Test
    void internalTopicsTakeTheReplicasThereCanBe() {
        TopicImage offsets = one(broker0.createTopics(List.of(new NewTopic(TopicNames.CONSUMER_OFFSETS, 6, 2, null, Map.of())), false));

        assertEquals(6, offsets.partitions().size());
        assertEquals(1, offsets.partition(0).replicas().size());
    }

    @Test
    void withoutTheApiServerWhatIsKnownIsServedAndChangesAreRefused() {
        // Given
        broker0.close().toCompletableFuture().join();
        KubernetesMetadataStore restarted = start(0, new Told(), "log0", Duration.ofMillis(500));
        TopicImage topic = one(broker1.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));

        // When
        operator.close();
        server.shutdown();

        // Then
        assertEquals(ErrorCode.REQUEST_TIMED_OUT, result(restarted.createTopics(List.of(NewTopic.withDefaults("b")), false)).error());
        assertEquals(topic, broker1.image().topic("orders"));
    }

    @Test
    void aBrokerOfNoClusterSaysSo() {
        assertThrows(IllegalStateException.class, () -> KubernetesMetadataStore.open(
                client, "n", "other", BrokerConfig.of(Map.of()), Entropy.system(), "log", LONG));
    }

    private KubernetesMetadataStore broker1AfterSeeing(TopicImage topic) throws InterruptedException {
        told1.await(image -> image.topic(topic.id()) != null && led(image.topic(topic.id())));
        return broker1;
    }

    private static boolean led(TopicImage topic) {
        return topic.partitions().stream().allMatch(partition -> partition.leader() >= 0);
    }

    private static ConfigChange set(String name, String value) {
        return new ConfigChange(name, ConfigChange.Kind.SET, value);
    }

    private static <T> T one(CompletionStage<List<Result<T>>> stage) {
        Result<T> result = result(stage);
        assertEquals(ErrorCode.NONE, result.error(), result.message());
        return result.value();
    }

    private static <T> Result<T> result(CompletionStage<List<Result<T>>> stage) {
        return stage.toCompletableFuture().orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join().getFirst();
    }
}
