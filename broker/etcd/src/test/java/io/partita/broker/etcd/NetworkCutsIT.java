package io.partita.broker.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers on hosts of their own over a real etcd, under load from Kafka's client, while the network between them is cut, they are stopped, and all of them are killed. */
class NetworkCutsIT {

    private static final int BROKERS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final TopicPartition FIRST = new TopicPartition("orders", 0);

    @TempDir
    Path directory;

    @Test
    void nothingAcknowledgedIsLostWhateverIsCutStoppedOrKilled() throws Exception {
        try (CuttableNetwork network = new CuttableNetwork(BROKERS);
                EtcdServer etcd = EtcdServer.start(directory, network.host(), List.of());
                BrokerProcesses brokers = new BrokerProcesses(directory, etcd.address(), network)) {
            startAll(brokers);
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers.bootstrap(), "request.timeout.ms", "2000"));
                    KafkaConsumer<String, String> group = new KafkaConsumer<>(Map.of("bootstrap.servers", brokers.bootstrap(), "group.id", "readers",
                            "enable.auto.commit", "false", "request.timeout.ms", "2000"), new StringDeserializer(), new StringDeserializer())) {
                admin.createTopics(List.of(new NewTopic("orders", NumberedLoad.PARTITIONS, (short) BROKERS))).all().get();
                awaitWhole(admin);
                admin.createTopics(List.of(new NewTopic("money", 2, (short) BROKERS))).all().get();
                try (NumberedLoad load = new NumberedLoad(brokers.bootstrap());
                        TransactionLoad transactions = new TransactionLoad(brokers.bootstrap(), "money", 2)) {
                    transactions.awaitMore(20);
                    load.awaitMore(50);
                    commit(group, 1);

                    int leader = leader(admin);
                    network.cut(leader, other(leader));
                    survive("what broker " + leader + " sends to " + other(leader) + " is lost", load, transactions, group, 1);
                    network.mend();
                    awaitWhole(admin);
                    commit(group, 2);

                    leader = leader(admin);
                    network.cutOff(leader);
                    survive("broker " + leader + " is off the network", load, transactions, group, 2);
                    network.mend();
                    awaitWhole(admin);
                    commit(group, 3);

                    leader = leader(admin);
                    brokers.pause(leader);
                    survive("broker " + leader + " stands still", load, transactions, group, 3);
                    brokers.resume(leader);
                    awaitWhole(admin);
                    commit(group, 4);

                    brokers.killAll();
                    startAll(brokers);
                    survive("all were killed", load, transactions, group, 4);

                    awaitWhole(admin);
                    load.finish();
                    load.check();
                    transactions.finish();
                    transactions.check();
                }
            }
        }
    }

    private static void startAll(BrokerProcesses brokers) throws Exception {
        for (int id = 1; id <= BROKERS; id++) {
            brokers.begin(id, "offsets.topic.num.partitions=3", "default.replication.factor=3");
        }
        for (int id = 1; id <= BROKERS; id++) {
            brokers.awaitServing(id);
        }
    }

    /** Records and transactions go on, and no committed offset goes back. */
    private static void survive(String what, NumberedLoad load, TransactionLoad transactions, KafkaConsumer<String, String> group, long committed) {
        load.longestMillis();
        transactions.longestMillis();
        load.awaitMore(50);
        transactions.awaitMore(20);
        assertEquals(committed, group.committed(Set.of(FIRST), PATIENCE).get(FIRST).offset(), "no committed offset goes back");
        System.out.println(what + ": the longest gap of each partition " + load.longestMillis() + " ms, without a commit of a transaction "
                + transactions.longestMillis() + " ms");
    }

    private static void commit(KafkaConsumer<String, String> group, long offset) {
        group.commitSync(Map.of(FIRST, new OffsetAndMetadata(offset)), PATIENCE);
    }

    private static int other(int broker) {
        return broker % BROKERS + 1;
    }

    private static List<TopicPartitionInfo> partitions(Admin admin, String topic) throws Exception {
        return admin.describeTopics(Set.of(topic)).allTopicNames().get().get(topic).partitions();
    }

    private static int leader(Admin admin) throws Exception {
        return partitions(admin, "orders").getFirst().leader().id();
    }

    private static void awaitWhole(Admin admin) throws Exception {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!partitions(admin, "orders").stream().allMatch(partition -> partition.isr().size() == BROKERS && partition.leader() != null)) {
            assertTrue(System.nanoTime() < until, "three in sync did not come to be: " + partitions(admin, "orders"));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }
}
