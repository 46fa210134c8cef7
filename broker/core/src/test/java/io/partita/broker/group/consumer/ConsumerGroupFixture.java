package io.partita.broker.group.consumer;

import static io.partita.broker.group.GroupFixture.GROUP;

import io.partita.broker.group.Client;
import io.partita.broker.group.Given;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupFixture;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.UUID;

/** A shard with topics, and members of a consumer group in short. */
final class ConsumerGroupFixture {

    static final int REBALANCE = 60_000;

    final GroupFixture shard;
    final UUID orders;

    ConsumerGroupFixture() {
        this(GroupConfig.DEFAULTS);
    }

    ConsumerGroupFixture(GroupConfig config) {
        shard = new GroupFixture(config);
        orders = shard.topics.put("orders", 6);
    }

    /** Null when there is none. */
    ConsumerGroup group() {
        return shard.consumerGroup();
    }

    Given<ConsumerHeartbeatResult> send(ConsumerHeartbeatRequest request) {
        var given = new Given<ConsumerHeartbeatResult>();
        shard.shard.consumerHeartbeat(request, given);
        shard.loop.runTasks();
        return given;
    }

    /** One that subscribes to {@code topics} and has said nothing yet. */
    TestConsumer consumer(String memberId, String... topics) {
        return new TestConsumer(memberId, null, List.of(topics), null);
    }

    /** Topics of these names came, went or changed. */
    void topicsChanged(String... names) {
        shard.shard.topicsChanged(List.of(names));
        shard.loop.runTasks();
    }

    /** Lets members that have joined beat until nothing changes any more. */
    void settle(TestConsumer... consumers) {
        for (int round = 0; round < 20; round++) {
            for (TestConsumer consumer : consumers) {
                consumer.beat();
            }
        }
    }

    /** A client as it should be: it takes what it is given, gives up what it is told to, and says so in its next heartbeat. */
    final class TestConsumer {
        final String instanceId;
        String memberId;
        List<String> topics;
        String regex;
        String assignor;
        String rack;
        int epoch;
        int interval;
        Partitions owned = Partitions.NONE;
        Client client = GroupFixture.UNKNOWN;
        /** What came last. */
        ConsumerHeartbeatResult last;

        TestConsumer(String memberId, String instanceId, List<String> topics, String regex) {
            this.memberId = memberId;
            this.instanceId = instanceId;
            this.topics = topics;
            this.regex = regex;
        }

        TestConsumer asking(String wanted) {
            assignor = wanted;
            return this;
        }

        TestConsumer as(Client other) {
            client = other;
            return this;
        }

        ConsumerHeartbeatRequest full(int sentEpoch) {
            return new ConsumerHeartbeatRequest(GROUP, memberId, sentEpoch, instanceId, rack, REBALANCE, topics, regex, assignor, owned, client,
                    topic -> true, true);
        }

        ConsumerHeartbeatRequest plain(Partitions told) {
            return new ConsumerHeartbeatRequest(GROUP, memberId, epoch, instanceId, null, -1, null, null, null, told, client, topic -> true, true);
        }

        ConsumerHeartbeatResult join() {
            owned = Partitions.NONE;
            return take(send(full(ConsumerHeartbeatRequest.JOINS)).get());
        }

        /** One heartbeat that says what it has. */
        ConsumerHeartbeatResult beat() {
            return take(send(plain(owned)).get());
        }

        /** A heartbeat whose answer is perhaps held. */
        Given<ConsumerHeartbeatResult> beatAndWait() {
            return send(plain(null));
        }

        ConsumerHeartbeatResult leave(int leavingEpoch) {
            epoch = leavingEpoch;
            owned = Partitions.NONE;
            return send(plain(null)).get();
        }

        ConsumerHeartbeatResult take(ConsumerHeartbeatResult result) {
            last = result;
            if (result.error() == ErrorCode.NONE) {
                memberId = result.memberId();
                epoch = result.epoch();
                interval = result.intervalMillis();
                if (result.assigned() != null) {
                    owned = result.assigned();
                }
            }
            return result;
        }
    }
}
