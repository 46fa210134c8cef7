package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.net.RawClient;
import io.partita.broker.net.RequestObserver;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.CreateTopicsResponse;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.quota.QuotaEntity;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Quotas as Kafka's AdminClient sets them and as clients feel them, on the wire and in a clock that the test moves. */
class QuotasIT {

    /** A name that the raw client gives itself. */
    private static final String RAW = "raw-client";

    private final AtomicLong millis = new AtomicLong(1_000);
    private final AtomicLong throttledMillis = new AtomicLong();
    private final MemoryDisk disk = new MemoryDisk();
    private Broker broker;

    private final Clock clock = new Clock() {
        @Override
        public long wallMillis() {
            return 1_700_000_000_000L + millis.get();
        }

        @Override
        public long monotonicMillis() {
            return millis.get();
        }
    };

    private void start(Clock measuredBy, String... settings) {
        Map<String, String> all = new HashMap<>(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/quotas"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(all)).withDisk(disk).withClock(measuredBy)
                .withRequestObserver(new Throttled()));
    }

    /** What metrics would show. */
    private final class Throttled implements RequestObserver {
        @Override
        public void completed(ApiKey key, long nanos, int requestBytes, long responseBytes) {}

        @Override
        public void throttled(ApiKey key, long forMillis) {
            throttledMillis.addAndGet(forMillis);
        }

        @Override
        public void connectionOpened() {}

        @Override
        public void connectionClosed() {}
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private void set(QuotaEntity entity, String key, double value) {
        assertTrue(broker.metadata().alterQuotas(List.of(new QuotaAlteration(entity, Map.of(key, value))), false).toCompletableFuture().join().getFirst()
                .isDone());
    }

    private void create(String topic) {
        broker.metadata().createTopics(List.of(new NewTopic(topic, 1, 1, null, Map.of())), false).toCompletableFuture().join();
    }

    private static ProduceResponse produce(RawClient client, int bytes) throws IOException {
        byte[] value = new byte[bytes];
        Arrays.fill(value, (byte) 'v');
        return client.call(ApiKey.PRODUCE, 9, Requests.produce("t", 0, 1, 1_000, Requests.batch(new String(value))), new ProduceResponse());
    }

    @Test
    void whoProducesTooMuchIsToldForHowLongAndNotReadForThatLong() throws IOException {
        start(clock);
        create("t");
        set(QuotaEntity.client(RAW), "producer_byte_rate", 10_000);
        try (RawClient greedy = new RawClient(broker.port()); RawClient other = new RawClient(broker.port())) {
            assertEquals(0, produce(greedy, 50_000).throttleTimeMs);

            // 150 KB in what counts as ten seconds are half as much again as the bound.
            int throttled = produce(greedy, 100_000).throttleTimeMs;
            assertTrue(throttled > 4_900 && throttled < 5_300, throttled + " ms");
            assertEquals(throttled, throttledMillis.get());
            greedy.send(ApiKey.METADATA, 9, 7, new MetadataRequest());

            assertEquals(0, other.call(ApiKey.METADATA, 9, new MetadataRequest(), new MetadataResponse()).errorCode);
            assertFalse(greedy.hasSomething());
            millis.addAndGet(throttled - 1);
            assertEquals(0, other.call(ApiKey.METADATA, 9, new MetadataRequest(), new MetadataResponse()).errorCode);
            assertFalse(greedy.hasSomething());
            millis.addAndGet(1);
            assertEquals(7, greedy.receive(ApiKey.METADATA, 9, new MetadataResponse()));
        }
    }

    @Test
    void whatAllClientsOfAUserTakeIsOneSum() throws IOException {
        start(clock);
        create("t");
        set(new QuotaEntity(QuotaEntity.DEFAULT, null, null), "producer_byte_rate", 10_000);
        try (RawClient one = new RawClient(broker.port()); RawClient another = new RawClient(broker.port())) {
            assertEquals(0, produce(one, 60_000).throttleTimeMs);
            assertTrue(produce(another, 60_000).throttleTimeMs > 0);
        }
    }

