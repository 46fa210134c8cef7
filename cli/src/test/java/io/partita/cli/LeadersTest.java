package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.Broker;
import io.partita.broker.BrokerOptions;
import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.ThreadLoop;
import io.partita.broker.metadata.PartitionImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Leadership that goes from broker to broker, in a cluster of three. */
class LeadersTest {

    private final ThreadLoop loop = new ThreadLoop("test-objects");
    private final List<Broker> brokers = new ArrayList<>();

    @BeforeEach
    void start() {
        MemoryObjectStore objects = new MemoryObjectStore(loop);
        for (int id = 1; id <= 3; id++) {
            ThreadLoop metadata = new ThreadLoop("test-metadata-" + id);
            brokers.add(Broker.start(BrokerOptions
                    .of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "node.id", Integer.toString(id), "log.dirs",
                            "in-memory")))
                    .withDisk(new MemoryDisk())
                    .withMetadata(ObjectMetadataStore.of(objects.client(), metadata, () -> null, metadata::close))));
        }
    }

    @AfterEach
    void close() {
        brokers.forEach(Broker::kill);
        loop.close();
    }

    private Tool.Result run(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.add("--bootstrap");
        all.add(brokers.getFirst().bootstrapServers());
        return Tool.alone("", false, all.toArray(String[]::new));
    }

    /** Until every broker has seen it of the topic's partitions: any of them may be asked. */
    private void await(Predicate<List<PartitionImage>> wanted) {
        for (Broker broker : brokers) {
            while (broker.image().topic("orders") == null || !wanted.test(broker.image().topic("orders").partitions())) {
                Thread.onSpinWait();
            }
        }
    }

    private long led(int broker) {
        return brokers.getFirst().image().topic("orders").partitions().stream().filter(partition -> partition.leader() == broker).count();
    }

    @Test
    void theyGoAwayFromABrokerAndAreSpreadAgain() {
        // Given
        assertEquals(0, run("topic", "create", "orders", "--partitions", "6", "--replicas", "3").code());
        await(partitions -> partitions.stream().allMatch(one -> one.inSyncReplicas().size() == 3));
        int busy = brokers.getFirst().image().topic("orders").partition(0).leader();
        long before = led(busy);
        // When
        Tool.Result looked = run("leader", "away", Integer.toString(busy), "--dry-run");
        assertEquals(0, looked.code(), looked.err());
        assertEquals(before, led(busy));
        Tool.Result away = run("leader", "away", Integer.toString(busy));
        // Then
        assertEquals(0, away.code(), away.err());
        assertTrue(away.out().contains("instead of " + busy), away.out());
        await(partitions -> partitions.stream().allMatch(one -> one.leader() != busy && one.inSyncReplicas().size() == 3));
        assertTrue(run("leader", "away", Integer.toString(busy)).out().contains("leads nothing"));
        Tool.Result spread = run("leader", "spread");
        assertEquals(0, spread.code(), spread.err());
        await(partitions -> led(1) == 2 && led(2) == 2 && led(3) == 2);
        assertEquals(4, run("leader", "away", "9").code());
    }

    @Test
    void whatNobodyElseCouldLeadStays() {
        assertEquals(0, run("topic", "create", "orders", "--partitions", "1", "--replicas", "1").code());
        await(partitions -> partitions.getFirst().leader() > 0);
        Tool.Result refused = run("leader", "away", Integer.toString(brokers.getFirst().image().topic("orders").partition(0).leader()));
        assertEquals(1, refused.code());
        assertTrue(refused.err().contains("no other replica in sync"), refused.err());
    }
}
