package io.partita.broker.group.classic;

import io.netty.buffer.ByteBufUtil;
import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.env.Entropy;
import io.partita.broker.group.Answer;
import io.partita.broker.group.Group;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.group.JoinRequest;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.SyncResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** JoinGroup: a client becomes a member, or a member wants to be in the next generation. */
final class Joins {

    private static final Logger LOG = LoggerFactory.getLogger(Joins.class);

    /**
     * How long a client that joins for the first time may wait. It cannot send heartbeats while it waits, so nothing else tells whether it is still
     * there; one that gives up and tries again leaves a member behind each time.
     */
    private static final long NEW_MEMBER_MILLIS_MAX = 5 * 60_000;
    /** Ids of one group that may be given out at a time without their clients having come back. */
    private static final int PENDING_COUNT_MAX = 10_000;
    /** Strings end up in responses and records that hold at most 32767 bytes each, member ids with a UUID behind them. */
    private static final int STRING_BYTES_MAX = Short.MAX_VALUE - 64;
    private static final int CLIENT_ID_LENGTH_IN_MEMBER_ID = 1_000;

    private final ShardContext shard;
    private final Sessions sessions;
    private final Rebalances rebalances;
    private final Entropy entropy;

    Joins(ShardContext shard, Sessions sessions, Rebalances rebalances, Entropy entropy) {
        this.shard = shard;
        this.sessions = sessions;
        this.rebalances = rebalances;
        this.entropy = entropy;
    }

    void join(JoinRequest request, Answer<JoinResult> answer) {
        if (request.sessionTimeoutMillis() < shard.config.minSessionTimeoutMillis()
                || request.sessionTimeoutMillis() > shard.config.maxSessionTimeoutMillis()) {
            answer.give(JoinResult.failed(ErrorCode.INVALID_SESSION_TIMEOUT, request.memberId()));
            return;
        }
        if (!fits(request)) {
            answer.give(JoinResult.failed(ErrorCode.INVALID_REQUEST, request.memberId()));
            return;
        }
        boolean isNew = request.memberId().isEmpty();
        Group known = isNew ? shard.groupOrNew(request.groupId()) : shard.group(request.groupId());
        if (!(known instanceof ClassicGroup group)) {
            answer.give(JoinResult.failed(known == null ? ErrorCode.UNKNOWN_MEMBER_ID : ErrorCode.INCONSISTENT_GROUP_PROTOCOL, request.memberId()));
            return;
        }
        ErrorCode full = fits(group, request);
        if (full == ErrorCode.COORDINATOR_NOT_AVAILABLE) {
            shard.outOfMemory("Members of group " + group.groupId + " are");
            answer.give(JoinResult.failed(full, request.memberId()));
        } else if (full == ErrorCode.GROUP_MAX_SIZE_REACHED) {
            LOG.info("Group {} would take more than a record of __consumer_offsets holds ({} bytes, max.message.bytes): {} is turned away.",
                    group.groupId, shard.recordBytesMax(), request.client().clientId());
            answer.give(JoinResult.failed(full, request.memberId()));
        } else if (!hasRoom(group, request.memberId())) {
            LOG.info("Group {} has as many members as group.max.size allows: {} is turned away.", group.groupId, request.client().clientId());
            group.remove(request.memberId());
            answer.give(JoinResult.failed(ErrorCode.GROUP_MAX_SIZE_REACHED, ""));
            rebalances.completeIfAllJoined(group);
        } else if (!group.supports(request.protocolType(), request.protocols())) {
            answer.give(JoinResult.failed(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, request.memberId()));
        } else if (isNew) {
            joinNew(group, request, answer);
        } else {
            joinKnown(group, request, answer);
        }
        shard.forgetIfUnused(group);
    }

    /**
     * Whether there is room for what the member brings: in the record that the group becomes, else GROUP_MAX_SIZE_REACHED, which ends the client with a
     * word that says it; and in memory, else COORDINATOR_NOT_AVAILABLE, after which clients try again.
     */
    private ErrorCode fits(ClassicGroup group, JoinRequest request) {
        Member member = group.member(request.memberId());
        long more = Member.recordBytes(request.protocols()) - (member == null ? 0 : Member.recordBytes(member.protocols));
        if (more > 0 && group.recordBytes() + more > shard.recordBytesMax()) {
            return ErrorCode.GROUP_MAX_SIZE_REACHED;
        }
        long heap = Member.heapBytes(request.protocols()) - (member == null ? 0 : Member.heapBytes(member.protocols));
        return shard.memory.hasRoomFor(heap) ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE;
    }

