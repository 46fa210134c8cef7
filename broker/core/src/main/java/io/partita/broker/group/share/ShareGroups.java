package io.partita.broker.group.share;

import io.partita.broker.group.Answer;
import io.partita.broker.group.EpochGroupConfig;
import io.partita.broker.group.Group;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.MemberChecks;
import io.partita.broker.group.MemberRequest;
import io.partita.broker.group.MemberSessions;
import io.partita.broker.group.Refusal;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.classic.HeartbeatHold;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of members of share groups in one shard, on its event loop.
 *
 * <p>A heartbeat says what changed; that is written. Partitions that the group has not read before begin first ({@link Beginnings}); then they are assigned,
 * and whoever waits for that is told. Every write takes effect at once ({@link ShareGroup#apply}), and one turn of the loop writes one batch; answers are
 * given when everything before them is committed.
 */
public final class ShareGroups {

    private static final Logger LOG = LoggerFactory.getLogger(ShareGroups.class);
    private final ShardContext shard;
    private final ShareTargets targets;
    private final Beginnings beginnings;
    private final ShareOffsets offsets;
    private final MemberSessions<ShareGroup, ShareMember> sessions;

    public ShareGroups(ShardContext shard, ShareStates states) {
        this.shard = shard;
        this.targets = new ShareTargets(shard);
        this.sessions = new MemberSessions<>(shard, (group, member) -> shard.shareConfig(group.groupId()).sessionTimeoutMillis(), this::remove);
        this.beginnings = new Beginnings(shard, states, this::retarget);
        this.offsets = new ShareOffsets(shard, states);
    }

    /** A group of nothing yet. */
    public ShareGroup create(String groupId) {
        return new ShareGroup(groupId, shard.memory);
    }

    /** Takes in a record. */
    public void apply(ShareRecord record) {
        ShareGroup group = record.deletes() ? shard.shareGroup(record.groupId()) : shard.shareOrNew(record.groupId());
        if (group != null && !group.apply(record)) {
            shard.gone(group);
        }
    }

    /** The log was replayed: members' sessions begin, and what changed meanwhile is begun and assigned. */
    public void loaded(ShareGroup group) {
        for (ShareMember member : List.copyOf(group.members())) {
            sessions.restart(group, member);
        }
        beginnings.topicsChanged(group);
        retarget(group);
    }

    /** Topics of these names came, went or changed: members who read them are told at once. */
    public void topicsChanged(Collection<String> names) {
        for (Group group : shard.groups()) {
            if (group instanceof ShareGroup share && !share.isEmpty() && names.stream().anyMatch(share::isSubscribedTo)) {
                beginnings.topicsChanged(share);
                retarget(share);
            }
        }
    }

    /** Topics (id by name) are gone: so is what was known of their records. */
    public void topicsDeleted(Map<String, UUID> topics) {
        for (Group group : shard.groups()) {
            if (group instanceof ShareGroup share) {
                beginnings.topicsDeleted(share, topics);
            }
        }
    }

    /** Where the group stands in its partitions, and how that is changed. */
    public ShareOffsets offsets() {
        return offsets;
    }

    // ---- heartbeat

    public void heartbeat(ShareHeartbeatRequest request, Answer<ShareHeartbeatResult> given) {
        Answer<ShareHeartbeatResult> answer = shard.committed(given, error -> ShareHeartbeatResult.failed(error, null));
        String invalid = invalid(request);
        if (invalid != null) {
            answer.give(ShareHeartbeatResult.failed(ErrorCode.INVALID_REQUEST, invalid));
            return;
        }
        Group known = shard.group(request.groupId());
        if (known != null && !(known instanceof ShareGroup) && !shard.forgetIfUnused(known)) {
            answer.give(ShareHeartbeatResult.failed(ErrorCode.GROUP_ID_NOT_FOUND, "Group " + request.groupId() + " is not a share group."));
            return;
        }
        Refusal refusal = refusal(shard.shareGroup(request.groupId()), request);
        if (refusal != null) {
            answer.give(ShareHeartbeatResult.failed(refusal));
        } else if (request.leaves()) {
            leave(request, answer);
        } else {
            beat(request, answer);
        }
    }

    private static String invalid(ShareHeartbeatRequest request) {
        String names = request.invalidNames(request.memberId().isBlank());
        if (names != null) {
            return names;
        }
        if (!MemberRequest.fits(request.groupId()) || !MemberRequest.fits(request.memberId())) {
            return "GroupId and MemberId may take " + MemberRequest.STRING_BYTES_MAX + " bytes each.";
        }
        if (request.epoch() < MemberRequest.LEAVES) {
            return "MemberEpoch is invalid.";
        }
        if (request.joins() && (request.topicNames() == null || request.topicNames().isEmpty())) {
            return "SubscribedTopicNames must be set in first request.";
        }
        return null;
    }

    /** Null when the sender is a member in the epoch that it says, or may become one. */
    private Refusal refusal(ShareGroup group, ShareHeartbeatRequest request) {
        ShareMember member = group == null ? null : group.member(request.memberId());
        if (request.joins() || member != null && request.topicNames() != null) {
            Refusal full = MemberChecks.full(group, request, shard.shareConfig(request.groupId()).maxSize());
            if (full == null) {
                full = MemberChecks.tooLarge(shard, request.topicNames());
            }
            if (full == null) {
                full = MemberChecks.noMemory(shard, request, MemberChecks.bytes(request.topicNames()));
            }
            if (full != null) {
                return full;
            }
        }
        return MemberChecks.refusal(group, request, known -> true);
    }

    private void beat(ShareHeartbeatRequest request, Answer<ShareHeartbeatResult> answer) {
        boolean changed = update(request);
        ShareGroup group = shard.shareGroup(request.groupId());
        ShareMember member = group.member(request.memberId());
        if (request.joins() && !member.current().equals(ShareAssignment.NONE)) {
            write(new ShareRecord.Current(group.groupId(), member.memberId, ShareAssignment.NONE));
        }
        if (changed) {
            beginnings.subscribed(group, member);
        }
        boolean retargeted = targets.refresh(group, changed);
        Partitions before = member.current().assigned();
        reconcile(group, member);
        sessions.restart(group, member);
        if (retargeted) {
            wake(group);
        }
        boolean tellAssigned = request.joins() || request.topicNames() != null || !member.current().assigned().equals(before)
                || request.epoch() != member.current().epoch();
        member.held.release();
        answer(group, member, tellAssigned, request, answer);
    }

    /** Writes what the member is and wants now, if that is not what is known. Whether that changes what is to be assigned. */
    private boolean update(ShareHeartbeatRequest request) {
        ShareGroup known = shard.shareGroup(request.groupId());
        ShareMember before = known == null ? null : known.member(request.memberId());
        ShareMemberMetadata former = before == null ? null : before.metadata();
        List<String> names = request.topicNames() == null ? former.topicNames() : request.topicNames().stream().distinct().sorted().toList();
        String rack = request.rackId() != null || former == null ? request.rackId() : former.rackId();
        var metadata = new ShareMemberMetadata(rack, request.client().clientId(), request.client().host(), names);
        if (metadata.equals(former)) {
            return false;
        }
        if (former == null) {
            LOG.info("Member {} joins share group {}.", request.memberId(), request.groupId());
        }
        write(new ShareRecord.Member(request.groupId(), request.memberId(), metadata));
        return former == null || !Objects.equals(metadata.topicNames(), former.topicNames());
    }

    private void leave(ShareHeartbeatRequest request, Answer<ShareHeartbeatResult> answer) {
        ShareGroup group = shard.shareGroup(request.groupId());
        ShareMember member = group.member(request.memberId());
        LOG.info("Member {} leaves share group {}.", member, group.groupId());
        remove(group, member);
        answer.give(new ShareHeartbeatResult(ErrorCode.NONE, null, member.memberId, request.epoch(), intervalMillis(group), null));
    }

    /** The member is out. What it had is to be assigned anew. */
    private void remove(ShareGroup group, ShareMember member) {
        member.end(ErrorCode.UNKNOWN_MEMBER_ID);
        String groupId = group.groupId();
        shard.write(List.of(ShareGroup.record(new ShareRecord.Current(groupId, member.memberId, null)),
                ShareGroup.record(new ShareRecord.MemberTarget(groupId, member.memberId, null)),
                ShareGroup.record(new ShareRecord.Member(groupId, member.memberId, null))));
        if (targets.refresh(group, true)) {
            wake(group);
        }
    }

    // ---- assignments

    /** What may be assigned is perhaps other than before. */
    private void retarget(ShareGroup group) {
        if (!group.isEmpty() && targets.refresh(group, false)) {
            wake(group);
        }
    }

    private boolean reconcile(ShareGroup group, ShareMember member) {
        ShareAssignment now = member.current();
        Partitions target = group.target(member.memberId);
        if (now.epoch() == group.targetEpoch() && now.assigned().equals(target)) {
            return false;
        }
        write(new ShareRecord.Current(group.groupId(), member.memberId, new ShareAssignment(group.targetEpoch(), now.epoch(), target)));
        return true;
    }

    /** Something changed in the group: members whose heartbeats wait are told what it means for them. */
    private void wake(ShareGroup group) {
        for (ShareMember member : List.copyOf(group.members())) {
            if (member.held.isHeld() && !group.target(member.memberId).equals(member.current().assigned())) {
                member.held.end(answer -> {
                    reconcile(group, member);
                    answer.give(told(group, member, true));
                });
            }
        }
    }

    private void answer(ShareGroup group, ShareMember member, boolean tellAssigned, ShareHeartbeatRequest request, Answer<ShareHeartbeatResult> answer) {
        ShareHeartbeatResult result = told(group, member, tellAssigned);
        // Whoever joins waits for where its partitions begin, as for the others in a classic group.
        boolean waits = !tellAssigned && HeartbeatHold.isKnown(request.client())
                || tellAssigned && member.current().assigned().isEmpty() && !group.asked.isEmpty();
        long millis = waits ? EpochGroupConfig.holdMillis(shard.config, shard.shareConfig(group.groupId()).sessionTimeoutMillis()) : 0;
        if (millis > 0) {
            member.held.hold(shard.loop, millis, answer, result);
        } else {
            answer.give(result);
        }
    }

    private ShareHeartbeatResult told(ShareGroup group, ShareMember member, boolean tellAssigned) {
        return new ShareHeartbeatResult(ErrorCode.NONE, null, member.memberId, member.current().epoch(), intervalMillis(group),
                tellAssigned ? member.current().assigned() : null);
    }

    private int intervalMillis(ShareGroup group) {
        return shard.shareConfig(group.groupId()).intervalMillis(shard.config, group.size());
    }

    // ---- describe

    /** Null when there is no such group. */
    public DescribedShareGroup describe(String groupId) {
        ShareGroup group = shard.shareGroup(groupId);
        if (group == null) {
            return null;
        }
        var members = new ArrayList<DescribedShareGroup.DescribedMember>();
        for (ShareMember member : group.members()) {
            ShareMemberMetadata metadata = member.metadata();
            members.add(new DescribedShareGroup.DescribedMember(member.memberId, metadata.rackId(), member.current().epoch(), metadata.clientId(),
                    metadata.clientHost(), metadata.topicNames(), member.current().assigned()));
        }
        return new DescribedShareGroup(groupId, group.state(), group.epoch(), group.targetEpoch(), SimpleAssignor.NAME, members);
    }

    private void write(ShareRecord record) {
        shard.write(List.<GroupRecord>of(ShareGroup.record(record)));
    }
}
