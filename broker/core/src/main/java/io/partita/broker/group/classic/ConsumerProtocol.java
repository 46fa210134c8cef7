package io.partita.broker.group.classic;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.DecoderLimits;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.ConsumerProtocolAssignment;
import io.partita.broker.protocol.message.ConsumerProtocolSubscription;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What members of protocol type {@code consumer} say to each other through the coordinator, as far as it matters to the coordinator. Newer
 * versions are read as the newest known, since they only ever add fields at the end.
 */
public final class ConsumerProtocol {

    private static final Logger LOG = LoggerFactory.getLogger(ConsumerProtocol.class);
    /** Decoded subscriptions and assignments are short-lived; this bounds what hostile ones can take. */
    private static final DecoderLimits LIMITS = DecoderLimits.SERVED.withinHeapBytes(16L << 20);

    private ConsumerProtocol() {}

    /**
     * All topics the members are subscribed to; null when that cannot be read. Only what all versions have in common is looked at, since some
     * clients say a version whose later fields they leave out.
     */
    static Set<String> subscribedTopics(ClassicGroup group) {
        var topics = new HashSet<String>();
        for (Member member : group.members()) {
            var subscription = subscription(member.metadata(group.protocol()), 0);
            if (subscription == null) {
                LOG.info("The subscription of member {} of group {} is not in the consumer protocol: offsets of the group are kept"
                        + " while it has members.", member, group.groupId);
                return null;
            }
            topics.addAll(subscription.topics);
        }
        return topics;
    }

    /**
     * Whether, with these assignments, some member loses a partition that it held on to while it joined. That is how cooperative assignors
     * (KIP-429) move a partition: its owner gives it up and rejoins at once, and another member gets it in the generation after this one.
     */
    static boolean isFollowedByRebalance(ClassicGroup group, Map<String, byte[]> assignments) {
        if (!group.usesConsumerProtocol()) {
            return false;
        }
        for (Member member : group.members()) {
            var subscription = subscription(member.metadata(group.protocol()), ConsumerProtocolSubscription.HIGHEST_VERSION);
            if (subscription == null || subscription.ownedPartitions.isEmpty()) {
                continue;
            }
            var assignment = assignment(assignments.get(member.memberId));
            if (assignment != null && !covers(assignment, subscription.ownedPartitions)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a member owned nothing when it joined and was assigned nothing, so that there is nothing for it to do in this generation. */
    static boolean isIdle(Member member, String protocol) {
        var subscription = subscription(member.metadata(protocol), ConsumerProtocolSubscription.HIGHEST_VERSION);
        var assignment = assignment(member.assignment);
        return subscription != null && subscription.ownedPartitions.isEmpty() && assignment != null && assignment.assignedPartitions.isEmpty();
    }

    /**
     * What a member says it wants.
     *
     * @param owned what it has, by topic name; nothing where it gives everything up before it joins
     * @param rackId null when it does not say
     */
    public record Subscription(List<String> topics, Map<String, List<Integer>> owned, String rackId, short version) {}

    /** Null when the bytes are no subscription. */
    public static Subscription readSubscription(byte[] bytes) {
        var read = subscription(bytes, ConsumerProtocolSubscription.HIGHEST_VERSION);
        if (read == null) {
            return null;
        }
        var owned = new HashMap<String, List<Integer>>();
        read.ownedPartitions.forEach(topic -> owned.put(topic.topic, topic.partitions));
        short version = (short) Math.min(bytes[0] << 8 | bytes[1] & 0xff, ConsumerProtocolAssignment.HIGHEST_VERSION);
        return new Subscription(read.topics, owned, read.rackId, version);
    }

    /** Partitions by topic name; null when the bytes are no assignment. */
    public static Map<String, List<Integer>> readAssignment(byte[] bytes) {
        var read = assignment(bytes);
        if (read == null) {
            return null;
        }
        var assigned = new HashMap<String, List<Integer>>();
        read.assignedPartitions.forEach(topic -> assigned.put(topic.topic, topic.partitions));
        return assigned;
    }

    /** An assignment as a member that sent a subscription of {@code version} reads it. */
    public static byte[] writeAssignment(Map<String, List<Integer>> partitions, short version) {
        var assignment = new ConsumerProtocolAssignment();
        partitions.forEach((topic, numbers) -> {
            var one = new ConsumerProtocolAssignment.TopicPartition();
            one.topic = topic;
            one.partitions = numbers;
            assignment.assignedPartitions.add(one);
        });
        var out = Unpooled.buffer();
        out.writeShort(version);
        assignment.write(new MessageWriter(out), version);
        return ByteBufUtil.getBytes(out);
    }

    private static boolean covers(ConsumerProtocolAssignment assignment, List<ConsumerProtocolSubscription.TopicPartition> owned) {
        var assigned = new HashMap<String, Set<Integer>>();
        for (var topic : assignment.assignedPartitions) {
            assigned.computeIfAbsent(topic.topic, name -> new HashSet<>()).addAll(topic.partitions);
        }
        for (var topic : owned) {
            if (!assigned.getOrDefault(topic.topic, Set.of()).containsAll(topic.partitions)) {
                return false;
            }
        }
        return true;
    }

    /** Null when the bytes are no subscription. */
    private static ConsumerProtocolSubscription subscription(byte[] bytes, int highestVersion) {
        var in = new MessageReader(Unpooled.wrappedBuffer(bytes), LIMITS);
        try {
            var subscription = new ConsumerProtocolSubscription();
            subscription.read(in, version(in, highestVersion));
            return subscription;
        } catch (MalformedMessageException e) {
            return null;
        }
    }

    /** Null when the bytes are no assignment; none at all are an empty one. */
    private static ConsumerProtocolAssignment assignment(byte[] bytes) {
        if (bytes == null || bytes.length == 0) {
            return new ConsumerProtocolAssignment();
        }
        var in = new MessageReader(Unpooled.wrappedBuffer(bytes), LIMITS);
        try {
            var assignment = new ConsumerProtocolAssignment();
            assignment.read(in, version(in, ConsumerProtocolAssignment.HIGHEST_VERSION));
            return assignment;
        } catch (MalformedMessageException e) {
            return null;
        }
    }

    private static short version(MessageReader in, int highest) {
        int version = in.int16();
        if (version < 0) {
            throw new MalformedMessageException("version " + version);
        }
        return (short) Math.min(version, highest);
    }
}