    private static boolean fits(JoinRequest request) {
        if (!fits(request.protocolType()) || request.instanceId() != null && !fits(request.instanceId())) {
            return false;
        }
        for (JoinProtocol protocol : request.protocols()) {
            if (!fits(protocol.name())) {
                return false;
            }
        }
        return true;
    }

    private static boolean fits(String string) {
        return 3L * string.length() <= STRING_BYTES_MAX || ByteBufUtil.utf8Bytes(string) <= STRING_BYTES_MAX;
    }

    /**
     * While the group is collecting its members those count that have joined, so that a group above a lowered limit loses the last to come back; later
     * all count.
     */
    private boolean hasRoom(ClassicGroup group, String memberId) {
        if (memberId.isEmpty() && group.pendingCount() >= PENDING_COUNT_MAX) {
            return false;
        }
        Member member = group.member(memberId);
        return switch (group.state()) {
            case EMPTY, DEAD -> true;
            case PREPARING_REBALANCE -> member != null && member.isAwaitingJoin() || group.awaitingJoinCount() < shard.config.maxSize();
            case COMPLETING_REBALANCE, STABLE -> member != null || group.size() < shard.config.maxSize();
        };
    }

    private void joinNew(ClassicGroup group, JoinRequest request, Answer<JoinResult> answer) {
        String memberId = newMemberId(request);
        if (request.instanceId() != null) {
            String current = group.memberIdOf(request.instanceId());
            if (current != null) {
                replace(group, group.member(current), memberId, request, answer);
            } else {
                add(group, memberId, request, answer);
            }
        } else if (request.requiresMemberId()) {
            // A client that never comes back, as one that ran into its request timeout, then leaves no member behind (KIP-394).
            sessions.awaitPending(group, memberId, request.sessionTimeoutMillis());
            answer.give(JoinResult.failed(ErrorCode.MEMBER_ID_REQUIRED, memberId));
        } else {
            add(group, memberId, request, answer);
        }
    }

    private String newMemberId(JoinRequest request) {
        String name = request.instanceId() != null ? request.instanceId() : request.client().clientId();
        if (request.instanceId() == null && name.length() > CLIENT_ID_LENGTH_IN_MEMBER_ID) {
            name = name.substring(0, CLIENT_ID_LENGTH_IN_MEMBER_ID);
        }
        return name + "-" + entropy.nextUuid();
    }

    private void joinKnown(ClassicGroup group, JoinRequest request, Answer<JoinResult> answer) {
        String memberId = request.memberId();
        if (group.isPending(memberId)) {
            if (request.instanceId() != null) {
                // Ids are not given out in advance to static members.
                answer.give(JoinResult.failed(ErrorCode.UNKNOWN_MEMBER_ID, memberId));
            } else {
                add(group, memberId, request, answer);
            }
            return;
        }
        ErrorCode error = group.checkMember(memberId, request.instanceId());
        if (error != ErrorCode.NONE) {
            answer.give(JoinResult.failed(error, memberId));
            return;
        }
        Member member = group.member(memberId);
        boolean changed = !member.protocols.equals(request.protocols());
        switch (group.state()) {
            case PREPARING_REBALANCE -> rejoin(group, member, request, "member " + member + " joins again" + reasonOf(request), answer);
            case COMPLETING_REBALANCE -> {
                if (changed) {
                    rejoin(group, member, request, "member " + member + " has new metadata" + reasonOf(request), answer);
                } else {
                    // The answer to its first request got lost.
                    answer.give(currentGeneration(group, member, true));
                }
            }
            case STABLE -> {
                if (changed) {
                    rejoin(group, member, request, "member " + member + " has new metadata" + reasonOf(request), answer);
                } else if (group.isLeader(memberId)) {
                    // It wants to assign anew, for example because a topic has more partitions.
                    rejoin(group, member, request, "leader " + member + " joins again" + reasonOf(request), answer);
                } else {
                    answer.give(currentGeneration(group, member, false));
                }
            }
            case EMPTY, DEAD -> answer.give(JoinResult.failed(ErrorCode.UNKNOWN_MEMBER_ID, memberId));
        }
    }

    private static JoinResult currentGeneration(ClassicGroup group, Member member, boolean withMembers) {
        boolean leads = withMembers && group.isLeader(member.memberId);
        return Rebalances.joined(group, member, leads ? Rebalances.joinedMembers(group) : List.of(), false);
    }

    private static String reasonOf(JoinRequest request) {
        return request.reason() == null || request.reason().isEmpty() ? "" : " (" + request.reason() + ")";
    }

