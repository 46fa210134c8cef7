import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyWindowStore;

/**
 * What Kafka Streams is made of, apart from the word count: StreamsTour BOOTSTRAP NAME STATE-DIRECTORY GROUP-PROTOCOL. Joins of a stream with a table and with another stream, a repartition,
 * counts by windows, stores that are asked, restored from their changelogs, and kept by a standby; at least once. Exits with 0 when all is as it must be.
 */
public class StreamsTour {
    private static final int ORDERS = 300;

    private final String bootstrap;
    private final String name;
    private final Path state;
    private final String protocol;

    private StreamsTour(String bootstrap, String name, Path state, String protocol) {
        this.protocol = protocol;
        this.bootstrap = bootstrap;
        this.name = name;
        this.state = state;
    }

    public static void main(String[] args) throws Exception {
        new StreamsTour(args[0], args[1], Path.of(args[2]), args[3]).run();
        System.exit(0);
    }

    private KafkaStreams streams(int instance) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, state.resolve("instance-" + instance).toString());
        settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put("group.protocol", protocol);
        if (protocol.equals("classic")) {
            // By the other protocol these are the broker's to say.
            settings.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
            settings.put(StreamsConfig.PROBING_REBALANCE_INTERVAL_MS_CONFIG, 60_000);
            settings.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 6_000);
        }
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        StreamsBuilder builder = new StreamsBuilder();
        var orders = builder.<String, String>stream(name + "-orders");
        var customers = builder.<String, String>table(name + "-customers", Materialized.as("customers"));
        var payments = builder.<String, String>stream(name + "-payments");
        // Order: customer=article. With the customer's city it is counted by city, which takes a repartition, and by article and hour.
        var placed = orders.join(customers, (article, city) -> city + " " + article);
        placed.groupBy((customer, both) -> both.split(" ")[0]).count(Materialized.as("by-city"));
        placed.groupBy((customer, both) -> both.split(" ")[1]).windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofHours(1), Duration.ofDays(1))).count(Materialized.as("by-hour"));
        orders.join(payments, (article, sum) -> article + " for " + sum, JoinWindows.ofTimeDifferenceAndGrace(Duration.ofMinutes(1), Duration.ofDays(1))).to(name + "-paid");
        return new KafkaStreams(builder.build(), settings);
    }

    private void run() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
                KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer())) {
            List<NewTopic> topics = new ArrayList<>();
            for (String topic : List.of("-orders", "-customers", "-payments", "-paid")) {
                topics.add(new NewTopic(name + topic, 2, (short) 1));
            }
            admin.createTopics(topics).all().get();
            // Given
            List<String> cities = List.of("Oslo", "Turin", "Accra");
            // Customers are older than their orders: of records with the same time either may come first.
            long start = 1_700_000_000_000L / 3_600_000 * 3_600_000;
            for (int i = 0; i < 30; i++) {
                producer.send(new ProducerRecord<>(name + "-customers", null, start - 1_000, "customer-" + i, cities.get(i % 3)));
            }
            producer.flush();
            for (int i = 0; i < ORDERS; i++) {
                long time = start + i * 3_600_000L * 3 / ORDERS;
                producer.send(new ProducerRecord<>(name + "-orders", null, time, "customer-" + i % 30, "article-" + i % 2));
                if (i % 10 == 0) {
                    producer.send(new ProducerRecord<>(name + "-payments", null, time + 30_000, "customer-" + i % 30, "sum-" + i));
                }
            }
            producer.flush();
            Map<String, Long> byCity = new TreeMap<>(Map.of("Oslo", 100L, "Turin", 100L, "Accra", 100L));
            KafkaStreams first = streams(1);
            KafkaStreams second = streams(2);
            first.start();
            second.start();
            // Then all is counted once, over both
            await("counts by city", () -> counts(first, second), byCity);
            await("counts by hour", () -> hours(start, first, second), List.of(50L, 50L, 50L));
            // and the topics between are as Streams wants them
            Set<String> internal = new TreeSet<>();
            for (String topic : admin.listTopics().names().get()) {
                if (topic.startsWith(name + "-") && (topic.endsWith("-changelog") || topic.endsWith("-repartition"))) {
                    internal.add(topic);
                    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                    String policy = admin.describeConfigs(List.of(resource)).all().get().get(resource).get("cleanup.policy").value();
                    String expected = topic.endsWith("-repartition") || topic.contains("JOIN") ? "delete" : topic.contains("by-hour") ? "compact,delete" : "compact";
                    check(topic + " has cleanup.policy " + policy, new TreeSet<>(List.of(policy.split(","))).equals(new TreeSet<>(List.of(expected.split(",")))));
                }
            }
            check("internal topics: " + internal, internal.size() >= 6);
            long paid = 0;
            for (int partition = 0; partition < 2; partition++) {
                paid += admin.listOffsets(Map.of(new org.apache.kafka.common.TopicPartition(name + "-paid", partition), org.apache.kafka.clients.admin.OffsetSpec.latest()))
                    .all().get().values().iterator().next().offset();
            }
            check("orders that were paid within a minute: " + paid, paid >= ORDERS / 10);
            // When one goes, the other has all, from what it kept as a standby
            second.close(Duration.ofSeconds(30));
            await("counts of the one that is left", () -> counts(first), byCity);
            // and one that has nothing restores it from the changelogs
            first.close(Duration.ofSeconds(30));
            first.cleanUp();
            KafkaStreams third = streams(3);
            third.start();
            await("counts that were restored", () -> counts(third), byCity);
            producer.send(new ProducerRecord<>(name + "-orders", null, start + 3 * 3_600_000L, "customer-0", "article-0")).get();
            byCity.merge("Oslo", 1L, Long::sum);
            await("counts go on", () -> counts(third), byCity);
            third.close(Duration.ofSeconds(30));
        }
    }

    private static Map<String, Long> counts(KafkaStreams... instances) {
        Map<String, Long> all = new TreeMap<>();
        for (KafkaStreams instance : instances) {
            ReadOnlyKeyValueStore<String, Long> store = instance.store(StoreQueryParameters.fromNameAndType("by-city", QueryableStoreTypes.keyValueStore()));
            try (var entries = store.all()) {
                entries.forEachRemaining(entry -> all.put(entry.key, entry.value));
            }
        }
        return all;
    }

    /** Of one article, hour by hour. */
    private static List<Long> hours(long start, KafkaStreams... instances) {
        Map<Long, Long> all = new TreeMap<>();
        for (KafkaStreams instance : instances) {
            ReadOnlyWindowStore<String, Long> store = instance.store(StoreQueryParameters.fromNameAndType("by-hour", QueryableStoreTypes.windowStore()));
            try (var entries = store.fetch("article-0", java.time.Instant.ofEpochMilli(start), java.time.Instant.ofEpochMilli(start + 3 * 3_600_000L - 1))) {
                entries.forEachRemaining(entry -> all.put(entry.key, entry.value));
            }
        }
        return List.copyOf(all.values());
    }

    private static <T> void await(String what, Callable<T> question, T expected) throws Exception {
        long until = System.nanoTime() + 90_000_000_000L;
        Object last = null;
        while (System.nanoTime() < until) {
            try {
                last = question.call();
                if (expected.equals(last)) {
                    System.out.println(what + ": " + last);
                    return;
                }
            } catch (RuntimeException notYet) {
                last = notYet;
            }
            Thread.sleep(20);
        }
        check(what + ": " + last + " where " + expected + " was expected", false);
    }

    private static void check(String what, boolean holds) {
        if (!holds) {
            System.out.println("Wrong: " + what);
            System.exit(1);
        }
    }
}
