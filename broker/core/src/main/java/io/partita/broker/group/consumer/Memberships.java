package io.partita.broker.group.consumer;

import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.MemberChecks;
import io.partita.broker.group.MemberRequest;
import io.partita.broker.group.Refusal;
import io.partita.broker.group.ShardContext;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who is a member, and what it wants: joins, comes back, changes its mind, goes. */
final class Memberships {

    private static final Logger LOG = LoggerFactory.getLogger(Memberships.class);

    private final ShardContext shard;

    Memberships(ShardContext shard) {
        this.shard = shard;
    }

    /**
     * What a heartbeat is to be refused with, null when the sender is a member in the epoch that it says, or may become one.
     *
     * @param group null when there is none
     */
    static Refusal check(ConsumerGroup group, ConsumerHeartbeatRequest request) {
        return MemberChecks.refusal(group, request, member -> request.owned() != null && member.current().assigned().containsAll(request.owned()));
    }

    /** Writes what the member is and wants now, if that is not what is known. Whether that changes what is to be assigned. */
    boolean update(ConsumerHeartbeatRequest request, String memberId) {
        ConsumerGroup known = shard.consumerGroup(request.groupId());
        ConsumerMember before = known == null ? null : known.member(memberId);
        if (known != null && request.joins()) {
            before = comeBack(known, request, memberId, before);
        }
        MemberMetadata former = before == null ? null : before.metadata();
        MemberMetadata metadata = merged(former, request);
        if (metadata.equals(former)) {
            return false;
        }
        write(new ConsumerRecord.Member(request.groupId(), memberId, metadata));
        ConsumerGroup group = shard.consumerGroup(request.groupId());
        if (former == null) {
            LOG.info("Member {} joins group {}.", group.member(memberId), request.groupId());
        }
        if (former != null && former.hasPattern() && !former.topicRegex().equals(metadata.topicRegex())) {
            forgetPattern(group, former.topicRegex());
        }
        return former == null || !metadata.subscribesAs(former) || !Objects.equals(metadata.serverAssignor(), former.serverAssignor());
    }

    /** A member of the classic protocol joins, or wants something else. Whether that changes what is to be assigned. */
    boolean put(ConsumerGroup group, String memberId, MemberMetadata metadata) {
        ConsumerMember former = group.member(memberId);
        ConsumerMember place = metadata.instanceId() != null ? group.staticMember(metadata.instanceId()) : former;
        if (place != null && !place.memberId.equals(memberId)) {
            LOG.info("Static member {} of group {} is back as {}.", place, group.groupId(), memberId);
            replace(group, place, memberId, place.metadata(), joining(place.current()));
            former = group.member(memberId);
        }
        MemberMetadata before = former == null ? null : former.metadata();
        if (metadata.equals(before)) {
            return false;
        }
        if (before == null) {
            LOG.info("Member {} joins group {} by the classic protocol.", memberId, group.groupId());
        }
        write(new ConsumerRecord.Member(group.groupId(), memberId, metadata));
        return before == null || !metadata.subscribesAs(before);
    }

    /** A member that joins has nothing, whatever it had; a static one gets what its former self had. Returns who it was, null when it is new. */
    private ConsumerMember comeBack(ConsumerGroup group, ConsumerHeartbeatRequest request, String memberId, ConsumerMember same) {
        ConsumerMember former = request.instanceId() == null ? same : group.staticMember(request.instanceId());
        if (former == null) {
            return same;
        }
        if (former.memberId.equals(memberId)) {
            former.held.release();
            CurrentAssignment nothing = former.isStatic() ? joining(former.current()) : CurrentAssignment.NONE;
            write(new ConsumerRecord.Current(group.groupId(), memberId, nothing));
            return former;
        }
        LOG.info("Static member {} of group {} is back as {}.", former, group.groupId(), memberId);
        replace(group, former, memberId, former.metadata(), joining(former.current()));
        return group.member(memberId);
    }

    private static CurrentAssignment joining(CurrentAssignment former) {
        return new CurrentAssignment(0, -1, MemberState.STABLE, former.assigned(), former.since(), Partitions.NONE);
    }

