package io.partita.broker.group.classic;

import io.partita.broker.Invariant;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.group.Answer;
import io.partita.broker.group.Client;
import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.DescribedGroup;
import io.partita.broker.group.Group;
import io.partita.broker.group.GroupMemory;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.GroupType;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.group.SyncResult;
import io.partita.broker.group.TransactionalCommitRequest;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A classic group: who is in it ({@link Roster}), who is about to be ({@link PendingIds}), which generation it is in. Holds the state and keeps it
 * consistent; what happens when is decided by {@link Rebalances} and the classes around it. Owned by the event loop of its shard.
 *
 * <p>What must survive of it is its {@link #image}, which changes with the records that are written; the rest is lost with the shard.
 */
public final class ClassicGroup implements Group.Classic {

    /** Protocol type of groups of consumers; theirs is the only metadata the coordinator looks into. */
    public static final String CONSUMER_PROTOCOL_TYPE = "consumer";

    /** About what a group takes without members. */
    private static final long GROUP_BYTES = 800;

    final String groupId;
    private final GroupMemory memory;
    private final Roster roster;
    private final PendingIds pendingIds;
    /** Members whose SyncGroup request has not come in this generation. */
    private final Set<String> pendingSync = new LinkedHashSet<>();
    /** What the log has, or is about to have; null when it has nothing or offsets only. */
    private GroupImage image;
    /** What committed offsets ask of it. */
    private final CommitChecks commits = new CommitChecks(this);

    /** Ends the joining phase; null when none is set. */
    EventLoop.Timer joinTimer;
    /** Ends the wait for SyncGroup requests; null when none is set. */
    EventLoop.Timer syncTimer;
    /** Whether somebody joined since the initial rebalance delay was last extended. */
    boolean newMemberAdded;
    /** The last generation whose leader handed in an assignment. */
    int assignedGeneration = -1;
    /** Whether members of this stable generation give up partitions and will therefore rejoin. */
    boolean rebalanceFollows;

    private GroupState state = GroupState.EMPTY;
    private boolean initialRebalance;
    private long stateMillis;
    private int generation;
    private String protocolType;
    private String protocol;
    private Set<String> subscribedTopics;
    /** Told when a commit was let in. */
    private final Consumer<Member> heard;

    /**
     * @param memory in which the group is counted until {@link #release}
     * @param heard told of members who were heard from by a commit
     */
    ClassicGroup(String groupId, long nowMillis, MemoryPool memory, HeardFrom heard) {
        this.groupId = groupId;
        this.memory = new GroupMemory(memory);
        this.roster = new Roster(this.memory);
        this.pendingIds = new PendingIds(this.memory);
        this.heard = member -> heard.from(this, member);
        this.stateMillis = nowMillis;
        this.memory.hold(GROUP_BYTES + 2L * groupId.length());
    }

    /** Told that a member is there. */
    interface HeardFrom {
        void from(ClassicGroup group, Member member);
    }

    @Override
    public String groupId() {
        return groupId;
    }

    @Override
    public GroupType type() {
        return GroupType.CLASSIC;
    }

    // ---- state

    public GroupState state() {
        return state;
    }

    public boolean isIn(GroupState one) {
        return state == one;
    }

    boolean isIn(GroupState one, GroupState other) {
        return state == one || state == other;
    }

    @Override
    public boolean isEmpty() {
        return state == GroupState.EMPTY;
    }

    @Override
    public boolean mayBeDeleted() {
        return state == GroupState.EMPTY && pendingIds.count() == 0;
    }

    @Override
    public boolean isUnused() {
        return image == null && mayBeDeleted();
    }

    /** Whether the group is collecting its first members, for which it waits however few there are. */
    boolean isInitialRebalance() {
        return state == GroupState.PREPARING_REBALANCE && initialRebalance;
    }

    void become(GroupState next, long nowMillis) {
        if (!state.mayBecome(next)) {
            Invariant.check(false, "group " + groupId + " cannot go from " + state + " to " + next);
        }
        initialRebalance = next == GroupState.PREPARING_REBALANCE && state == GroupState.EMPTY;
        // A stable group is what was written when its generation began, time included: a replay must come to the same.
        if (next != GroupState.STABLE) {
            stateMillis = nowMillis;
        }
        state = next;
    }

    public int generation() {
        return generation;
    }

    /** Null when no member ever joined. */
    public String protocolType() {
        return protocolType;
    }

    /** Null when the generation has no members. */
    public String protocol() {
        return protocol;
    }

    /** Starts the next generation with the members that are there, in COMPLETING_REBALANCE, or in EMPTY when there are none. */
    void beginGeneration(long nowMillis) {
        generation++;
        pendingSync.clear();
        if (roster.isEmpty()) {
            protocol = null;
            become(GroupState.EMPTY, nowMillis);
        } else {
            protocol = selectProtocol();
            become(GroupState.COMPLETING_REBALANCE, nowMillis);
        }
        subscribedTopics = computeSubscribedTopics();
    }

    // ---- what the log has

    /** What the log has, or is about to have; null when it has nothing or offsets only. */
    public GroupImage image() {
        return image;
    }

    /** A record of it was taken in; null: it was deleted. */
    public void image(GroupImage written) {
        image = written;
    }

    /** The group as it would be written now, with {@code assignments} by member id; members without one get an empty one. */
    GroupImage imageWith(Map<String, byte[]> assignments) {
        var memberImages = new ArrayList<MemberImage>(roster.size());
        for (Member member : roster.members()) {
            memberImages.add(member.image(protocol, assignments.getOrDefault(member.memberId, Member.NO_ASSIGNMENT)));
        }
        return new GroupImage(protocolType, generation, protocol, leaderId(), stateMillis, memberImages);
    }

    /** The group as it is, as it would be written now. */
    public GroupImage currentImage() {
        return imageWith(assignments());
    }

    Map<String, byte[]> assignments() {
        var assignments = new HashMap<String, byte[]>();
        roster.members().forEach(member -> assignments.put(member.memberId, member.assignment));
        return assignments;
    }

    /** Makes the group what its image says, after the log has been replayed. */
    void restore() {
        Invariant.check(roster.isEmpty(), "a group with members is restored from the log");
        generation = image.generation();
        protocolType = image.protocolType();
        protocol = image.protocol();
        stateMillis = image.stateMillis();
        for (MemberImage member : image.members()) {
            add(Member.of(member, protocolType, protocol), null);
        }
        roster.restoreLeader(image.leader());
        state = roster.isEmpty() ? GroupState.EMPTY : GroupState.STABLE;
        subscribedTopics = computeSubscribedTopics();
    }

    /** A member as another protocol takes it over. */
    public record Leaving(String memberId, String instanceId, Client client, int sessionTimeoutMillis, int rebalanceTimeoutMillis, List<JoinProtocol> protocols,
            byte[] metadata, byte[] assignment) {}

    /** The members, if they are consumers: what they could be in a group of another protocol. */
    public List<Leaving> leaving() {
        String common = protocol != null ? protocol : selectProtocol();
        return members().stream()
                .map(member -> new Leaving(member.memberId, member.instanceId, member.client, member.sessionTimeoutMillis, member.rebalanceTimeoutMillis,
                        member.protocols, member.metadata(common), member.assignment))
                .toList();
    }

    @Override
    public void delete(Consumer<GroupRecord> records) {
        records.accept(new GroupRecord.GroupWritten(groupId, null));
    }

    // ---- members

    Collection<Member> members() {
        return roster.members();
    }

    public int size() {
        return roster.size();
    }

    /** Null when there is none. */
    public Member member(String memberId) {
        return roster.member(memberId);
    }

    /** Id of the member with this {@code group.instance.id}, null when there is none. */
    public String memberIdOf(String instanceId) {
        return roster.memberIdOf(instanceId);
    }

    /** Null when there are no members. */
    public String leaderId() {
        return roster.leaderId();
    }

    public boolean isLeader(String memberId) {
        return roster.isLeader(memberId);
    }

    /** What a request of this member is to be answered with, NONE when it is a member and no other one took its place. */
    ErrorCode checkMember(String memberId, String instanceId) {
        return roster.check(memberId, instanceId);
    }

    void add(Member member, Answer<JoinResult> awaitingJoin) {
        if (roster.isEmpty()) {
            protocolType = member.protocolType;
        }
        roster.add(member, awaitingJoin);
        pendingIds.forget(member.memberId);
    }

    /** Takes a member, or an id given to one, out of the group; its waiting requests must have been answered. Returns it, null when there was none. */
    Member remove(String memberId) {
        pendingIds.forget(memberId);
        pendingSync.remove(memberId);
        return roster.remove(memberId);
    }

    /** Puts {@code next} in the place of {@code current}, order and role of leader included; its waiting requests must have been answered. */
    void replace(Member current, Member next) {
        boolean owesSync = pendingSync.remove(current.memberId);
        roster.replace(current, next);
        if (owesSync) {
            pendingSync.add(next.memberId);
        }
    }

    void updateMember(Member member, List<JoinProtocol> protocols, int sessionTimeoutMillis, int rebalanceTimeoutMillis) {
        roster.update(member, protocols, sessionTimeoutMillis, rebalanceTimeoutMillis);
    }

    /** Gives a member what its leader assigned to it. */
    void assign(Member member, byte[] assignment) {
        roster.assign(member, assignment);
    }

    /** What a record of the group takes at most, assignments not counted. */
    long recordBytes() {
        return roster.recordBytes();
    }

    /** The longest that any member wants the others to wait for it. */
    int rebalanceTimeoutMillis() {
        int longest = 0;
        for (Member member : roster.members()) {
            longest = Math.max(longest, member.rebalanceTimeoutMillis);
        }
        return longest;
    }

    // ---- joining

    public int awaitingJoinCount() {
        return roster.awaitingJoinCount();
    }

    boolean haveAllJoined() {
        return roster.awaitingJoinCount() == roster.size() && pendingIds.count() == 0;
    }

    /** Keeps the answer to a member's JoinGroup request for when the phase is over; an older one of the same member is sent away. */
    void setAwaitingJoin(Member member, Answer<JoinResult> answer) {
        roster.setAwaitingJoin(member, answer);
    }

    /** Answers the JoinGroup request of a member, if one waits. */
    void answerJoin(Member member, JoinResult result) {
        roster.answerJoin(member, result);
    }

    /** Answers the SyncGroup request of a member, if one waits. Returns whether one did. */
    boolean answerSync(Member member, SyncResult result) {
        Answer<SyncResult> answer = member.awaitingSync;
        member.awaitingSync = null;
        if (answer != null) {
            answer.give(result);
        }
        return answer != null;
    }

    /** Lets a member that has joined lead if the leader has not. Returns whether there is a leader that has joined. */
    boolean electJoinedLeader() {
        return roster.electJoinedLeader();
    }

    boolean isPending(String memberId) {
        return pendingIds.contains(memberId);
    }

    public int pendingCount() {
        return pendingIds.count();
    }

    /** An id was given out; {@code expiry} takes it away again. */
    void addPending(String memberId, EventLoop.Timer expiry) {
        pendingIds.add(memberId, expiry);
    }

    // ---- syncing

    void awaitSync(String memberId) {
        pendingSync.add(memberId);
    }

    void synced(String memberId) {
        pendingSync.remove(memberId);
        if (pendingSync.isEmpty()) {
            cancelSyncTimer();
        }
    }

    void stopAwaitingSync() {
        pendingSync.clear();
        cancelSyncTimer();
    }

    List<String> pendingSync() {
        return List.copyOf(pendingSync);
    }

    void cancelJoinTimer() {
        cancel(joinTimer);
        joinTimer = null;
    }

    private void cancelSyncTimer() {
        cancel(syncTimer);
        syncTimer = null;
    }

    // ---- protocols and what they read

    /** Whether someone with these protocols could be in the group beside those who are. */
    boolean supports(String memberProtocolType, List<JoinProtocol> protocols) {
        if (memberProtocolType.isEmpty() || protocols.isEmpty()) {
            return false;
        }
        return roster.isEmpty() || memberProtocolType.equals(protocolType) && roster.haveCommon(protocols);
    }

    /** The protocol most members like best among those that all speak. There must be members. */
    String selectProtocol() {
        return roster.selectProtocol();
    }

    public boolean usesConsumerProtocol() {
        return CONSUMER_PROTOCOL_TYPE.equals(protocolType);
    }

    private Set<String> computeSubscribedTopics() {
        if (!usesConsumerProtocol()) {
            return null;
        }
        if (roster.isEmpty()) {
            return Set.of();
        }
        return ConsumerProtocol.subscribedTopics(this);
    }

    @Override
    public boolean knowsWhatIsRead() {
        return usesConsumerProtocol();
    }

    @Override
    public boolean isSubscribedTo(String topic) {
        return subscribedTopics == null ? usesConsumerProtocol() : subscribedTopics.contains(topic);
    }

    // ---- committed offsets

    @Override
    public ErrorCode checkCommit(CommitRequest request) {
        return commits.check(request);
    }

    @Override
    public ErrorCode checkCommit(TransactionalCommitRequest request) {
        return commits.check(request);
    }

    @Override
    public ErrorCode checkFetch(String memberId, int memberEpoch) {
        return ErrorCode.NONE;
    }

    @Override
    public void committed(String memberId) {
        Member member = roster.member(memberId);
        if (member != null && isIn(GroupState.STABLE, GroupState.PREPARING_REBALANCE)) {
            heard.accept(member);
        }
    }

    @Override
    public Retention retention() {
        return switch (state) {
            // Before version 2 of the record nobody wrote when that was.
            case EMPTY -> protocolType == null || stateMillis < 0 ? new Retention.FromCommit() : new Retention.FromEmpty(stateMillis);
            case STABLE -> usesConsumerProtocol() && subscribedTopics != null ? new Retention.FromCommit() : new Retention.Never();
            case PREPARING_REBALANCE, COMPLETING_REBALANCE, DEAD -> new Retention.Never();
        };
    }

    @Override
    public ListedGroup listed() {
        return new ListedGroup(groupId, protocolType == null ? "" : protocolType, state.displayName(), GroupType.CLASSIC);
    }

    public DescribedGroup describe() {
        boolean stable = isIn(GroupState.STABLE);
        var described = members().stream()
                .map(member -> new DescribedGroup.DescribedMember(member.memberId, member.instanceId, member.client.clientId(), member.client.host(),
                        stable ? member.metadata(protocol) : Member.NO_ASSIGNMENT, member.assignment))
                .toList();
        return new DescribedGroup(groupId, state, protocolType == null ? "" : protocolType, stable ? protocol : "", described);
    }

    // ---- end

    @Override
    public void release() {
        memory.release();
    }

    @Override
    public void close(ErrorCode error) {
        cancelJoinTimer();
        stopAwaitingSync();
        pendingIds.close();
        for (Member member : roster.members()) {
            cancel(member.sessionTimer);
            answerJoin(member, JoinResult.failed(error, member.memberId));
            answerSync(member, SyncResult.failed(error));
            if (member.held != null) {
                member.held.end(error);
            }
        }
    }

    private static void cancel(EventLoop.Timer timer) {
        if (timer != null) {
            timer.cancel();
        }
    }

    @Override
    public String toString() {
        return "group " + groupId + " in " + state.displayName() + ", generation " + generation + ", members " + roster.members();
    }
}
