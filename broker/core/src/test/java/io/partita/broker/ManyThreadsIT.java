package io.partita.broker;

import static io.partita.broker.Requests.batch;
import static io.partita.broker.Requests.error;
import static io.partita.broker.Requests.fetch;
import static io.partita.broker.Requests.produce;
import static io.partita.broker.Requests.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.WatchedDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Partitions and connections on four event loops, and clients on as many threads as there are clients. What one loop publishes and another reads, and
 * what is handed from one to the other, is in order: a waiting fetch is woken by the append it waits for, whatever happens at the same time.
 * Clients' sockets time out long before their fetches do, so a wake-up that is missed fails the test.
 */
class ManyThreadsIT {

    private static final String TOPIC = "t";
    private static final int PARTITIONS = 16;
    /** Longer than a {@link RawClient} waits. */
    private static final int WAIT = 120_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> running = new ArrayList<>();
    private Watch watch;
    private WatchedDisk disk;
    private Broker broker;

    @BeforeEach
    void start() {
        watch = new Watch();
        disk = new WatchedDisk(new MemoryDisk());
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of(
                "listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/data", "node.id", "1", "num.network.threads", "4",
                // The records are of long ago; a busy machine gets to the first round of retention before it is done.
                "auto.create.topics.enable", "false", "log.retention.ms", "-1")))
                .withDisk(disk));
        create(TOPIC);
    }

    @AfterEach
    void nothingIsLeft() {
        try {
            threads.shutdownNow();
            broker.close();
            watch.noErrors("at the end");
            watch.noBuffersLeft("at the end");
            assertEquals(0, disk.openFiles(), "open files");
        } finally {
            watch.close();
        }
    }

    private void create(String topic) {
        broker.metadata().createTopics(List.of(new NewTopic(topic, PARTITIONS, 1, null, Map.of())), false).toCompletableFuture().join();
    }

    private void run(Callable<?> client) {
        running.add(threads.submit(client));
    }

    private void await() throws Exception {
        for (Future<?> client : running) {
            try {
                client.get();
            } catch (ExecutionException e) {
                throw new AssertionError(e.getCause().toString(), e.getCause());
            }
        }
    }

    @Test
    void everyAppendWakesWhoWaitsForIt() throws Exception {
        int partitions = 60;
        for (int pair = 0; pair < 3; pair++) {
            String topic = "pair-" + pair;
            broker.metadata().createTopics(List.of(new NewTopic(topic, partitions, 1, null, Map.of())), false).toCompletableFuture().join();
            run(() -> {
                long[] offsets = new long[partitions];
                try (RawClient consumer = new RawClient(broker.port()); RawClient producer = new RawClient(broker.port())) {
                    for (int round = 0; round < 1_500; round++) {
                        // Both under way at the same time: the look at all partitions, the wait for each and the append meet in every order.
                        int written = round % 5;
                        FetchRequest all = fetch(topic, 0, offsets[0], WAIT, 1);
                        for (int partition = 1; partition < partitions; partition++) {
                            Requests.add(all, topic, partition, offsets[partition]);
                        }
                        consumer.send(ApiKey.FETCH, 11, round, all);
                        producer.call(ApiKey.PRODUCE, 9, produce(topic, written, 1, WAIT, batch("r" + round)), new ProduceResponse());
                        FetchResponse response = new FetchResponse();
                        consumer.receive(ApiKey.FETCH, 11, response);
                        assertEquals(List.of("r" + round), values(response.responses.getFirst().partitions.get(written), 0));
                        offsets[written]++;
                    }
                }
                return null;
            });
        }
        await();
    }

    @Test
    void aSessionOverAllPartitionsMissesNothing() throws Exception {
        int rounds = 250;
        for (int writer = 0; writer < 3; writer++) {
            int number = writer;
            run(() -> {
                Random random = new Random(number);
                try (RawClient producer = new RawClient(broker.port())) {
                    for (int round = 0; round < rounds; round++) {
                        ProduceResponse response = producer.call(ApiKey.PRODUCE, 9,
                                produce(TOPIC, random.nextInt(PARTITIONS), 1, WAIT, batch(number + ":" + round)), new ProduceResponse());
                        assertEquals(ErrorCode.NONE, error(response));
                    }
                }
                return null;
            });
        }
        for (int reader = 0; reader < 3; reader++) {
            run(() -> {
                Set<String> seen = new HashSet<>();
                long[] offsets = new long[PARTITIONS];
                try (RawClient consumer = new RawClient(broker.port())) {
                    FetchRequest all = fetch(TOPIC, 0, 0, WAIT, 1);
                    for (int partition = 1; partition < PARTITIONS; partition++) {
                        Requests.add(all, TOPIC, partition, 0);
                    }
                    all.sessionEpoch = 0;
                    FetchResponse response = consumer.call(ApiKey.FETCH, 11, all, new FetchResponse());
                    int session = response.sessionId;
                    int epoch = 1;
                    assertTrue(session != 0);
                    while (true) {
                        FetchRequest next = fetch(TOPIC, 0, offsets[0], WAIT, 1);
                        next.topics.clear();
                        for (FetchResponse.FetchableTopicResponse topic : response.responses) {
                            for (FetchResponse.PartitionData data : topic.partitions) {
                                assertEquals(ErrorCode.NONE.code(), data.errorCode);
                                List<String> values = values(data, offsets[data.partitionIndex]);
                                for (String value : values) {
                                    assertTrue(seen.add(value), value + " comes twice");
                                }
                                offsets[data.partitionIndex] += values.size();
                                Requests.add(next, TOPIC, data.partitionIndex, offsets[data.partitionIndex]);
                            }
                        }
                        if (seen.size() == 3 * rounds) {
                            return null;
                        }
                        next.sessionId = session;
                        next.sessionEpoch = epoch++;
                        response = consumer.call(ApiKey.FETCH, 11, next, new FetchResponse());
                        assertEquals(ErrorCode.NONE.code(), response.errorCode);
                    }
                }
            });
        }
        await();
    }

    @Test
    void twoConnectionsThatFightForOneSession() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        int session;
        try (RawClient first = new RawClient(broker.port())) {
            FetchRequest all = fetch(TOPIC, 0, 0, 0, 1);
            Requests.add(all, TOPIC, 1, 0);
            all.sessionEpoch = 0;
            session = first.call(ApiKey.FETCH, 11, all, new FetchResponse()).sessionId;
        }
        java.util.concurrent.atomic.AtomicInteger epoch = new java.util.concurrent.atomic.AtomicInteger(1);
        for (int client = 0; client < 4; client++) {
            int number = client;
            run(() -> {
                Random random = new Random(number);
                try (RawClient consumer = new RawClient(broker.port())) {
                    for (int round = 0; round < 800; round++) {
                        FetchRequest next = fetch(TOPIC, random.nextInt(PARTITIONS), 0, random.nextInt(2), 1);
                        next.sessionId = session;
                        next.sessionEpoch = epoch.get();
                        if (random.nextInt(3) == 0) {
                            FetchRequest.ForgottenTopic forgotten = new FetchRequest.ForgottenTopic();
                            forgotten.topic = TOPIC;
                            forgotten.partitions.add(random.nextInt(PARTITIONS));
                            next.forgottenTopicsData.add(forgotten);
                        }
                        FetchResponse response = consumer.call(ApiKey.FETCH, 11, next, new FetchResponse());
                        if (response.errorCode == ErrorCode.NONE.code()) {
                            epoch.incrementAndGet();
                        } else {
                            assertEquals(ErrorCode.INVALID_FETCH_SESSION_EPOCH.code(), response.errorCode);
                        }
                    }
                }
                return null;
            });
        }
        threads.submit(() -> {
            try (RawClient producer = new RawClient(broker.port())) {
                for (int i = 0; !over.get(); i++) {
                    producer.call(ApiKey.PRODUCE, 9, produce(TOPIC, i % PARTITIONS, 1, WAIT, batch("x")), new ProduceResponse());
                }
            }
            return null;
        });
        await();
        over.set(true);
        assertTrue(epoch.get() > 100, "only " + epoch.get() + " fetches had the session");
    }

    @Test
    void topicsThatGoAndComeUnderTraffic() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        create("churn");
        for (int client = 0; client < 3; client++) {
            int number = client;
            run(() -> {
                Random random = new Random(number);
                try (RawClient producer = new RawClient(broker.port())) {
                    while (!over.get()) {
                        ErrorCode code = error(producer.call(ApiKey.PRODUCE, 9,
                                produce("churn", random.nextInt(PARTITIONS), random.nextBoolean() ? 1 : -1, WAIT, batch("x")), new ProduceResponse()));
                        assertTrue(Set.of(ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.NOT_LEADER_OR_FOLLOWER).contains(code), "" + code);
                    }
                }
                return null;
            });
            run(() -> {
                Random random = new Random(100 + number);
                while (!over.get()) {
                    // A connection that goes now and then, with its fetch still waiting.
                    try (RawClient consumer = new RawClient(broker.port())) {
                        for (int i = 0; i < 5; i++) {
                            FetchRequest request = fetch("churn", random.nextInt(PARTITIONS), random.nextInt(2), 1 + random.nextInt(20),
                                    1 + random.nextInt(500));
                            Requests.add(request, "churn", random.nextInt(PARTITIONS), 0);
                            FetchResponse response = consumer.call(ApiKey.FETCH, 11, request, new FetchResponse());
                            ErrorCode code = error(response);
                            assertTrue(Set.of(ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.NOT_LEADER_OR_FOLLOWER,
                                    ErrorCode.OFFSET_OUT_OF_RANGE).contains(code), "" + code);
                        }
                        consumer.send(ApiKey.FETCH, 11, 9, fetch("churn", random.nextInt(PARTITIONS), 0, WAIT, 1 << 20));
                    }
                }
                return null;
            });
        }
        for (int round = 0; round < 40; round++) {
            broker.metadata().deleteTopics(List.of(TopicSelector.byName("churn"))).toCompletableFuture().join();
            create("churn");
            assertNotNull(broker.partitions().find("churn", PARTITIONS - 1));
            watch.noErrors("round " + round);
        }
        over.set(true);
        await();
    }

    @Test
    void retriesInFlightAreRecognisedOnWhicheverConnectionTheyCome() throws Exception {
        int batches = 300;
        for (int partition = 0; partition < 4; partition++) {
            int index = partition;
            run(() -> {
                long producerId = 1_000 + index;
                try (RawClient one = new RawClient(broker.port()); RawClient other = new RawClient(broker.port())) {
                    for (int sequence = 0; sequence < batches; sequence++) {
                        // The same batch on two connections: one is appended, the other is its repetition.
                        one.send(ApiKey.PRODUCE, 9, sequence, produce(TOPIC, index, -1, WAIT, idempotent(producerId, sequence)));
                        other.send(ApiKey.PRODUCE, 9, sequence, produce(TOPIC, index, -1, WAIT, idempotent(producerId, sequence)));
                        assertEquals(sequence, baseOffset(one));
                        assertEquals(sequence, baseOffset(other));
                    }
                }
                assertEquals(batches, broker.partitions().find(TOPIC, index).log().logEndOffset());
                return null;
            });
        }
        await();
    }

    private static long baseOffset(RawClient client) throws IOException {
        ProduceResponse response = new ProduceResponse();
        client.receive(ApiKey.PRODUCE, 9, response);
        assertEquals(ErrorCode.NONE, error(response));
        return response.responses.getFirst().partitionResponses.getFirst().baseOffset;
    }

    private static ByteBuf idempotent(long producerId, int sequence) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out).producer(producerId, (short) 0, sequence)) {
            builder.append(1_000, null, ("s" + sequence).getBytes(StandardCharsets.UTF_8)).finish();
        }
        return out;
    }
}