    /** Puts a member under another id in the place of {@code former}, with its target. */
    void replace(ConsumerGroup group, ConsumerMember former, String memberId, MemberMetadata metadata, CurrentAssignment current) {
        String groupId = group.groupId();
        Partitions target = group.target(former.memberId);
        former.held.release();
        var records = new ArrayList<GroupRecord>();
        goneRecords(group, former).forEach(record -> records.add(ConsumerGroup.record(record)));
        records.add(ConsumerGroup.record(new ConsumerRecord.Member(groupId, memberId, metadata)));
        records.add(ConsumerGroup.record(new ConsumerRecord.MemberTarget(groupId, memberId, target)));
        records.add(ConsumerGroup.record(new ConsumerRecord.Current(groupId, memberId, current)));
        shard.write(records);
    }

    private static List<ConsumerRecord> goneRecords(ConsumerGroup group, ConsumerMember member) {
        String groupId = group.groupId();
        return List.of(new ConsumerRecord.Current(groupId, member.memberId, null), new ConsumerRecord.MemberTarget(groupId, member.memberId, null),
                new ConsumerRecord.Member(groupId, member.memberId, null));
    }

    private static MemberMetadata merged(MemberMetadata former, ConsumerHeartbeatRequest request) {
        List<String> names = former == null ? List.of() : former.topicNames();
        if (request.topicNames() != null) {
            names = request.topicNames().stream().distinct().sorted().toList();
        }
        String regex = request.topicRegex() != null ? request.topicRegex() : former == null ? null : former.topicRegex();
        return new MemberMetadata(
                request.instanceId() != null || former == null ? request.instanceId() : former.instanceId(),
                request.rackId() != null || former == null ? request.rackId() : former.rackId(),
                request.client().clientId(),
                request.client().host(),
                names,
                regex,
                request.rebalanceTimeoutMillis() != -1 || former == null ? request.rebalanceTimeoutMillis() : former.rebalanceTimeoutMillis(),
                request.serverAssignor() != null || former == null ? request.serverAssignor() : former.serverAssignor(),
                null);
    }

    /** A static member goes and says that it will be back: it keeps its place, and what it is to have, but not what it had to give up. */
    void leaveForAWhile(ConsumerGroup group, ConsumerMember member) {
        CurrentAssignment had = member.current();
        member.stopAwaiting();
        member.held.release();
        LOG.info("Static member {} leaves group {} for a while.", member, group.groupId());
        write(new ConsumerRecord.Current(group.groupId(), member.memberId, new CurrentAssignment(MemberRequest.LEAVES_FOR_A_WHILE, had.epoch(),
                MemberState.STABLE, had.assigned(), had.since(), Partitions.NONE)));
    }

    /** The member is out. What it had is to be assigned anew. */
    void remove(ConsumerGroup group, ConsumerMember member) {
        member.end(ErrorCode.UNKNOWN_MEMBER_ID);
        var records = new ArrayList<GroupRecord>();
        goneRecords(group, member).forEach(record -> records.add(ConsumerGroup.record(record)));
        shard.write(records);
        if (member.metadata().hasPattern()) {
            forgetPattern(group, member.metadata().topicRegex());
        }
    }

    /** A pattern that nobody has any more is forgotten. */
    private void forgetPattern(ConsumerGroup group, String regex) {
        boolean used = group.members().stream().anyMatch(member -> regex.equals(member.metadata().topicRegex()));
        if (!used && group.patterns().containsKey(regex)) {
            write(new ConsumerRecord.Pattern(group.groupId(), regex, null));
        }
    }

    private void write(ConsumerRecord record) {
        shard.write(List.of(ConsumerGroup.record(record)));
    }

    /** Every partition as given in {@code epoch}. */
    static Map<UUID, Map<Integer, Integer>> since(Partitions partitions, int epoch) {
        var since = new TreeMap<UUID, Map<Integer, Integer>>();
        partitions.forEach((topic, partition) -> since.computeIfAbsent(topic, id -> new TreeMap<>()).put(partition, epoch));
        return since;
    }
}
