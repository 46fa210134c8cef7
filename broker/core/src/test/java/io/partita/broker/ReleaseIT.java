package io.partita.broker;

import static io.partita.broker.Requests.batch;
import static io.partita.broker.Requests.error;
import static io.partita.broker.Requests.fetch;
import static io.partita.broker.Requests.produce;
import static io.partita.broker.Requests.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Disk;
import io.partita.broker.env.FileDisk;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.WatchedDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests that end in unusual ways. Whatever happens, each network buffer and each piece of a log goes back exactly once: after the broker has been
 * closed no buffer is in use and no file open, and none was closed before its time.
 */
class ReleaseIT {

    private static final String TOPIC = "t";
    private static final int WAIT = 60_000;

    @TempDir
    private Path directory;

    private Watch watch;
    private WatchedDisk disk;
    private Broker broker;

    @BeforeEach
    void begin() {
        watch = new Watch();
    }

    private void start(Disk on, Map<String, String> topic) {
        disk = new WatchedDisk(on);
        startAgain();
        broker.metadata().createTopics(List.of(new NewTopic(TOPIC, 4, 1, null, topic)), false).toCompletableFuture().join();
    }

    private void startAgain() {
        Map<String, String> settings = new HashMap<>(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", directory.resolve("data").toString(),
                "node.id", "1", "num.network.threads", "3", "auto.create.topics.enable", "false"));
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(settings)).withDisk(disk));
    }

    @AfterEach
    void nothingIsLeft() {
        try {
            disk.open();
            broker.close();
            watch.noErrors("at the end");
            watch.noBuffersLeft("at the end");
            assertEquals(0, disk.openFiles(), "open files");
            assertEquals(0, disk.usedAfterClose(), "uses of closed files");
        } finally {
            watch.close();
        }
    }

    private RawClient client() throws IOException {
        return new RawClient(broker.port());
    }

    private PartitionLeader leader(int partition) {
        return broker.partitions().find(TOPIC, partition);
    }

    private int waiting(int partition) {
        CompletableFuture<Integer> count = new CompletableFuture<>();
        PartitionLeader leader = leader(partition);
        leader.owner().run(() -> count.complete(leader.waitingCount()));
        return count.join();
    }

    private void put(int partition, String... values) throws IOException {
        try (RawClient client = client()) {
            assertEquals(ErrorCode.NONE, error(client.call(ApiKey.PRODUCE, 9, produce(TOPIC, partition, 1, WAIT, batch(values)), new ProduceResponse())));
        }
    }

    private void othersAreServed() throws IOException {
        try (RawClient other = client()) {
            other.call(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest(), new ApiVersionsResponse());
        }
    }

    /** Makes what is in the logs cold: a broker that has just started trusts no byte. */
    private void restart() {
        broker.close();
        startAgain();
    }

    @Test
    void aFetchThatSeesTooLittleUntilItsDeadline() throws IOException {
        start(new FileDisk(), Map.of());
        put(0, "a");
        try (RawClient consumer = client()) {
            for (int partition = 0; partition < 4; partition++) {
                put(partition, "b");
                FetchResponse late = consumer.call(ApiKey.FETCH, 11, fetch(TOPIC, partition, 0, 30, 1 << 20), new FetchResponse());
                assertEquals(partition == 0 ? List.of("a", "b") : List.of("b"), values(late));
                assertEquals(0, waiting(partition));
            }
        }
    }

    @Test
    void aFetchWhoseClientLeavesIsForgotten() throws IOException {
        start(new FileDisk(), Map.of());
        for (int partition = 0; partition < 4; partition++) {
            int which = partition;
            put(partition, "a");
            for (long offset : new long[] {0, 1}) {
                try (RawClient consumer = client()) {
                    consumer.send(ApiKey.FETCH, 11, 1, fetch(TOPIC, partition, offset, Integer.MAX_VALUE, 1 << 20));
                    Watch.until("the fetch waits", () -> waiting(which) == 1);
                }
                Watch.until("the fetch is forgotten", () -> waiting(which) == 0);
            }
        }
    }

    @Test
    void aClientThatLeavesWhileColdRecordsAreReadForIt() throws IOException {
        for (int version : new int[] {11, 3}) {
            start(version == 3 ? new MemoryDisk() : new FileDisk(), Map.of());
            put(1, "cold", "x".repeat(50_000));
            restart();
            disk.holdReads();
            try (RawClient consumer = client()) {
                consumer.send(ApiKey.FETCH, version, 1, fetch(TOPIC, 1, 0, WAIT, 1));
                Watch.until("a worker reads", () -> disk.waiting() > 0);
            }
            Watch.until("the connection is closed", () -> broker.connectionCount() == 0);
            disk.open();
            try (RawClient consumer = client()) {
                FetchResponse response = consumer.call(ApiKey.FETCH, 11, fetch(TOPIC, 1, 0, WAIT, 1), new FetchResponse());
                assertEquals(2, values(response).size());
            }
            if (version == 11) {
                nothingIsLeft();
                begin();
            }
        }
    }

    @Test
    void aTopicThatIsDeletedWhileFetchesAndProducersWait() throws IOException {
        start(new FileDisk(), Map.of("flush.messages", "1"));
        for (int partition = 0; partition < 4; partition++) {
            put(partition, "a");
        }
        disk.holdSyncs();
        try (RawClient consumer = client(); RawClient producer = client()) {
            consumer.send(ApiKey.FETCH, 11, 1, fetch(TOPIC, 2, 1, WAIT, 1));
            Watch.until("the fetch waits", () -> waiting(2) == 1);
            producer.send(ApiKey.PRODUCE, 9, 1, produce(TOPIC, 3, -1, WAIT, batch("b")));
            Watch.until("the producer waits for the disk", () -> disk.waiting() > 0);
            var deleting = broker.metadata().deleteTopics(List.of(TopicSelector.byName(TOPIC)));
            FetchResponse told = new FetchResponse();
            consumer.receive(ApiKey.FETCH, 11, told);
            assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, error(told));
            ProduceResponse refused = new ProduceResponse();
            producer.receive(ApiKey.PRODUCE, 9, refused);
            assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, error(refused));
            disk.open();
            deleting.toCompletableFuture().join();
            // The name is free again, and nobody waits at what is gone.
            broker.metadata().createTopics(List.of(new NewTopic(TOPIC, 4, 1, null, Map.of())), false).toCompletableFuture().join();
            put(2, "new");
            assertEquals(List.of("new"), values(consumer.call(ApiKey.FETCH, 11, fetch(TOPIC, 2, 0, WAIT, 1), new FetchResponse())));
        }
    }

    @Test
    void aFetchByNameFollowsTheTopicToItsNewPartitions() throws IOException {
        start(new MemoryDisk(), Map.of());
        for (int round = 0; round < 20; round++) {
            try (RawClient consumer = client()) {
                consumer.send(ApiKey.FETCH, 11, 1, fetch(TOPIC, 0, 0, WAIT, 1));
                Watch.until("the fetch waits", () -> waiting(0) == 1);
                var deleted = broker.metadata().deleteTopics(List.of(TopicSelector.byName(TOPIC)));
                var created = broker.metadata().createTopics(List.of(new NewTopic(TOPIC, 4, 1, null, Map.of())), false);
                deleted.toCompletableFuture().join();
                created.toCompletableFuture().join();
                put(0, "r" + round);
                // Told that the topic is gone, or served by the new one: never left waiting.
                FetchResponse response = new FetchResponse();
                consumer.receive(ApiKey.FETCH, 11, response);
                assertTrue(error(response) != ErrorCode.NONE || values(response).equals(List.of("r" + round)), "" + error(response));
            }
            Watch.until("nobody waits", () -> waiting(0) == 0);
            broker.metadata().deleteTopics(List.of(TopicSelector.byName(TOPIC))).toCompletableFuture().join();
            broker.metadata().createTopics(List.of(new NewTopic(TOPIC, 4, 1, null, Map.of())), false).toCompletableFuture().join();
        }
    }

    @Test
    void producersWhoseTimeRunsOutAndWhoLeave() throws IOException {
        start(new FileDisk(), Map.of("flush.messages", "1"));
        disk.holdSyncs();
        try (RawClient patient = client()) {
            try (RawClient leaving = client()) {
                for (int partition = 0; partition < 4; partition++) {
                    leaving.send(ApiKey.PRODUCE, 9, partition, produce(TOPIC, partition, -1, WAIT, batch("left")));
                }
                patient.send(ApiKey.PRODUCE, 9, 1, produce(TOPIC, 0, -1, 20, batch("late", "x".repeat(100_000))));
                ProduceResponse late = new ProduceResponse();
                patient.receive(ApiKey.PRODUCE, 9, late);
                assertEquals(ErrorCode.REQUEST_TIMED_OUT, error(late));
                Watch.until("all flushes wait", () -> disk.waiting() == 4);
            }
            disk.open();
            Watch.until("all is flushed", () -> leader(0).highWatermark() == 3 && leader(3).highWatermark() == 1);
            assertEquals(List.of("left"), values(patient.call(ApiKey.FETCH, 11, fetch(TOPIC, 3, 0, WAIT, 1), new FetchResponse())));
        }
    }

    @Test
    void aBrokerThatStopsWithRequestsOpen() throws Exception {
        start(new FileDisk(), Map.of("flush.messages", "1"));
        put(0, "cold", "x".repeat(40_000));
        put(1, "a");
        restart();
        try (RawClient consumer = client(); RawClient producer = client(); RawClient reader = client(); RawClient half = client()) {
            consumer.send(ApiKey.FETCH, 11, 1, fetch(TOPIC, 1, 1, WAIT, 1));
            half.sendBytes(new byte[] {0, 0, 1, 0, 7});
            Watch.until("the fetch waits", () -> waiting(1) == 1);
            disk.holdSyncs();
            producer.send(ApiKey.PRODUCE, 9, 1, produce(TOPIC, 2, -1, WAIT, batch("b")));
            Watch.until("a flush waits", () -> disk.waiting() == 1);
            disk.holdReads();
            reader.send(ApiKey.FETCH, 11, 1, fetch(TOPIC, 0, 0, WAIT, 1));
            Watch.until("a cold read waits", () -> disk.waiting() == 2);
            Thread stopper = Thread.ofPlatform().start(broker::close);
            assertTrue(consumer.isClosedByPeer() & producer.isClosedByPeer() & reader.isClosedByPeer() & half.isClosedByPeer());
            disk.open();
            stopper.join();
        }
    }

    @Test
    void aBrokerThatStopsWhileALogIsBroughtIntoMemory() throws Exception {
        start(new FileDisk(), Map.of());
        put(0, "cold", "x".repeat(40_000));
        restart();
        disk.holdReads();
        try (RawClient reader = client()) {
            reader.send(ApiKey.FETCH, 11, 1, fetch(TOPIC, 0, 0, WAIT, 1));
            Watch.until("the log is read", () -> disk.waiting() == 1);
            Thread stopper = Thread.ofPlatform().start(broker::close);
            assertTrue(reader.isClosedByPeer());
            Watch.until("the stop waits for it", () -> stopper.getState() == Thread.State.BLOCKED);
            disk.open();
            stopper.join();
        }
    }

    @Test
    void anAnswerWhoseRecordsCannotBeReadClosesItsConnection() throws IOException {
        start(new MemoryDisk(), Map.of());
        for (int partition = 0; partition < 3; partition++) {
            put(partition, "a" + partition);
        }
        var three = fetch(TOPIC, 0, 0, WAIT, 1);
        Requests.add(three, TOPIC, 1, 0);
        Requests.add(three, TOPIC, 2, 0);
        int closedBefore = disk.closedFiles();
        for (int bad = 0; bad < 3; bad++) {
            String name = TOPIC + "-" + bad;
            disk.failReads(path -> path.toString().contains(name) && path.toString().endsWith(".log"));
            try (RawClient consumer = client()) {
                consumer.send(ApiKey.FETCH, 11, 1, three);
                assertTrue(consumer.isClosedByPeer());
            }
            disk.failNothing();
            assertEquals(closedBefore, disk.closedFiles(), "files closed while their log has them open");
            try (RawClient consumer = client()) {
                assertEquals(3, consumer.call(ApiKey.FETCH, 11, three, new FetchResponse()).responses.getFirst().partitions.size());
            }
        }
        othersAreServed();
    }

    @Test
    void aClientThatLeavesWithoutReadingWhatItAskedFor() throws IOException {
        start(new FileDisk(), Map.of());
        String[] values = new String[50];
        java.util.Arrays.fill(values, "x".repeat(10_000));
        for (int i = 0; i < 4; i++) {
            put(0, values);
        }
        for (int round = 0; round < 5; round++) {
            try (RawClient deaf = client()) {
                for (int i = 0; i < 40; i++) {
                    deaf.send(ApiKey.FETCH, 11, i, fetch(TOPIC, 0, 0, WAIT, 1));
                }
                othersAreServed();
            }
        }
        Watch.until("the connections are gone", () -> broker.connectionCount() == 0);
    }
}