    @Test
    void whoFetchesTooMuchIsToldSoAndGetsNoMoreAtOnceThanTheWindowsHold() throws IOException {
        start(clock);
        create("t");
        try (RawClient client = new RawClient(broker.port())) {
            for (int i = 0; i < 4; i++) {
                produce(client, 50_000);
            }
            set(QuotaEntity.user("ANONYMOUS"), "consumer_byte_rate", 10_000);
            FetchResponse first = client.call(ApiKey.FETCH, 11, Requests.fetch("t", 0, 0, 0, 1), new FetchResponse());
            assertEquals(1, Requests.values(first).size());
            assertEquals(0, first.throttleTimeMs);
            FetchResponse second = client.call(ApiKey.FETCH, 11, Requests.fetch("t", 0, 1, 0, 1), new FetchResponse());
            // Twice what ten seconds may have.
            assertEquals(10_000, second.throttleTimeMs);
        }
    }

    @Test
    void timeOfThreadsIsCountedToo() throws IOException {
        start(clock);
        set(QuotaEntity.client(RAW), "request_percentage", 0.000_01);
        try (RawClient client = new RawClient(broker.port())) {
            int throttled = client.call(ApiKey.METADATA, 9, new MetadataRequest(), new MetadataResponse()).throttleTimeMs;
            assertEquals(1_000, throttled, "no longer than a window");
        }
    }

    @Test
    void whoMakesTooManyPartitionsIsRefusedIfHeKnowsTheErrorAndElseServedAndThrottled() throws IOException {
        start(clock);
        set(QuotaEntity.user("ANONYMOUS"), "controller_mutation_rate", 1);
        try (RawClient client = new RawClient(broker.port()); RawClient old = new RawClient(broker.port())) {
            CreateTopicsResponse first = client.call(ApiKey.CREATE_TOPICS, 7, topics("a", 20, "b", 1), new CreateTopicsResponse());
            assertEquals(ErrorCode.NONE.code(), first.topics.get(0).errorCode);
            assertEquals(ErrorCode.THROTTLING_QUOTA_EXCEEDED.code(), first.topics.get(1).errorCode);
            assertEquals(9_000, first.throttleTimeMs);

            CreateTopicsResponse second = old.call(ApiKey.CREATE_TOPICS, 5, topics("b", 1, "c", 1), new CreateTopicsResponse());
            assertEquals(ErrorCode.NONE.code(), second.topics.get(0).errorCode);
            assertEquals(ErrorCode.NONE.code(), second.topics.get(1).errorCode);
            assertEquals(11_000, second.throttleTimeMs);
        }
        assertEquals(3, broker.image().topicCount());
    }

    private static CreateTopicsRequest topics(String first, int firstPartitions, String second, int secondPartitions) {
        CreateTopicsRequest request = new CreateTopicsRequest();
        request.timeoutMs = 10_000;
        for (String name : List.of(first, second)) {
            CreateTopicsRequest.CreatableTopic topic = new CreateTopicsRequest.CreatableTopic();
            topic.name = name;
            topic.numPartitions = name.equals(first) ? firstPartitions : secondPartitions;
            topic.replicationFactor = 1;
            request.topics.add(topic);
        }
        return request;
    }

    @Test
    void anAddressThatConnectsTooOftenIsTurnedAway() throws IOException {
        start(clock, "quota.window.num", "1");
        set(new QuotaEntity(null, null, QuotaEntity.DEFAULT), "connection_creation_rate", 1);
        try (RawClient first = new RawClient(broker.port())) {
            first.call(ApiKey.METADATA, 9, new MetadataRequest(), new MetadataResponse());
            try (RawClient second = new RawClient(broker.port())) {
                second.call(ApiKey.METADATA, 9, new MetadataRequest(), new MetadataResponse());
                try (RawClient third = new RawClient(broker.port())) {
                    assertTrue(third.isClosedByPeer());
                }
            }
            millis.addAndGet(1_000);
            try (RawClient later = new RawClient(broker.port())) {
                assertEquals(0, later.call(ApiKey.METADATA, 9, new MetadataRequest(), new MetadataResponse()).errorCode);
            }
        }
    }

