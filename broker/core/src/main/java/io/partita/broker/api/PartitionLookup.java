package io.partita.broker.api;

import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.replication.FollowingReplica;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import io.partita.broker.replication.Replica;
import java.util.UUID;

/**
 * What every request about a partition asks first: whether it is led here, and in the epoch the client believes in (KIP-320); and if not, who leads it
 * (KIP-951). From any thread.
 */
public final class PartitionLookup {

    /** The client did not say which epoch it knows. */
    public static final int NO_EPOCH = -1;

    private final Partitions partitions;
    private final MetadataStore metadata;
    private final int nodeId;
    private final boolean selectsByRack;

    /** Looks for partitions led here in {@code partitions}, for others in {@code metadata}; consumers read from leaders. */
    public PartitionLookup(Partitions partitions, MetadataStore metadata, int nodeId) {
        this(partitions, metadata, nodeId, false);
    }

    /** @param selectsByRack whether consumers are sent to followers in their rack */
    PartitionLookup(Partitions partitions, MetadataStore metadata, int nodeId, boolean selectsByRack) {
        this.selectsByRack = selectsByRack;
        this.partitions = partitions;
        this.metadata = metadata;
        this.nodeId = nodeId;
    }

    /**
     * Another broker that leads a partition.
     *
     * @param endpoint where clients of the listener that asked find it
     */
    public record Elsewhere(int broker, int leaderEpoch, BrokerImage.Endpoint endpoint, String rack) {}

    /** The leader of a partition, {@code null} when it is not led here. */
    public PartitionLeader find(String topic, int partition) {
        return partitions.find(topic, partition);
    }

    /** As {@link #find(String, int)}, by the topic's id. */
    public PartitionLeader find(UUID topicId, int partition) {
        return partitions.find(topicId, partition);
    }

    /** The replica that follows a leader elsewhere, {@code null} when there is none here. */
    public FollowingReplica followed(String topic, int partition) {
        TopicImage image = metadata.image().topic(topic);
        return image == null ? null : partitions.followed(image.id(), partition);
    }

    /** As {@link #followed(String, int)}, by the topic's id. */
    public FollowingReplica followed(UUID topicId, int partition) {
        return partitions.followed(topicId, partition);
    }

    /**
     * A broker in sync that clients in {@code rack} are nearer to than to this leader; -1 when there is none, they cannot reach it by {@code listener}, or replica.selector.class does
     * not ask for it.
     */
    public int preferredReplica(PartitionLeader leader, String rack, String listener) {
        ClusterImage image = metadata.image();
        TopicImage topic = selectsByRack ? image.topic(leader.topicId()) : null;
        PartitionImage partition = topic == null ? null : topic.partition(leader.partition());
        BrokerImage self = image.broker(nodeId);
        if (partition == null || self == null || rack.equals(self.rack())) {
            return -1;
        }
        for (int replica : partition.inSyncReplicas()) {
            BrokerImage broker = image.broker(replica);
            if (broker != null && rack.equals(broker.rack()) && broker.endpoint(listener) != null) {
                return replica;
            }
        }
        return -1;
    }

    /** The name of a topic, {@code null} when there is none of this id. */
    public String nameOf(UUID topicId) {
        TopicImage topic = metadata.image().topic(topicId);
        return topic == null ? null : topic.name();
    }

    /**
     * NONE, or the error with which a request is answered that knows {@code currentLeaderEpoch}.
     *
     * @param leader what {@link #find(String, int)} gave
     */
    public ErrorCode check(Replica leader, String topic, int partition, int currentLeaderEpoch) {
        return leader != null ? check(leader, currentLeaderEpoch) : absence(metadata.image().topic(topic), partition, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    /** As {@link #check(PartitionLeader, String, int, int)}, by the topic's id. */
    public ErrorCode check(Replica leader, UUID topicId, int partition, int currentLeaderEpoch) {
        return leader != null ? check(leader, currentLeaderEpoch) : absence(metadata.image().topic(topicId), partition, ErrorCode.UNKNOWN_TOPIC_ID);
    }

    private static ErrorCode check(Replica leader, int currentLeaderEpoch) {
        if (leader.ended() != ErrorCode.NONE) {
            return leader.ended();
        }
        if (currentLeaderEpoch == NO_EPOCH || currentLeaderEpoch == leader.leaderEpoch()) {
            return ErrorCode.NONE;
        }
        return currentLeaderEpoch < leader.leaderEpoch() ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }

    /** Where the metadata still say that it is led here, it is being moved or deleted this moment, or its log cannot be opened. */
    private static ErrorCode absence(TopicImage topic, int partition, ErrorCode unknownTopic) {
        if (topic == null) {
            return unknownTopic;
        }
        return topic.partition(partition) == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }

    /** Whether the newest image, which is being applied this moment, has this process lead the partition: {@link #find(String, int)} gives its leader soon. */
    boolean isComing(String topic, int partition) {
        ClusterImage newest = newestOnItsWay();
        return newest != null && isLedHere(newest.topic(topic), partition);
    }

    /** As {@link #isComing(String, int)}, by the topic's id. */
    boolean isComing(UUID topicId, int partition) {
        ClusterImage newest = newestOnItsWay();
        return newest != null && isLedHere(newest.topic(topicId), partition);
    }

    private ClusterImage newestOnItsWay() {
        ClusterImage newest = metadata.newest();
        return newest == metadata.image() ? null : newest;
    }

    private boolean isLedHere(TopicImage topic, int partition) {
        PartitionImage image = topic == null ? null : topic.partition(partition);
        return image != null && image.stored() != null && metadata.process() != null && image.stored().state().isLedBy(metadata.process());
    }

    /** The broker to go to instead of this one, {@code null} when nobody else leads the partition or clients of {@code listener} cannot reach who does. */
    public Elsewhere elsewhere(String topic, int partition, String listener) {
        ClusterImage image = metadata.newest();
        return elsewhere(image, image.topic(topic), partition, listener);
    }

    /** As {@link #elsewhere(String, int, String)}, by the topic's id. */
    public Elsewhere elsewhere(UUID topicId, int partition, String listener) {
        ClusterImage image = metadata.newest();
        return elsewhere(image, image.topic(topicId), partition, listener);
    }

    private Elsewhere elsewhere(ClusterImage image, TopicImage topic, int index, String listener) {
        PartitionImage partition = topic == null ? null : topic.partition(index);
        BrokerImage broker = partition == null || partition.leader() == nodeId ? null : image.broker(partition.leader());
        BrokerImage.Endpoint endpoint = broker == null ? null : broker.endpoint(listener);
        return endpoint == null ? null : new Elsewhere(broker.id(), partition.leaderEpoch(), endpoint, broker.rack());
    }
}
