package io.partita.broker;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.BrokerSettings;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.env.Clock;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.replication.FollowingReplica;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Replica;
import io.partita.broker.replication.ReplicationThrottle;
import java.util.List;

/**
 * Which replicas of this broker are throttled while they catch up, or while others catch up with them, as Kafka's settings say (KIP-73): a rate of the broker, and lists of partition:broker
 * pairs of topics. Used by steps of the metadata.
 */
final class ReplicationThrottles {

    private final int nodeId;
    private final ReplicationThrottle sent;
    private final ReplicationThrottle received;

    ReplicationThrottles(int nodeId, Clock clock) {
        this.nodeId = nodeId;
        this.sent = new ReplicationThrottle(clock);
        this.received = new ReplicationThrottle(clock);
    }

    /** Takes the rates of the settings in force on this broker. */
    void rates(BrokerConfig config) {
        sent.bytesPerSecond(config.longValue(BrokerSettings.LEADER_REPLICATION_THROTTLED_RATE));
        received.bytesPerSecond(config.longValue(BrokerSettings.FOLLOWER_REPLICATION_THROTTLED_RATE));
    }

    /** Has a replica throttled, or no more. */
    void apply(Replica replica, TopicImage topic) {
        switch (replica) {
            case PartitionLeader leader -> leader.throttle(
                    isListed(topic.configs().get(TopicSettings.LEADER_REPLICATION_THROTTLED_REPLICAS), leader.partition()) ? sent : ReplicationThrottle.NONE);
            case FollowingReplica follower -> follower.throttle(
                    isListed(topic.configs().get(TopicSettings.FOLLOWER_REPLICATION_THROTTLED_REPLICAS), follower.partition())
                            ? received
                            : ReplicationThrottle.NONE);
        }
    }

    private boolean isListed(String pairs, int partition) {
        return pairs != null && (pairs.equals("*") || List.of(pairs.split(",")).contains(partition + ":" + nodeId));
    }
}
