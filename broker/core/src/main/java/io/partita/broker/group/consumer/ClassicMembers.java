package io.partita.broker.group.consumer;

import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.env.Entropy;
import io.partita.broker.group.Answer;
import io.partita.broker.group.HeartbeatRequest;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.group.JoinRequest;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.LeaveRequest;
import io.partita.broker.group.LeaveResult;
import io.partita.broker.group.MemberSessions;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.SyncRequest;
import io.partita.broker.group.SyncResult;
import io.partita.broker.group.classic.ClassicGroup;
import io.partita.broker.group.classic.ConsumerProtocol;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Consumer;

/**
 * Members of consumer groups that speak the classic protocol, until they are replaced by such that speak the new one. None of them leads: JoinGroup takes a
 * member its next step, SyncGroup tells it what it may read, and REBALANCE_IN_PROGRESS on a heartbeat has it join again when there is a next step.
 */
public final class ClassicMembers {

    private final ShardContext shard;
    private final Entropy entropy;
    private final MemberSessions<ConsumerGroup, ConsumerMember> sessions;
    private final Targets targets;
    private final Assignments assignments;
    private final Memberships memberships;
    private final ProtocolChanges changes;

    ClassicMembers(ShardContext shard, Entropy entropy, MemberSessions<ConsumerGroup, ConsumerMember> sessions, Targets targets, Assignments assignments,
            Memberships memberships, ProtocolChanges changes) {
        this.shard = shard;
        this.entropy = entropy;
        this.sessions = sessions;
        this.targets = targets;
        this.assignments = assignments;
        this.memberships = memberships;
        this.changes = changes;
    }

    /** Returns false when the group has become a classic one, which is to be asked instead. */
    public boolean join(ConsumerGroup group, JoinRequest request, Answer<JoinResult> answer) {
        ConsumerMember place = request.instanceId() == null ? null : group.staticMember(request.instanceId());
        if (place != null && !place.isClassic() && isLastOfItsKind(group, place)) {
            memberships.remove(group, place);
            if (changes.downgradeIfClassic(group)) {
                return false;
            }
        }
        ErrorCode error = check(group, request, place);
        if (error != ErrorCode.NONE) {
            answer.give(JoinResult.failed(error, request.memberId()));
            return true;
        }
        var subscription = ConsumerProtocol.readSubscription(request.protocols().getFirst().metadata());
        MemberMetadata metadata = ProtocolChanges.metadata(request.instanceId(), request.client(), subscription, rebalanceMillis(request),
                new MemberMetadata.Classic(request.sessionTimeoutMillis(), request.protocols()));
        String memberId = request.memberId().isEmpty() ? newMemberId(request) : request.memberId();
        boolean changed = memberships.put(group, memberId, metadata);
        ConsumerMember member = group.member(memberId);
        boolean retargeted = targets.refresh(group, changed);
        assignments.reconcile(group, member, ProtocolChanges.partitions(subscription.owned(), shard.topics()));
        if (retargeted) {
            assignments.wake(group);
        }
        sessions.restart(group, member);
        // It is to come for its assignment.
        sessions.await(group, member);
        var result = new JoinResult(ErrorCode.NONE, memberId, member.current().epoch(), ClassicGroup.CONSUMER_PROTOCOL_TYPE,
                request.protocols().getFirst().name(), "", false, List.of());
        whenCommitted(() -> answer.give(result), code -> answer.give(JoinResult.failed(code, request.memberId())));
        return true;
    }

    private static boolean isLastOfItsKind(ConsumerGroup group, ConsumerMember one) {
        return group.size() > 1 && group.members().stream().allMatch(member -> member == one || member.isClassic());
    }

    private ErrorCode check(ConsumerGroup group, JoinRequest request, ConsumerMember place) {
        if (request.sessionTimeoutMillis() < shard.config.minSessionTimeoutMillis()
                || request.sessionTimeoutMillis() > shard.config.maxSessionTimeoutMillis()) {
            return ErrorCode.INVALID_SESSION_TIMEOUT;
        }
        if (!request.memberId().isEmpty()) {
            if (group.member(request.memberId()) == null) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
            if (place != null && !place.memberId.equals(request.memberId())) {
                return ErrorCode.FENCED_INSTANCE_ID;
            }
        } else if (place == null && group.size() >= shard.consumerConfig(group.groupId()).maxSize()) {
            return ErrorCode.GROUP_MAX_SIZE_REACHED;
        }
        if (!request.protocolType().equals(ClassicGroup.CONSUMER_PROTOCOL_TYPE) || request.protocols().isEmpty() || !hasCommon(group, request)
                || ConsumerProtocol.readSubscription(request.protocols().getFirst().metadata()) == null) {
            return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
        }
        long bytes = request.protocols().stream().mapToLong(protocol -> protocol.metadata().length).sum();
        if (bytes > shard.recordBytesMax()) {
            return ErrorCode.GROUP_MAX_SIZE_REACHED;
        }
        return shard.memory.hasRoomFor(bytes) ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE;
    }

