package io.partita.broker.api.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.partita.broker.Requests;
import io.partita.broker.api.PartitionLookup;
import io.partita.broker.api.TestRequest;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.env.WatchedDisk;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A fetch that waits: what it looks at when something comes, and what it makes of partitions that go and come back meanwhile. */
class WaitingFetchTest {

    private static final BrokerConfig CONFIG = BrokerConfig.of(Map.of("node.id", "1"));
    private static final UUID TOPIC_ID = new UUID(1, 1);
    /** Few, so that to read many logs is to open and close many files. */
    private static final int OPEN_FILES_MAX = 16;

    private final TestClock clock = new TestClock();
    private final TestEventLoop owner = new TestEventLoop(clock);
    /** Of another thread, so that what is for the connection waits until the test lets it run. */
    private final TestEventLoop connection = CompletableFuture.supplyAsync(() -> new TestEventLoop(clock), task -> new Thread(task).start()).join();
    private final WatchedDisk disk = new WatchedDisk(new MemoryDisk());
    private final Workers workers = Runnable::run;
    private final Partitions partitions = new Partitions();
    private LogDirectory directory;
    private FetchHandler handler;

    @BeforeEach
    void start() throws IOException {
        directory = LogDirectory.open(Path.of("/data"), "cluster", 1, OPEN_FILES_MAX, disk, clock, workers, new Random(1)::nextLong);
        directory.load(topic -> LogConfig.DEFAULTS, 1);
        handler = new FetchHandler(new PartitionLookup(partitions, noMetadata(), 1), workers, clock, new Random(2)::nextLong, CONFIG,
                MemoryBudget.ofThisProcess());
    }

    private static MetadataStore noMetadata() {
        ClusterImage image = ClusterImage.empty("cluster");
        return (MetadataStore) Proxy.newProxyInstance(MetadataStore.class.getClassLoader(), new Class<?>[] {MetadataStore.class},
                (proxy, method, arguments) -> image);
    }

    private List<PartitionLeader> lead(int count) throws IOException {
        List<PartitionLeader> leaders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            LogId id = new LogId("t", i);
            PartitionLog log = directory.log(id) != null ? directory.log(id) : directory.create(id, TOPIC_ID, LogConfig.DEFAULTS);
            leaders.add(new PartitionLeader("t", TOPIC_ID, i, owner, workers, log, 0, 1));
        }
        partitions.add(leaders);
        return leaders;
    }

    private static void append(PartitionLeader leader, String value) {
        ByteBuf batch = Requests.batch(value);
        leader.append(batch, AppendOrigin.CLIENT, (short) 1, result -> {});
    }

    private static FetchRequest fetch(int partitions, int minBytes) {
        FetchRequest request = Requests.fetch("t", 0, 0, 10_000, minBytes);
        for (int i = 1; i < partitions; i++) {
            Requests.add(request, "t", i, 0);
        }
        return request;
    }

    private Asked ask(FetchRequest request) {
        Asked asked = new Asked();
        handler.handle(asked, request);
        owner.runTasks();
        connection.runTasks();
        return asked;
    }

    @Test
    void anAppendMakesItLookAtThatPartitionAlone() throws IOException {
        // Given a fetch that waits for more than its thousand partitions have
        int count = 1_000;
        List<PartitionLeader> leaders = lead(count);
        leaders.forEach(leader -> append(leader, "a"));
        Asked asked = ask(fetch(count, 200_000));
        assertNull(asked.response);
        // When there is more in one partition, again and again
        int before = disk.closedFiles();
        for (int i = 0; i < 20; i++) {
            append(leaders.get(500), "b");
            connection.runTasks();
        }
        // Then the others are not read
        assertTrue(disk.closedFiles() - before < count / 2, "files opened for 20 appends: " + (disk.closedFiles() - before));
        assertNull(asked.response);
        // and it is answered with all there is once that is enough
        append(leaders.get(7), "c".repeat(200_000));
        connection.runTasks();
        assertEquals(count, asked.response.responses.getFirst().partitions.size());
    }

    @Test
    void partitionsThatAreMadeAnewWhileTheirWakeUpIsUnderWayAreFound() throws IOException {
        List<PartitionLeader> leaders = lead(2);
        Asked asked = ask(fetch(2, 100_000));
        // Given two wake-ups that the connection has not taken yet, of leaders that others have taken the place of
        append(leaders.get(1), "a");
        append(leaders.get(0), "a");
        partitions.remove(TOPIC_ID).forEach(PartitionLeader::close);
        List<PartitionLeader> next = lead(2);
        // When it takes them
        connection.runTasks();
        owner.runTasks();
        connection.runTasks();
        assertNull(asked.response);
        // Then it waits at the new ones
        append(next.get(0), "b".repeat(100_000));
        connection.runTasks();
        assertEquals(ErrorCode.NONE, Requests.error(asked.response));
        assertEquals(2, asked.response.responses.getFirst().partitions.size());
    }

    @Test
    void nobodyWaitsForMoreThanTheResponseMayHold() throws IOException {
        List<PartitionLeader> leaders = lead(1);
        append(leaders.getFirst(), "a".repeat(3_000));
        FetchRequest request = fetch(1, 50_000);
        request.maxBytes = 2_000;
        assertEquals(ErrorCode.NONE, Requests.error(ask(request).response));
    }

    @Test
    void nothingStaysAtThePartitionsWhenItIsAnsweredOrItsConnectionEnds() throws IOException {
        List<PartitionLeader> leaders = lead(3);
        Asked answered = ask(fetch(3, 1));
        Asked left = ask(fetch(3, 1_000_000));
        append(leaders.get(2), "a");
        connection.runTasks();
        owner.runTasks();
        assertEquals(3, answered.response.responses.getFirst().partitions.size());
        left.closeTask.run();
        owner.runTasks();
        assertEquals(List.of(0, 0, 0), leaders.stream().map(PartitionLeader::waitingCount).toList());
    }

    @Test
    void whoHoldsUpAnswersThatTakeMuchIsAnsweredWithWhatThereIs() throws IOException {
        List<PartitionLeader> leaders = lead(1);
        append(leaders.getFirst(), "a");
        Asked asked = ask(fetch(1, 1_000_000));
        assertNull(asked.response);
        asked.crowdedTask.run();
        assertTrue(asked.response.responses.getFirst().partitions.getFirst().records.sizeInBytes() > 0);
    }

    /** One fetch of a client, with the answer when there is one. */
    private final class Asked extends TestRequest {

        private FetchResponse response;
        private Runnable closeTask;
        private Runnable crowdedTask;

        private Asked() {
            super(connection, ApiKey.FETCH, 11);
        }

        @Override
        public void respond(Message message) {
            response = (FetchResponse) message;
        }

        @Override
        public void onClose(Runnable task) {
            closeTask = task;
        }

        @Override
        public void onCrowded(Runnable task) {
            crowdedTask = task;
        }
    }
}
