package io.partita.broker.group.consumer;

import io.partita.broker.group.Client;
import io.partita.broker.group.ConsumerGroupConfig;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.Topics;
import io.partita.broker.group.classic.ClassicGroup;
import io.partita.broker.group.classic.ConsumerProtocol;
import io.partita.broker.group.classic.GroupImage;
import io.partita.broker.group.classic.MemberImage;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Groups that go over to the other protocol while they have members. A classic group becomes a consumer group when a member joins that speaks that protocol:
 * its members stay, with what they have, and go on speaking the classic one ({@link ClassicMembers}). When the last member is gone that speaks
 * the consumer protocol the others are a classic group again, which rebalances.
 */
final class ProtocolChanges {

    private static final Logger LOG = LoggerFactory.getLogger(ProtocolChanges.class);

    private final ShardContext shard;
    private final Targets targets;
    private final Assignments assignments;
    private final BiConsumer<ClassicGroup, String> adopted;

    /** @param adopted given a group that became a classic one, and why */
    ProtocolChanges(ShardContext shard, Targets targets, Assignments assignments, BiConsumer<ClassicGroup, String> adopted) {
        this.shard = shard;
        this.targets = targets;
        this.assignments = assignments;
        this.adopted = adopted;
    }

    // ---- classic to consumer

    /** Makes a classic group with members a consumer group; null when it cannot become one. */
    ConsumerGroup upgrade(ClassicGroup classic) {
        String groupId = classic.groupId();
        ConsumerGroupConfig config = shard.consumerConfig(groupId);
        if (!config.migration().upgrades() || !classic.usesConsumerProtocol() || classic.size() >= config.maxSize()) {
            return null;
        }
        var members = new TreeMap<String, MemberMetadata>();
        var assigned = new HashMap<String, Partitions>();
        var taken = new HashSet<Share.Partition>();
        for (ClassicGroup.Leaving member : classic.leaving()) {
            var subscription = ConsumerProtocol.readSubscription(member.metadata());
            Map<String, List<Integer>> has = ConsumerProtocol.readAssignment(member.assignment());
            if (subscription == null || has == null) {
                return null;
            }
            members.put(member.memberId(), metadata(member.instanceId(), member.client(), subscription, member.rebalanceTimeoutMillis(),
                    new MemberMetadata.Classic(member.sessionTimeoutMillis(), member.protocols())));
            // Two that were given one partition by their leader both believe that they have it; only one is believed.
            Partitions owned = partitions(has, shard.topics()).plus(partitions(subscription.owned(), shard.topics()));
            assigned.put(member.memberId(), owned.filter((topic, one) -> taken.add(new Share.Partition(topic, one))));
        }
        LOG.info("Group {} goes over to the consumer protocol with {} members of generation {}.", groupId, members.size(), classic.generation());
        int epoch = classic.generation();
        var records = new ArrayList<GroupRecord>();
        if (classic.image() != null) {
            classic.delete(records::add);
        }
        classic.close(ErrorCode.REBALANCE_IN_PROGRESS);
        var change = new ArrayList<ConsumerRecord>();
        members.forEach((memberId, metadata) -> change.add(new ConsumerRecord.Member(groupId, memberId, metadata)));
        change.add(new ConsumerRecord.GroupEpoch(groupId, new ConsumerRecord.Metadata(epoch, 0)));
        assigned.forEach((memberId, has) -> change.add(new ConsumerRecord.MemberTarget(groupId, memberId, has)));
        change.add(new ConsumerRecord.TargetEpoch(groupId, new ConsumerRecord.Target(epoch, shard.clock.wallMillis())));
        assigned.forEach((memberId, has) -> change.add(new ConsumerRecord.Current(groupId, memberId,
                new CurrentAssignment(epoch, epoch, MemberState.STABLE, has, Memberships.since(has, epoch), Partitions.NONE))));
        change.forEach(record -> records.add(ConsumerGroup.record(record)));
        shard.write(records);
        return shard.consumerGroup(groupId);
    }

