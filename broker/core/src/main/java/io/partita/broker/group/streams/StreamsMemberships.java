package io.partita.broker.group.streams;

import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.MemberChecks;
import io.partita.broker.group.MemberRequest;
import io.partita.broker.group.Refusal;
import io.partita.broker.group.ShardContext;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who is a member: joins, comes back, goes. The rules are those of consumer groups. */
final class StreamsMemberships {

    private static final Logger LOG = LoggerFactory.getLogger(StreamsMemberships.class);

    private final ShardContext shard;

    StreamsMemberships(ShardContext shard) {
        this.shard = shard;
    }

    /**
     * What a heartbeat is to be refused with, null when the sender is a member in the epoch that it says, or may become one.
     *
     * @param group null when there is none
     */
    static Refusal refusal(StreamsGroup group, StreamsHeartbeatRequest request) {
        return MemberChecks.refusal(group, request, member -> request.owned() != null && member.current().assigned().containsAll(request.owned()));
    }

    /** Writes what the member is now, if that is not what is known. Whether that changes what is to be assigned. */
    boolean update(StreamsHeartbeatRequest request) {
        StreamsGroup known = shard.streamsGroup(request.groupId());
        StreamsMember before = known == null ? null : known.member(request.memberId());
        if (known != null && request.joins()) {
            before = comeBack(known, request, before);
        }
        StreamsMemberMetadata former = before == null ? null : before.metadata();
        StreamsMemberMetadata metadata = merged(former, request);
        if (metadata.equals(former)) {
            return false;
        }
        write(new StreamsRecord.Member(request.groupId(), request.memberId(), metadata));
        if (former == null) {
            LOG.info("Member {} joins streams group {}.", shard.streamsGroup(request.groupId()).member(request.memberId()), request.groupId());
        }
        return former == null || !metadata.countsAs(former);
    }

    /** A member that joins has nothing, whatever it had; a static one gets what its former self had. Returns who it was, null when it is new. */
    private StreamsMember comeBack(StreamsGroup group, StreamsHeartbeatRequest request, StreamsMember same) {
        StreamsMember former = request.instanceId() == null ? same : group.staticMember(request.instanceId());
        if (former == null) {
            return same;
        }
        if (former.memberId.equals(request.memberId())) {
            former.held.release();
            CurrentTasks nothing = former.isStatic() ? joining(former.current()) : CurrentTasks.NONE;
            write(new StreamsRecord.Current(group.groupId(), former.memberId, nothing));
            return former;
        }
        LOG.info("Static member {} of streams group {} is back as {}.", former, group.groupId(), request.memberId());
        replace(group, former, request.memberId());
        return group.member(request.memberId());
    }

    private static CurrentTasks joining(CurrentTasks former) {
        return new CurrentTasks(0, -1, StreamsMemberState.STABLE, former.assigned(), former.since(), Tasks.NONE);
    }

    /** Puts a member under another id in the place of {@code former}, with its target. */
    private void replace(StreamsGroup group, StreamsMember former, String memberId) {
        String groupId = group.groupId();
        Tasks target = group.target(former.memberId);
        former.held.release();
        var records = new ArrayList<GroupRecord>();
        goneRecords(group, former).forEach(record -> records.add(StreamsGroup.record(record)));
        records.add(StreamsGroup.record(new StreamsRecord.Member(groupId, memberId, former.metadata())));
        records.add(StreamsGroup.record(new StreamsRecord.MemberTarget(groupId, memberId, target)));
        records.add(StreamsGroup.record(new StreamsRecord.Current(groupId, memberId, joining(former.current()))));
        shard.write(records);
        group.renameOnTheWay(former.memberId, memberId);
    }

    private static List<StreamsRecord> goneRecords(StreamsGroup group, StreamsMember member) {
        String groupId = group.groupId();
        return List.of(new StreamsRecord.Current(groupId, member.memberId, null), new StreamsRecord.MemberTarget(groupId, member.memberId, null),
                new StreamsRecord.Member(groupId, member.memberId, null));
    }

    private static StreamsMemberMetadata merged(StreamsMemberMetadata former, StreamsHeartbeatRequest request) {
        return new StreamsMemberMetadata(
                request.instanceId() != null || former == null ? request.instanceId() : former.instanceId(),
                request.rackId() != null || former == null ? request.rackId() : former.rackId(),
                request.client().clientId(),
                request.client().host(),
                request.rebalanceTimeoutMillis() != -1 || former == null ? request.rebalanceTimeoutMillis() : former.rebalanceTimeoutMillis(),
                request.topology() != null ? request.topology().epoch() : former == null ? 0 : former.topologyEpoch(),
                request.processId() != null ? request.processId() : former == null ? request.memberId() : former.processId(),
                request.endpoint() != null || former == null ? request.endpoint() : former.endpoint(),
                request.tags() != null ? request.tags() : former == null ? new TreeMap<>() : former.tags());
    }

    /** A static member goes and says that it will be back: it keeps its place, and what it is to have, but not what it had to give up. */
    void leaveForAWhile(StreamsGroup group, StreamsMember member) {
        CurrentTasks had = member.current();
        member.stopAwaiting();
        member.held.release();
        LOG.info("Static member {} leaves streams group {} for a while.", member, group.groupId());
        write(new StreamsRecord.Current(group.groupId(), member.memberId, new CurrentTasks(MemberRequest.LEAVES_FOR_A_WHILE, had.epoch(),
                StreamsMemberState.STABLE, had.assigned(), had.since(), Tasks.NONE)));
    }

    /** The member is out. What it had is to be assigned anew. */
    void remove(StreamsGroup group, StreamsMember member) {
        member.end(ErrorCode.UNKNOWN_MEMBER_ID);
        var records = new ArrayList<GroupRecord>();
        goneRecords(group, member).forEach(record -> records.add(StreamsGroup.record(record)));
        shard.write(records);
    }

    private void write(StreamsRecord record) {
        shard.write(List.of(StreamsGroup.record(record)));
    }
}
