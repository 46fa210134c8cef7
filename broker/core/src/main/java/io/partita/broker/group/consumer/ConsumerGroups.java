package io.partita.broker.group.consumer;

import io.partita.broker.env.Entropy;
import io.partita.broker.group.Answer;
import io.partita.broker.group.Group;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.MemberChecks;
import io.partita.broker.group.MemberRequest;
import io.partita.broker.group.MemberSessions;
import io.partita.broker.group.Refusal;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.classic.ClassicGroup;
import io.partita.broker.group.classic.HeartbeatHold;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of members of consumer groups in one shard, on its event loop.
 *
 * <p>A heartbeat says what changed; that is written. If it changes what is to be assigned, the group's epoch rises and the target is made anew. Then the
 * member goes its next step towards the target, and is told. Every write takes effect at once ({@link ConsumerGroup#apply}), and one turn of the loop
 * writes one batch; answers are given when everything before them is committed.
 */
public final class ConsumerGroups {

    private static final Logger LOG = LoggerFactory.getLogger(ConsumerGroups.class);

    private final ShardContext shard;
    private final Entropy entropy;
    private final MemberSessions<ConsumerGroup, ConsumerMember> sessions;
    private final Targets targets;
    private final Assignments assignments;
    private final Memberships memberships;
    private final PatternTopics patterns;
    private final ProtocolChanges changes;
    private final ClassicMembers classicMembers;

    /** @param adopted given a group that became a classic one, and why */
    public ConsumerGroups(ShardContext shard, Entropy entropy, BiConsumer<ClassicGroup, String> adopted) {
        this.shard = shard;
        this.entropy = entropy;
        this.sessions = new MemberSessions<>(shard, this::sessionMillis, this::out);
        this.targets = new Targets(shard);
        this.assignments = new Assignments(shard, sessions, this::sessionMillis);
        this.memberships = new Memberships(shard);
        this.patterns = new PatternTopics(shard);
        this.changes = new ProtocolChanges(shard, targets, assignments, adopted);
        this.classicMembers = new ClassicMembers(shard, entropy, sessions, targets, assignments, memberships, changes);
    }

    /** A group of nothing yet. */
    public ConsumerGroup create(String groupId) {
        return new ConsumerGroup(groupId, shard.memory);
    }

    /** Takes in a record. */
    public void apply(ConsumerRecord record) {
        ConsumerGroup group = record.deletes() ? shard.consumerGroup(record.groupId()) : shard.consumerOrNew(record.groupId());
        if (group != null && !group.apply(record)) {
            patterns.forget(group.groupId());
            shard.gone(group);
        }
    }

    /** The log was replayed: members' sessions begin, and what changed meanwhile is assigned. */
    public void loaded(ConsumerGroup group) {
        for (ConsumerMember member : List.copyOf(group.members())) {
            sessions.restart(group, member);
            if (member.current().state() == MemberState.UNREVOKED_PARTITIONS) {
                sessions.await(group, member);
            }
        }
        if (!group.isEmpty()) {
            patterns.topicsChanged(group, List.of());
            targets.refresh(group, false);
        }
    }

    /** Topics of these names came, went or changed: members who read them are told at once. */
    public void topicsChanged(Collection<String> names) {
        for (Group group : shard.groups()) {
            if (group instanceof ConsumerGroup consumer && !consumer.isEmpty()) {
                patterns.topicsChanged(consumer, names);
                if (targets.refresh(consumer, false)) {
                    assignments.wake(consumer);
                }
            }
        }
    }

    // ---- heartbeat

    public void heartbeat(ConsumerHeartbeatRequest request, Answer<ConsumerHeartbeatResult> answer) {
        Answer<ConsumerHeartbeatResult> committed = shard.committed(answer, error -> ConsumerHeartbeatResult.failed(error, null));
        Refusal problem = RequestRules.of(request);
        if (problem != null) {
            answer.give(ConsumerHeartbeatResult.failed(problem));
        } else if (request.leaves()) {
            leave(request, committed);
        } else {
            beat(request, committed);
        }
    }

    private void beat(ConsumerHeartbeatRequest request, Answer<ConsumerHeartbeatResult> answer) {
        Group known = shard.group(request.groupId());
        if (request.joins() && known instanceof ClassicGroup classic) {
            Refusal problem = takeOver(classic);
            if (problem != null) {
                answer.give(ConsumerHeartbeatResult.failed(problem));
                return;
            }
        }
        ConsumerGroup group = shard.consumerGroup(request.groupId());
        Refusal problem = Memberships.check(group, request);
        if (problem == null && (request.joins() || request.topicNames() != null)) {
            problem = room(group, request);
        }
        if (problem != null) {
            answer.give(ConsumerHeartbeatResult.failed(problem));
            return;
        }
        String memberId = request.memberId().isEmpty() ? entropy.nextUuid().toString() : request.memberId();
        boolean changed = memberships.update(request, memberId);
        group = shard.consumerGroup(request.groupId());
        ConsumerMember member = group.member(memberId);
        patterns.use(group, member, request.mayRead());
        boolean retargeted = targets.refresh(group, changed);
        Partitions before = member.current().assigned();
        assignments.reconcile(group, member, request.owned());
        sessions.restart(group, member);
        if (retargeted) {
            assignments.wake(group);
        }
        boolean tellAssigned = request.joins() || request.isFull() || !member.current().assigned().equals(before);
        member.held.release();
        assignments.answer(group, member, tellAssigned, HeartbeatHold.isKnown(request.client()), answer);
    }

    /** Members that speak the classic protocol. */
    public ClassicMembers classicMembers() {
        return classicMembers;
    }

    /** A group without members makes room for a classic one. */
    public void giveWay(ConsumerGroup group) {
        shard.write(deletion(group));
    }

    /** A classic group of that name gives way if nobody is in it, and else becomes a consumer group if it can. Null when it did. */
    private Refusal takeOver(ClassicGroup classic) {
        if (classic.size() > 0) {
            ConsumerGroup upgraded = changes.upgrade(classic);
            if (upgraded != null) {
                upgraded.members().forEach(member -> sessions.restart(upgraded, member));
                return null;
            }
            return new Refusal(ErrorCode.GROUP_ID_NOT_FOUND, "Group " + classic.groupId() + " is not a consumer group.");
        }
        classic.close(ErrorCode.UNKNOWN_MEMBER_ID);
        if (classic.image() != null) {
            shard.write(deletion(classic));
        }
        return null;
    }

    private static List<GroupRecord> deletion(Group group) {
        var records = new ArrayList<GroupRecord>();
        group.delete(records::add);
        return records;
    }

    /** Whether another member may come: null when it may. */
    private Refusal room(ConsumerGroup group, ConsumerHeartbeatRequest request) {
        Refusal refusal = MemberChecks.full(group, request, shard.consumerConfig(request.groupId()).maxSize());
        if (refusal == null) {
            refusal = MemberChecks.tooLarge(shard, request.topicNames());
        }
        return refusal != null ? refusal : MemberChecks.noMemory(shard, request, MemberChecks.bytes(request.topicNames()));
    }

    // ---- the end of a membership

    private void leave(ConsumerHeartbeatRequest request, Answer<ConsumerHeartbeatResult> answer) {
        ConsumerGroup group = shard.consumerGroup(request.groupId());
        if (group == null) {
            answer.give(ConsumerHeartbeatResult.failed(ErrorCode.GROUP_ID_NOT_FOUND, "Group " + request.groupId() + " is not a consumer group."));
            return;
        }
        Refusal problem = Memberships.check(group, request);
        if (problem != null) {
            answer.give(ConsumerHeartbeatResult.failed(problem));
            return;
        }
        ConsumerMember member = group.member(request.memberId());
        if (request.epoch() == MemberRequest.LEAVES_FOR_A_WHILE) {
            memberships.leaveForAWhile(group, member);
            assignments.wake(group);
        } else {
            LOG.info("Member {} leaves group {}.", member, group.groupId());
            out(group, member);
        }
        answer.give(new ConsumerHeartbeatResult(ErrorCode.NONE, null, member.memberId, request.epoch(), assignments.intervalMillis(group), null));
    }

    private int sessionMillis(ConsumerGroup group, ConsumerMember member) {
        return member.isClassic() ? member.metadata().classic().sessionTimeoutMillis() : shard.consumerConfig(group.groupId()).sessionTimeoutMillis();
    }

    private void out(ConsumerGroup group, ConsumerMember member) {
        memberships.remove(group, member);
        changes.settle(group);
    }

    // ---- describe

    /** Null when there is no such group. */
    public DescribedConsumerGroup describe(String groupId) {
        ConsumerGroup group = shard.consumerGroup(groupId);
        if (group == null) {
            return null;
        }
        var members = group.members().stream().map(member -> {
            MemberMetadata metadata = member.metadata();
            return new DescribedConsumerGroup.DescribedMember(member.memberId, metadata.instanceId(), metadata.rackId(), member.current().epoch(),
                    metadata.clientId(), metadata.clientHost(), metadata.topicNames(), metadata.hasPattern() ? metadata.topicRegex() : null,
                    member.current().assigned(), group.target(member.memberId), member.isClassic());
        }).toList();
        return new DescribedConsumerGroup(groupId, group.state(), group.epoch(), group.targetEpoch(), Targets.assignor(group).name(), members);
    }
}