    static MemberMetadata metadata(String instanceId, Client client, ConsumerProtocol.Subscription subscription, int rebalanceTimeoutMillis,
            MemberMetadata.Classic classic) {
        return new MemberMetadata(instanceId, subscription.rackId(), client.clientId(), client.host(),
                subscription.topics().stream().distinct().sorted().toList(), null, rebalanceTimeoutMillis, null, classic);
    }

    /** Partitions that there are, of those that a client names. */
    static Partitions partitions(Map<String, List<Integer>> named, Topics topics) {
        var builder = new Partitions.Builder();
        named.forEach((name, numbers) -> {
            Topics.Topic topic = topics.find(name);
            if (topic != null) {
                for (int number : numbers) {
                    if (number >= 0 && number < topic.partitionCount()) {
                        builder.add(topic.id(), number);
                    }
                }
            }
        });
        return builder.build();
    }

    // ---- consumer to classic

    /** Members were removed: what they had is assigned anew, or the others are a classic group again. */
    void settle(ConsumerGroup group) {
        if (!downgradeIfClassic(group)) {
            targets.refresh(group, true);
            assignments.wake(group);
        }
    }

    /** Makes a group a classic one whose members all speak that protocol. Whether it did. */
    boolean downgradeIfClassic(ConsumerGroup group) {
        String groupId = group.groupId();
        if (!group.isClassicOnly() || !shard.consumerConfig(groupId).migration().downgrades() || group.size() > shard.config.maxSize()) {
            return false;
        }
        GroupImage image = image(group);
        if (image == null) {
            return false;
        }
        LOG.info("Group {} goes back to the classic protocol with {} members of epoch {}.", groupId, group.size(), group.epoch());
        var records = new ArrayList<GroupRecord>();
        group.delete(records::add);
        records.add(new GroupRecord.GroupWritten(groupId, image));
        shard.write(records);
        adopted.accept(shard.classicGroup(groupId), "the last member of the consumer protocol is gone");
        return true;
    }

    /** It has no leader, by which whoever loads it knows that it has to rebalance. Null when the members have no protocol in common. */
    private GroupImage image(ConsumerGroup group) {
        String protocol = common(group);
        if (protocol == null) {
            return null;
        }
        var members = new ArrayList<MemberImage>();
        for (ConsumerMember member : group.members()) {
            MemberMetadata metadata = member.metadata();
            byte[] subscription = metadata.classic().protocols().stream().filter(one -> one.name().equals(protocol)).findAny().orElseThrow().metadata();
            members.add(new MemberImage(member.memberId, metadata.instanceId(), metadata.clientId(), metadata.clientHost(),
                    metadata.rebalanceTimeoutMillis(), metadata.classic().sessionTimeoutMillis(), subscription,
                    assignment(member.current().held(), subscription, shard.topics())));
        }
        return new GroupImage(ClassicGroup.CONSUMER_PROTOCOL_TYPE, group.epoch(), protocol, null, shard.clock.wallMillis(),
                members);
    }

    /** A protocol that all members that speak the classic protocol have in common, the first in the order of the first; null when there is none. */
    static String common(ConsumerGroup group) {
        List<JoinProtocol> candidates = null;
        for (ConsumerMember member : group.members()) {
            if (member.isClassic()) {
                List<JoinProtocol> protocols = member.metadata().classic().protocols();
                if (candidates == null) {
                    candidates = new ArrayList<>(protocols);
                }
                Set<String> names = new HashSet<>();
                protocols.forEach(protocol -> names.add(protocol.name()));
                candidates.removeIf(candidate -> !names.contains(candidate.name()));
            }
        }
        return candidates == null || candidates.isEmpty() ? null : candidates.getFirst().name();
    }

    /** An assignment in the words of the classic protocol, for who sent {@code subscription}. Topics that are gone have no name. */
    static byte[] assignment(Partitions partitions, byte[] subscription, Topics topics) {
        var named = new TreeMap<String, List<Integer>>();
        for (UUID id : partitions.topicIds()) {
            Topics.Topic topic = topics.find(id);
            if (topic != null) {
                named.put(topic.name(), partitions.of(id));
            }
        }
        var read = ConsumerProtocol.readSubscription(subscription);
        return ConsumerProtocol.writeAssignment(named, read == null ? 0 : read.version());
    }
}