    @Test
    void quotasOutliveTheBrokerAndAreFoundByFilters() throws InterruptedException, ExecutionException {
        start(Clock.SYSTEM);
        var alice = new ClientQuotaEntity(Map.of("user", "alice"));
        var anybody = new ClientQuotaEntity(Collections.singletonMap("user", null));
        var pair = new ClientQuotaEntity(Map.of("user", "alice", "client-id", "app"));
        var address = new ClientQuotaEntity(Map.of("ip", "10.0.0.1"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.alterClientQuotas(List.of(
                    new ClientQuotaAlteration(alice, List.of(op("producer_byte_rate", 1_000.0), op("request_percentage", 12.5))),
                    new ClientQuotaAlteration(anybody, List.of(op("consumer_byte_rate", 2_000.0))),
                    new ClientQuotaAlteration(pair, List.of(op("controller_mutation_rate", 3.5))),
                    new ClientQuotaAlteration(address, List.of(op("connection_creation_rate", 4.0))))).all().get();
            var wrong = admin.alterClientQuotas(List.of(new ClientQuotaAlteration(alice, List.of(op("connection_creation_rate", 4.0))),
                    new ClientQuotaAlteration(pair, List.of(op("controller_mutation_rate", null), op("producer_byte_rate", 5.0))))).values();
            assertEquals(InvalidRequestException.class, assertThrows(ExecutionException.class, () -> wrong.get(alice).get()).getCause().getClass());
            wrong.get(pair).get();
        }
        broker.close();

        start(Clock.SYSTEM);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            assertEquals(Map.of(alice, Map.of("producer_byte_rate", 1_000.0, "request_percentage", 12.5), anybody, Map.of("consumer_byte_rate", 2_000.0), pair,
                    Map.of("producer_byte_rate", 5.0), address, Map.of("connection_creation_rate", 4.0)),
                    admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get());
            assertEquals(Set.of(alice, pair), found(admin, ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofEntity("user", "alice")))));
            assertEquals(Set.of(alice), found(admin, ClientQuotaFilter.containsOnly(List.of(ClientQuotaFilterComponent.ofEntity("user", "alice")))));
            assertEquals(Set.of(anybody), found(admin, ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofDefaultEntity("user")))));
            assertEquals(Set.of(address), found(admin, ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofEntityType("ip")))));
        }
    }

    private static ClientQuotaAlteration.Op op(String key, Double value) {
        return new ClientQuotaAlteration.Op(key, value);
    }

    private static Set<ClientQuotaEntity> found(Admin admin, ClientQuotaFilter filter) throws InterruptedException, ExecutionException {
        return admin.describeClientQuotas(filter).entities().get().keySet();
    }

    @Test
    void aJavaProducerSeesInItsMetricsThatItIsThrottled() throws InterruptedException, ExecutionException {
        start(Clock.SYSTEM);
        create("t");
        set(QuotaEntity.client("java"), "producer_byte_rate", 10_000);
        Map<String, Object> settings = Map.of("bootstrap.servers", broker.bootstrapServers(), "client.id", "java");
        var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            producer.send(new ProducerRecord<>("t", new byte[150_000])).get();
            double longest = 0;
            for (Metric metric : producer.metrics().values()) {
                if (metric.metricName().name().equals("produce-throttle-time-max")) {
                    longest = (double) metric.metricValue();
                }
            }
            assertTrue(longest > 1_000, longest + " ms");
        } finally {
            producer.close(Duration.ZERO);
        }
    }
}