    private void add(ClassicGroup group, String memberId, JoinRequest request, Answer<JoinResult> answer) {
        Member member = newMember(memberId, request);
        member.joining = true;
        if (group.isInitialRebalance()) {
            group.newMemberAdded = true;
        }
        group.add(member, answer);
        sessions.restart(group, member, NEW_MEMBER_MILLIS_MAX);
        rebalances.prepareOrComplete(group, "member " + member + " joins" + reasonOf(request));
    }

    private static Member newMember(String memberId, JoinRequest request) {
        return new Member(memberId, request.instanceId(), request.client(), request.protocolType(), request.protocols(),
                request.sessionTimeoutMillis(), request.rebalanceTimeoutMillis());
    }

    private void rejoin(ClassicGroup group, Member member, JoinRequest request, String reason, Answer<JoinResult> answer) {
        group.updateMember(member, request.protocols(), request.sessionTimeoutMillis(), request.rebalanceTimeoutMillis());
        group.setAwaitingJoin(member, answer);
        rebalances.prepareOrComplete(group, reason);
    }

    // ---- static members (KIP-345)

    /** A client has started again under its instance id: it takes its former self's place, which is thereby fenced. */
    private void replace(ClassicGroup group, Member former, String memberId, JoinRequest request, Answer<JoinResult> answer) {
        LOG.info("Static member {} of group {} is back as {}.", former, group.groupId, memberId);
        fence(group, former);
        Member member = newMember(memberId, request);
        member.assignment = former.assignment;
        String formerLeader = group.leaderId();
        group.replace(former, member);
        sessions.restart(group, member);
        switch (group.state()) {
            case STABLE -> {
                if (group.selectProtocol().equals(group.protocol())) {
                    group.setAwaitingJoin(member, answer);
                    keepGeneration(group, member, formerLeader, request, answer);
                } else {
                    group.setAwaitingJoin(member, answer);
                    rebalances.prepare(group, "static member " + member + " speaks other protocols than before" + reasonOf(request));
                }
            }
            case COMPLETING_REBALANCE -> {
                // The leader is assigning to the former id.
                group.setAwaitingJoin(member, answer);
                rebalances.prepare(group, "static member " + member + " is back" + reasonOf(request));
            }
            case PREPARING_REBALANCE -> {
                group.setAwaitingJoin(member, answer);
                rebalances.completeIfAllJoined(group);
            }
            case EMPTY, DEAD -> throw new IllegalStateException("a group without members has the static member " + former);
        }
    }

    private static void fence(ClassicGroup group, Member former) {
        group.answerJoin(former, JoinResult.failed(ErrorCode.FENCED_INSTANCE_ID, former.memberId));
        group.answerSync(former, SyncResult.failed(ErrorCode.FENCED_INSTANCE_ID));
        if (former.held != null) {
            former.held.end(ErrorCode.FENCED_INSTANCE_ID);
        }
    }

    /** The assignment stands, only the member's id is a new one: nobody else need know once that is written. */
    private void keepGeneration(ClassicGroup group, Member member, String formerLeader, JoinRequest request, Answer<JoinResult> answer) {
        GroupWrites.write(shard, group, group.currentImage(), new WriteOutcome() {
            @Override
            public void committed() {
                if (member.awaitingJoin != answer || !group.isIn(GroupState.STABLE)) {
                    // A rebalance has begun meanwhile, for which the member counts as joined.
                    return;
                }
                boolean leads = group.isLeader(member.memberId);
                if (request.supportsSkippingAssignment()) {
                    // The leader learns the members, to watch their topics, but must not assign: nobody would come for it (KIP-814).
                    group.answerJoin(member, Rebalances.joined(group, member, leads ? Rebalances.joinedMembers(group) : List.of(), leads));
                } else {
                    // An older client that believes it leads would assign; so it is told of the leader there was.
                    group.answerJoin(member, new JoinResult(ErrorCode.NONE, member.memberId, group.generation(), group.protocolType(),
                            group.protocol(), formerLeader, false, List.of()));
                }
            }

            @Override
            public void failed(ErrorCode code) {
                if (member.awaitingJoin != answer || !group.isIn(GroupState.STABLE)) {
                    return;
                }
                // It may still be written, or the shard goes: the member, that is told nothing of its new id, joins again.
                group.answerJoin(member, JoinResult.failed(code, ""));
                rebalances.prepare(group, "the new id of static member " + member + " may not be written (" + code + ")");
            }
        });
    }
}
