package io.partita.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ConfigChange;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.Workers;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class FileMetadataStoreTest {

    private static final Path DIRECTORY = Path.of("data");
    private static final BrokerImage SELF = new BrokerImage(1, List.of(new BrokerImage.Endpoint("PLAINTEXT", "localhost", 9092)), null);

    private final Disk disk = new MemoryDisk();
    private final FailingDisk failing = new FailingDisk(disk);
    private final Entropy entropy = new Random(1)::nextLong;
    private final List<ImageChange> changes = new ArrayList<>();
    private FileMetadataStore store;

    FileMetadataStoreTest() throws IOException {
        disk.createDirectories(DIRECTORY);
        restart();
    }

    private void restart() throws IOException {
        if (store != null) {
            await(store.close());
        }
        store = open(null, Runnable::run);
        changes.clear();
        await(store.start(SELF, change -> {
            changes.add(change);
            return ImageListener.APPLIED;
        }));
    }

    private FileMetadataStore open(String clusterId, Workers workers) throws IOException {
        BrokerConfig config = BrokerConfig.of(Map.of("num.partitions", "3", "log.cleanup.policy", "compact"));
        return FileStores.open(failing.disk, DIRECTORY, clusterId, config, workers, entropy);
    }

    private static <T> T await(CompletionStage<T> stage) {
        assertTrue(stage.toCompletableFuture().isDone(), "not answered");
        return stage.toCompletableFuture().join();
    }

    private Result<TopicImage> create(NewTopic topic) {
        return await(store.createTopics(List.of(topic), false)).getFirst();
    }

    private Result<Void> alter(ConfigAlteration.Target target, String name, String value) {
        ConfigChange change = new ConfigChange(name, ConfigChange.Kind.SET, value);
        return await(store.alterConfigs(List.of(new ConfigAlteration(target, List.of(change), false)), false)).getFirst();
    }

    @Test
    void everythingSurvivesARestart() throws IOException {
        // Given a topic of each kind, some changes and a deleted topic
        String clusterId = store.image().clusterId();
        UUID plain = create(NewTopic.withDefaults("plain")).value().id();
        create(new NewTopic("configured", 2, 1, null, Map.of("retention.ms", " 5 ")));
        create(new NewTopic("assigned", -1, -1, List.of(List.of(1), List.of(1)), Map.of()));
        create(NewTopic.withDefaults("deleted"));
        await(store.createPartitions(List.of(new NewPartitions("assigned", 4, null)), false));
        alter(new ConfigAlteration.Topic("plain"), "flush.ms", "7");
        alter(new ConfigAlteration.Broker(1), "message.max.bytes", "100");
        alter(new ConfigAlteration.Broker(ClusterImage.ALL_BROKERS), "message.max.bytes", "200");
        await(store.deleteTopics(List.of(TopicSelector.byName("deleted"))));

        // When the broker starts anew
        restart();

        // Then it is all there, reported as one step from nothing
        ClusterImage image = store.image();
        assertEquals(clusterId, image.clusterId());
        assertEquals(22, clusterId.length());
        assertEquals(List.of("assigned", "configured", "plain"), image.topics().stream().map(TopicImage::name).toList());
        assertEquals(3, image.topic("plain").partitions().size());
        assertEquals(plain, image.topic("plain").id());
        assertEquals(Map.of("flush.ms", "7"), image.topic("plain").configs());
        assertEquals(Map.of("retention.ms", "5"), image.topic("configured").configs());
        assertEquals(4, image.topic("assigned").partitions().size());
        assertEquals(Map.of("message.max.bytes", "100"), image.brokerConfigs(1));
        assertEquals(Map.of("message.max.bytes", "200"), image.brokerConfigs(ClusterImage.ALL_BROKERS));
        assertEquals(List.of(SELF), image.brokers());
        assertEquals(1, image.controllerId());
        assertEquals(1, changes.size());
        assertEquals(image.topics(), changes.getFirst().created());
    }

    @Test
    void aNewProcessLeadsInANewEpoch() throws IOException {
        create(NewTopic.withDefaults("t"));
        assertEquals(0, store.image().topic("t").partition(2).leaderEpoch());
        restart();
        assertEquals(new PartitionImage(1, 1, 1, List.of(1), List.of(1)), store.image().topic("t").partition(2));
        alter(new ConfigAlteration.Topic("t"), "flush.ms", "7");
        restart();
        restart();
        assertEquals(3, store.image().topic("t").partition(0).leaderEpoch());
    }

    @Test
    void refusesWithKafkasErrors() {
        create(new NewTopic("a.b", 1, 1, null, Map.of()));
        refused(ErrorCode.TOPIC_ALREADY_EXISTS, create(NewTopic.withDefaults("a.b")));
        refused(ErrorCode.INVALID_TOPIC_EXCEPTION, create(NewTopic.withDefaults("a_b")));
        refused(ErrorCode.INVALID_TOPIC_EXCEPTION, create(NewTopic.withDefaults("a/b")));
        refused(ErrorCode.INVALID_PARTITIONS, create(new NewTopic("t", 0, 1, null, Map.of())));
        refused(ErrorCode.POLICY_VIOLATION, create(new NewTopic("t", 10_001, 1, null, Map.of())));
        refused(ErrorCode.INVALID_REPLICATION_FACTOR, create(new NewTopic("t", 1, 0, null, Map.of())));
        refused(ErrorCode.INVALID_REPLICATION_FACTOR, create(new NewTopic("t", 1, 2, null, Map.of())));
        refused(ErrorCode.INVALID_CONFIG, create(new NewTopic("t", 1, 1, null, Map.of("retention", "1"))));
        refused(ErrorCode.INVALID_REQUEST, create(new NewTopic("t", 1, 1, List.of(List.of(1)), Map.of())));
        refused(ErrorCode.INVALID_PARTITIONS, create(new NewTopic("t", -1, -1, List.of(), Map.of())));
        refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, create(new NewTopic("t", -1, -1, List.of(List.of(2)), Map.of())));
        refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, create(new NewTopic("t", -1, -1, List.of(List.of(1, 1)), Map.of())));
        refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, create(new NewTopic("t", -1, -1, List.of(List.of()), Map.of())));
        refused(ErrorCode.INVALID_PARTITIONS, grow(new NewPartitions("a.b", 1, null)));
        refused(ErrorCode.INVALID_PARTITIONS, grow(new NewPartitions("a.b", 0, null)));
        refused(ErrorCode.POLICY_VIOLATION, grow(new NewPartitions("a.b", 10_002, null)));
        refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, grow(new NewPartitions("t", 2, null)));
        refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, grow(new NewPartitions("a.b", 3, List.of(List.of(1)))));
        refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, grow(new NewPartitions("a.b", 2, List.of(List.of(3)))));
        refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, await(store.deleteTopics(List.of(TopicSelector.byName("t")))).getFirst());
        refused(ErrorCode.UNKNOWN_TOPIC_ID, await(store.deleteTopics(List.of(TopicSelector.byId(new UUID(1, 2))))).getFirst());
        refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, alter(new ConfigAlteration.Topic("t"), "flush.ms", "1"));
        refused(ErrorCode.INVALID_CONFIG, alter(new ConfigAlteration.Topic("a.b"), "flush.ms", "soon"));
        refused(ErrorCode.INVALID_REQUEST, alter(new ConfigAlteration.Broker(1), "num.partitions", "1"));
        create(NewTopic.withDefaults("__consumer_offsets"));
        refused(ErrorCode.INVALID_PARTITIONS, grow(new NewPartitions("__consumer_offsets", 100, null)));
    }

    private Result<TopicImage> grow(NewPartitions addition) {
        return await(store.createPartitions(List.of(addition), false)).getFirst();
    }

    private static void refused(ErrorCode error, Result<?> result) {
        assertEquals(error, result.error(), result.message());
        assertNotNull(result.message());
        assertNull(result.value());
    }

    @Test
    void partsOfACommandSeeEachOther() {
        List<Result<TopicImage>> results = await(store.createTopics(
                List.of(NewTopic.withDefaults("a.b"), NewTopic.withDefaults("a.b"), NewTopic.withDefaults("a_b"), NewTopic.withDefaults("c")), false));
        assertEquals(List.of(ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS, ErrorCode.INVALID_TOPIC_EXCEPTION, ErrorCode.NONE),
                results.stream().map(Result::error).toList());
    }

    @Test
    void validatingChangesNothing() throws IOException {
        create(NewTopic.withDefaults("there"));
        long size = disk.size(DIRECTORY.resolve(Journal.FILE_NAME));
        changes.clear();

        assertTrue(await(store.createTopics(List.of(NewTopic.withDefaults("t")), true)).getFirst().isDone());
        assertEquals(9, await(store.createPartitions(List.of(new NewPartitions("there", 9, null)), true)).getFirst().value().partitions().size());
        ConfigChange change = new ConfigChange("flush.ms", ConfigChange.Kind.SET, "1");
        assertTrue(await(store.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic("there"), List.of(change), false)), true))
                .getFirst().isDone());

        assertEquals(List.of(), changes);
        assertNull(store.image().topic("t"));
        assertEquals(size, disk.size(DIRECTORY.resolve(Journal.FILE_NAME)));
    }

    @Test
    void appendsToAListFromTheBrokersDefault() {
        create(NewTopic.withDefaults("t"));
        ConfigChange change = new ConfigChange("cleanup.policy", ConfigChange.Kind.APPEND, "delete");
        await(store.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic("t"), List.of(change), false)), false));
        assertEquals(Map.of("cleanup.policy", "compact,delete"), store.image().topic("t").configs());
    }

    @Test
    void replacingSettingsForgetsTheOthers() {
        create(new NewTopic("t", 1, 1, null, Map.of("flush.ms", "1", "segment.ms", "2")));
        ConfigChange change = new ConfigChange("segment.ms", ConfigChange.Kind.SET, "3");
        await(store.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic("t"), List.of(change), true)), false));
        assertEquals(Map.of("segment.ms", "3"), store.image().topic("t").configs());
    }

    @Test
    void aTopicIsSeenOnlyOnceItIsApplied() throws IOException {
        // Given a listener that takes its time
        ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        FileMetadataStore slow = open(null, tasks::add);
        CompletableFuture<Void> applied = new CompletableFuture<>();
        slow.start(SELF, change -> change.created().isEmpty() ? ImageListener.APPLIED : applied);
        run(tasks);

        // When a topic is created
        CompletableFuture<?> answer = slow.createTopics(List.of(NewTopic.withDefaults("t")), false).toCompletableFuture();
        run(tasks);

        // Then nobody sees it, nor is the command answered, before the listener is done
        assertNull(slow.image().topic("t"));
        assertFalse(answer.isDone());
        applied.complete(null);
        run(tasks);
        assertTrue(answer.isDone());
        assertNotNull(slow.image().topic("t"));
    }

    @Test
    void commandsThatWaitAreWrittenAndAppliedTogether() throws IOException {
        ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        FileMetadataStore queued = open(null, tasks::add);
        List<ImageChange> seen = new ArrayList<>();
        queued.start(SELF, change -> {
            seen.add(change);
            return ImageListener.APPLIED;
        });
        run(tasks);
        seen.clear();

        CompletionStage<List<Result<TopicImage>>> created = queued.createTopics(List.of(NewTopic.withDefaults("a"), NewTopic.withDefaults("b")), false);
        CompletionStage<List<Result<TopicImage>>> deleted = queued.deleteTopics(List.of(TopicSelector.byName("a")));
        CompletionStage<List<Result<TopicImage>>> again = queued.createTopics(List.of(NewTopic.withDefaults("a")), false);
        run(tasks);

        assertEquals(1, seen.size());
        assertEquals(List.of("b", "a"), seen.getFirst().created().stream().map(TopicImage::name).toList());
        assertEquals(List.of(), seen.getFirst().deleted());
        assertTrue(await(created).getFirst().isDone());
        assertNotEquals(await(deleted).getFirst().value().id(), await(again).getFirst().value().id());
        assertSame(await(again).getFirst().value(), queued.image().topic("a"));
    }

    private static void run(ArrayDeque<Runnable> tasks) {
        while (!tasks.isEmpty()) {
            tasks.poll().run();
        }
    }

    @Test
    void aFailingListenerUndoesNothing() throws IOException {
        FileMetadataStore other = open(null, Runnable::run);
        await(other.start(SELF, change -> {
            throw new IllegalStateException("on purpose");
        }));
        assertTrue(await(other.createTopics(List.of(NewTopic.withDefaults("t")), false)).getFirst().isDone());
        assertNotNull(other.image().topic("t"));
    }

    @Test
    void whatCannotBeWrittenIsRefusedUntilItCan() throws IOException {
        create(NewTopic.withDefaults("before"));
        for (String method : List.of("write", "force")) {
            // When the disk fails, first for the change and then for the attempt to write everything anew
            failing.failing.addAll(List.of(method, "truncate", "writeAtomically"));
            refused(ErrorCode.KAFKA_STORAGE_ERROR, create(NewTopic.withDefaults("t")));
            refused(ErrorCode.KAFKA_STORAGE_ERROR, create(NewTopic.withDefaults("t")));
            assertNull(store.image().topic("t"));

            // Then it works again once the disk does
            failing.failing.clear();
            assertTrue(create(NewTopic.withDefaults("after-" + method)).isDone());
        }
        restart();
        assertEquals(List.of("after-force", "after-write", "before"), store.image().topics().stream().map(TopicImage::name).toList());
    }

    @Test
    void aFileThatCannotBeShortenedGoesOnGrowing() throws IOException {
        create(new NewTopic("large", 10_000, 1, null, Map.of()));
        failing.failing.add("writeAtomically");
        Path file = DIRECTORY.resolve(Journal.FILE_NAME);
        for (int i = 0; i < 12; i++) {
            alter(new ConfigAlteration.Topic("large"), "flush.ms", Integer.toString(i + 1));
        }
        long grown = disk.size(file);
        assertTrue(grown > 2 << 20, "size " + grown);

        failing.failing.clear();
        alter(new ConfigAlteration.Topic("large"), "flush.ms", "99");

        assertTrue(disk.size(file) < grown / 4, "size " + disk.size(file));
        restart();
        assertEquals(Map.of("flush.ms", "99"), store.image().topic("large").configs());
    }

    @Test
    void refusesAnotherClustersDirectory() {
        String id = store.image().clusterId();
        IOException refused = assertThrows(IOException.class, () -> open("other", Runnable::run));
        assertTrue(refused.getMessage().contains("belongs to cluster " + id + ", this broker to other"), refused.getMessage());
    }

    @Test
    void aClosedStoreTakesNoCommands() {
        await(store.close());
        CompletableFuture<?> late = store.createTopics(List.of(NewTopic.withDefaults("t")), false).toCompletableFuture();
        assertTrue(assertThrows(CompletionException.class, late::join).getMessage().contains("stopping"));
    }
}