    /** Whether the group could still become a classic one with this member in it. */
    private static boolean hasCommon(ConsumerGroup group, JoinRequest request) {
        var names = new HashSet<String>();
        request.protocols().forEach(protocol -> names.add(protocol.name()));
        for (ConsumerMember member : group.members()) {
            if (member.isClassic() && !member.memberId.equals(request.memberId())) {
                names.removeIf(name -> member.metadata().classic().protocols().stream().map(JoinProtocol::name).noneMatch(name::equals));
            }
        }
        return !names.isEmpty();
    }

    private static int rebalanceMillis(JoinRequest request) {
        return request.rebalanceTimeoutMillis() < 0 ? request.sessionTimeoutMillis() : request.rebalanceTimeoutMillis();
    }

    private String newMemberId(JoinRequest request) {
        return (request.instanceId() != null ? request.instanceId() : "classic") + "-" + entropy.nextUuid();
    }

    public void sync(ConsumerGroup group, SyncRequest request, Answer<SyncResult> answer) {
        ConsumerMember member = group.member(request.memberId());
        ErrorCode error = check(group, member, request.memberId(), request.instanceId(), request.generation());
        if (error == ErrorCode.NONE && member.current().epoch() < group.epoch() && member.current().state() != MemberState.UNREVOKED_PARTITIONS) {
            sessions.await(group, member);
            error = ErrorCode.REBALANCE_IN_PROGRESS;
        }
        if (error != ErrorCode.NONE) {
            answer.give(SyncResult.failed(error));
            return;
        }
        sessions.restart(group, member);
        if (member.current().state() != MemberState.UNREVOKED_PARTITIONS) {
            member.stopAwaiting();
        }
        JoinProtocol protocol = member.metadata().classic().protocols().getFirst();
        var result = new SyncResult(ErrorCode.NONE, ClassicGroup.CONSUMER_PROTOCOL_TYPE, protocol.name(),
                ProtocolChanges.assignment(member.current().assigned(), protocol.metadata(), shard.topics()));
        whenCommitted(() -> answer.give(result), code -> answer.give(SyncResult.failed(code)));
    }

    public void heartbeat(ConsumerGroup group, HeartbeatRequest request, Answer<ErrorCode> answer) {
        ConsumerMember member = group.member(request.memberId());
        ErrorCode error = check(group, member, request.memberId(), request.instanceId(), request.generation());
        if (error == ErrorCode.NONE) {
            sessions.restart(group, member);
            CurrentAssignment current = member.current();
            if (current.epoch() < group.epoch() || current.state() == MemberState.UNREVOKED_PARTITIONS || assignments.hasNews(group, member)) {
                sessions.await(group, member);
                error = ErrorCode.REBALANCE_IN_PROGRESS;
            }
        }
        answer.give(error);
    }

    private static ErrorCode check(ConsumerGroup group, ConsumerMember member, String memberId, String instanceId, int generation) {
        if (instanceId != null) {
            ConsumerMember place = group.staticMember(instanceId);
            if (place == null) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
            if (!place.memberId.equals(memberId)) {
                return ErrorCode.FENCED_INSTANCE_ID;
            }
        }
        if (member == null || !member.isClassic()) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return generation == member.current().epoch() ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
    }

    /** An administrator may name members of either protocol. */
    public void leave(ConsumerGroup group, LeaveRequest request, Answer<LeaveResult> answer) {
        var results = new ArrayList<ErrorCode>(request.members().size());
        for (var leaver : request.members()) {
            ConsumerMember member = leaver.memberId().isEmpty() && leaver.instanceId() != null
                    ? group.staticMember(leaver.instanceId())
                    : group.member(leaver.memberId());
            if (member == null) {
                results.add(ErrorCode.UNKNOWN_MEMBER_ID);
            } else if (leaver.instanceId() != null && !leaver.instanceId().equals(member.metadata().instanceId())) {
                results.add(ErrorCode.FENCED_INSTANCE_ID);
            } else {
                memberships.remove(group, member);
                results.add(ErrorCode.NONE);
            }
        }
        if (results.contains(ErrorCode.NONE)) {
            changes.settle(group);
        }
        whenCommitted(() -> answer.give(new LeaveResult(ErrorCode.NONE, results)), code -> answer.give(new LeaveResult(code, List.of())));
    }

    private void whenCommitted(Runnable then, Consumer<ErrorCode> otherwise) {
        shard.write(List.of(), new WriteOutcome() {
            @Override
            public void committed() {
                then.run();
            }

            @Override
            public void failed(ErrorCode code) {
                otherwise.accept(code);
            }
        });
    }
}
