package io.partita.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.cluster.MemoryObjectStore;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.ReassignmentWish;
import io.partita.broker.metadata.Result;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** A whole cluster on one thread and a clock of its own, with real stores, roles and logs, in which nothing goes wrong but what a test does. */
final class CalmCluster implements ClusterNode.Network {

    final TestClock clock = new TestClock();
    final TestEventLoop loop = new TestEventLoop(clock);
    final MemoryObjectStore objects = new MemoryObjectStore(loop);
    private final Random random = new Random(7);
    private final SimulatedTime time = new SimulatedTime(clock, random::nextLong);
    private final Map<Integer, ClusterNode> nodes = new TreeMap<>();
    private final Map<Integer, FaultyDisk> disks = new HashMap<>();
    private final Map<String, String> settings;

    CalmCluster(int brokers, Map<String, String> settings) {
        this.settings = settings;
        for (int broker = 1; broker <= brokers; broker++) {
            start(broker);
        }
        loop.advance(2_000);
    }

    /** Starts a broker, on the disk that it had. */
    void start(int broker) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("node.id", Integer.toString(broker));
        FaultyDisk disk = disks.computeIfAbsent(broker, id -> new FaultyDisk(new Random(id)));
        try {
            nodes.put(broker, new ClusterNode(broker, disk, loop, time, objects, new MemoryObjectStore.Road() {}, this, all));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void kill(int broker) {
        nodes.get(broker).kill();
    }

    /** It has an empty disk the next time. */
    void loseDisk(int broker) {
        disks.remove(broker);
    }

    ClusterNode node(int broker) {
        return nodes.get(broker);
    }

    /** Milliseconds by the cluster's clock until something holds; at most an hour. */
    long until(String what, BooleanSupplier holds) {
        long begun = clock.monotonicMillis();
        while (!holds.getAsBoolean()) {
            if (clock.monotonicMillis() - begun > 3_600_000) {
                throw new AssertionError(what + " did not come to be");
            }
            loop.advance(10);
        }
        return clock.monotonicMillis() - begun;
    }

    private <T> T done(CompletionStage<List<Result<T>>> stage) {
        until("an answer", () -> stage.toCompletableFuture().isDone());
        Result<T> result = stage.toCompletableFuture().join().getFirst();
        if (!result.isDone()) {
            throw new AssertionError(result.error() + ": " + result.message());
        }
        return result.value();
    }

    void create(String topic, List<List<Integer>> assignment, Map<String, String> configs) {
        done(anybody().store.createTopics(List.of(new NewTopic(topic, NewTopic.DEFAULT, NewTopic.DEFAULT, assignment, configs)), false));
        loop.advance(100);
    }

    void alter(ConfigAlteration alteration) {
        done(anybody().store.alterConfigs(List.of(alteration), false));
    }

    void reassign(String topic, int partition, List<Integer> to) {
        done(anybody().store.reassign(List.of(new ReassignmentWish(topic, partition, to, true))));
    }

    ClusterNode anybody() {
        return nodes.values().stream().filter(ClusterNode::isAlive).findFirst().orElseThrow();
    }

    PartitionImage partition(String topic, int partition) {
        return anybody().store.image().topic(topic).partition(partition);
    }

    /** Writes a record of so many bytes, and waits until it is acknowledged. */
    void produce(String topic, int partition, int bytes) {
        ClusterNode node = nodes.get(partition(topic, partition).leader());
        PartitionLeader leader = node.partitions.find(node.store.image().topic(topic).id(), partition);
        ByteBuf batch = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(batch)) {
            builder.append(clock.wallMillis(), null, new byte[bytes]);
            builder.finish();
        }
        AppendResult[] answer = new AppendResult[1];
        leader.append(batch, AppendOrigin.CLIENT, PartitionLeader.ACKS_ALL, result -> answer[0] = result);
        until("an acknowledgement", () -> answer[0] != null);
        if (!(answer[0] instanceof AppendResult.Appended)) {
            throw new AssertionError(answer[0]);
        }
    }

    @Override
    public ClusterNode running(int broker) {
        ClusterNode node = nodes.get(broker);
        return node == null || !node.isAlive() ? null : node;
    }

    @Override
    public boolean reaches(int from, int to) {
        return true;
    }

    @Override
    public long delayMillis() {
        return 1;
    }
}
