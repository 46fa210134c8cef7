package io.partita.broker;

import static io.partita.broker.Requests.batch;
import static io.partita.broker.Requests.error;
import static io.partita.broker.Requests.fetch;
import static io.partita.broker.Requests.produce;
import static io.partita.broker.Requests.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.metadata.FileMetadataStore;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Directories as brokers of Apache Kafka with ZooKeeper leave them: no metadata log, no {@code directory.id}, here made from our own by taking away what such brokers do not
 * write. Those of a real Kafka 4.4 are taken over in {@code AdoptKafkaIT} of {@code broker/compat}.
 */
class KafkaAdoptionIT {

    private static final Path DATA = Path.of("/data");

    private final MemoryDisk disk = new MemoryDisk();
    private final BrokerConfig config = BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/data", "node.id", "3"));

    @BeforeEach
    void aDirectoryOfOldKafka() throws IOException {
        try (Broker broker = start(FileMetadataStore::open)) {
            List<NewTopic> topics = List.of(new NewTopic("t", 2, 1, null, Map.of()), new NewTopic("kept", 1, 1, null, Map.of("cleanup.policy", "compact")));
            broker.metadata().createTopics(topics, false).toCompletableFuture().join();
            try (RawClient client = new RawClient(broker.port())) {
                for (int partition = 0; partition < 2; partition++) {
                    assertEquals(ErrorCode.NONE,
                            error(client.call(ApiKey.PRODUCE, 9, produce("t", partition, -1, 60_000, batch("t" + partition)), new ProduceResponse())));
                }
            }
        }
        disk.delete(DATA.resolve("metadata.journal"));
        disk.delete(DATA.resolve("t-0/partition.metadata"));
        disk.delete(DATA.resolve("t-1/partition.metadata"));
        write("meta.properties", "#\n#Mon Nov 30 2020\nversion=0\ncluster.id=old\nbroker.id=3\n");
        write("cleaner-offset-checkpoint", "0\n1\nkept 0 0\n");
    }

    private void write(String name, String content) throws IOException {
        disk.writeAtomically(DATA.resolve(name), content.getBytes(StandardCharsets.UTF_8));
    }

    private Broker start(MetadataStore.Factory metadata) {
        return Broker.start(BrokerOptions.of(config).withDisk(disk).withMetadata(metadata));
    }

    private String report() throws IOException {
        try (DataDirectories found = DataDirectories.look(List.of(DATA), null, 3, disk, Entropy.system())) {
            return FileMetadataStore.adoptionReport(disk, found, null, config, Entropy.system());
        }
    }

    private static List<String> read(Broker broker, int partition) throws IOException {
        try (RawClient client = new RawClient(broker.port())) {
            return values(client.call(ApiKey.FETCH, 11, fetch("t", partition, 0, 0, 0), new FetchResponse()));
        }
    }

    @Test
    void aDirectoryOfTheTimeOfZooKeeperIsTakenOver() throws IOException {
        try (Broker broker = start(FileMetadataStore.adopting(null, false))) {
            assertEquals("old", broker.clusterId());
            assertEquals(List.of("t0"), read(broker, 0));
            assertEquals(List.of("t1"), read(broker, 1));
            // And nothing goes before somebody says what the settings were
            assertEquals(Map.of("retention.ms", "-1", "retention.bytes", "-1"), broker.image().topic("t").configs());
            assertEquals(Map.of("cleanup.policy", "compact"), broker.image().topic("kept").configs());
        }
        try (Broker broker = start(FileMetadataStore::open)) {
            assertEquals(List.of("t1"), read(broker, 1));
        }
    }

    @Test
    void withoutTheSwitchItIsRefusedWithItsName() {
        String sentence = assertThrows(BrokerStartException.class, () -> start(FileMetadataStore::open)).getMessage();

        assertTrue(sentence.contains("/data is a data directory of Apache Kafka") && sentence.contains("--adopt-kafka=check"), sentence);
    }

    @Test
    void theCheckSaysWhatCannotBeKnown() throws IOException {
        String report = report();

        assertTrue(report.contains("2 topics would be served"), report);
        assertTrue(report.contains("2 partitions  retention.bytes=-1  retention.ms=-1"), report);
        assertTrue(report.contains("Settings of topics cannot be known"), report);
    }

    @Test
    void aPartitionThatIsMissingFromTheSequenceIsNotMadeUp() throws IOException {
        disk.deleteTree(DATA.resolve("t-0"));

        assertTrue(report().contains("Topic 't' has no log of its partitions [0] here: they would begin empty."));
        MetadataStore.Factory complete = FileMetadataStore.adopting(null, false);
        assertTrue(assertThrows(BrokerStartException.class, () -> start(complete)).getMessage().contains("has no log of its partitions [0]"));
        try (Broker broker = start(FileMetadataStore.adopting(null, true))) {
            assertEquals(List.of(), read(broker, 0));
            assertEquals(List.of("t1"), read(broker, 1));
        }
    }

    @Test
    void recordsInAFormatThatCannotBeReadAreNamed() throws IOException {
        Path segment = DATA.resolve("t-0/00000000000000000000.log");
        byte[] content = disk.readAll(segment);
        content[16] = 1;
        disk.writeAtomically(segment, content);

        assertTrue(report().contains("Log t-0 has records in the format v1 of Kafka before 0.11"));
        MetadataStore.Factory complete = FileMetadataStore.adopting(null, false);
        assertThrows(BrokerStartException.class, () -> start(complete));
    }
}
