package io.partita.broker.group;

import io.partita.broker.Invariant;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A classic group: who is in it, who is about to be, which generation it is in. Holds the state and keeps it consistent; what happens when is
 * decided by {@link Rebalances} and the classes around it. Owned by the event loop of its shard.
 *
 * <p>What must survive of it is its {@link #image}, which changes with the records that are written; the rest is lost with the shard.
 */
final class ClassicGroup {

    /** Protocol type of groups of consumers; theirs is the only metadata the coordinator looks into. */
    static final String CONSUMER_PROTOCOL_TYPE = "consumer";

    /** About what a group takes without members, and an id that was given out. */
    private static final long GROUP_BYTES = 800;
    private static final long PENDING_BYTES = 400;

    final String groupId;
    private final MemoryPool memory;
    /** What is counted of the group in {@link #memory}, and what a record of it takes in the log at most but for assignments. */
    private long heldBytes;
    private long recordBytes;
    private boolean released;
    /** What the log has, or is about to have; null when it has nothing or offsets only. */
    GroupImage image;

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
    private String leaderId;
    private Set<String> subscribedTopics;
    private final LinkedHashMap<String, Member> members = new LinkedHashMap<>();
    private final Map<String, String> memberIdsByInstance = new HashMap<>();
    /** How many members speak a protocol. */
    private final Map<String, Integer> speakersByProtocol = new HashMap<>();
    private int awaitingJoinCount;
    /** Ids given to clients that have not come back with them, and the timers that take them away again (KIP-394). */
    private final Map<String, EventLoop.Timer> pendingMembers = new HashMap<>();
    /** Members whose SyncGroup request has not come in this generation. */
    private final Set<String> pendingSync = new LinkedHashSet<>();

    /** @param memory in which the group is counted until {@link #release} */
    ClassicGroup(String groupId, long nowMillis, MemoryPool memory) {
        this.groupId = groupId;
        this.memory = memory;
        this.stateMillis = nowMillis;
        hold(GROUP_BYTES + 2L * groupId.length());
    }

    // ---- memory

    private void hold(long bytes) {
        if (released) {
            return;
        }
        heldBytes += bytes;
        if (bytes >= 0) {
            memory.take(bytes);
        } else {
            memory.give(-bytes);
        }
    }

    /** The group is forgotten. */
    void release() {
        hold(-heldBytes);
        released = true;
    }

    /** What a record of the group takes at most, assignments not counted. */
    long recordBytes() {
        return recordBytes;
    }

    /** Gives a member what its leader assigned to it. */
    void assign(Member member, byte[] assignment) {
        hold(assignment.length - member.assignment.length);
        member.assignment = assignment;
    }

    // ---- state

    GroupState state() {
        return state;
    }

    boolean isIn(GroupState one) {
        return state == one;
    }

    boolean isIn(GroupState one, GroupState other) {
        return state == one || state == other;
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

    /** Wall clock of the last change of state; −1 when an old broker wrote the group and did not say. */
    long stateMillis() {
        return stateMillis;
    }

    int generation() {
        return generation;
    }

    /** Null when no member ever joined. */
    String protocolType() {
        return protocolType;
    }

    /** Null when the generation has no members. */
    String protocol() {
        return protocol;
    }

    /** Null when there are no members. */
    String leaderId() {
        return leaderId;
    }

    boolean isLeader(String memberId) {
        return memberId.equals(leaderId);
    }

    /** Starts the next generation with the members that are there, in COMPLETING_REBALANCE, or in EMPTY when there are none. */
    void beginGeneration(long nowMillis) {
        generation++;
        pendingSync.clear();
        if (members.isEmpty()) {
            protocol = null;
            become(GroupState.EMPTY, nowMillis);
        } else {
            protocol = selectProtocol();
            become(GroupState.COMPLETING_REBALANCE, nowMillis);
        }
        subscribedTopics = computeSubscribedTopics();
    }

    /** The group as it would be written now, with {@code assignments} by member id; members without one get an empty one. */
    GroupImage imageWith(Map<String, byte[]> assignments) {
        var memberImages = new ArrayList<MemberImage>(members.size());
        for (Member member : members.values()) {
            memberImages.add(member.image(protocol, assignments.getOrDefault(member.memberId, Member.NO_ASSIGNMENT)));
        }
        return new GroupImage(protocolType, generation, protocol, leaderId, stateMillis, memberImages);
    }

    /** The group as it is, as it would be written now. */
    GroupImage currentImage() {
        return imageWith(assignments());
    }

    Map<String, byte[]> assignments() {
        var assignments = new HashMap<String, byte[]>();
        members.values().forEach(member -> assignments.put(member.memberId, member.assignment));
        return assignments;
    }

    /** Makes the group what its image says, after the log has been replayed. */
    void restore() {
        Invariant.check(members.isEmpty(), "a group with members is restored from the log");
        generation = image.generation();
        protocolType = image.protocolType();
        protocol = image.protocol();
        stateMillis = image.stateMillis();
        for (MemberImage member : image.members()) {
            add(Member.of(member, protocolType, protocol), null);
        }
        if (members.containsKey(image.leader())) {
            leaderId = image.leader();
        }
        state = members.isEmpty() ? GroupState.EMPTY : GroupState.STABLE;
        subscribedTopics = computeSubscribedTopics();
    }

    // ---- members

    Collection<Member> members() {
        return members.values();
    }

    int size() {
        return members.size();
    }

    /** Null when there is none. */
    Member member(String memberId) {
        return members.get(memberId);
    }

    /** Id of the member with this {@code group.instance.id}, null when there is none. */
    String memberIdOf(String instanceId) {
        return memberIdsByInstance.get(instanceId);
    }

    /** What a request of this member is to be answered with, NONE when it is a member and no other one took its place. */
    ErrorCode checkMember(String memberId, String instanceId) {
        if (instanceId != null) {
            String current = memberIdsByInstance.get(instanceId);
            if (current == null) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
            if (!current.equals(memberId)) {
                return ErrorCode.FENCED_INSTANCE_ID;
            }
        }
        return members.containsKey(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
    }

    void add(Member member, Answer<JoinResult> awaitingJoin) {
        if (members.isEmpty()) {
            protocolType = member.protocolType;
        }
        if (member.isStatic()) {
            Invariant.check(memberIdsByInstance.putIfAbsent(member.instanceId, member.memberId) == null, "a static member is added twice");
        }
        Invariant.check(members.put(member.memberId, member) == null, "a member is added twice");
        if (leaderId == null) {
            leaderId = member.memberId;
        }
        count(member, 1);
        setAwaitingJoin(member, awaitingJoin);
        forgetPending(member.memberId);
    }

    /** Takes a member, or an id given to one, out of the group; its waiting requests must have been answered. Returns it, null when there was none. */
    Member remove(String memberId) {
        forgetPending(memberId);
        pendingSync.remove(memberId);
        Member member = members.remove(memberId);
        if (member == null) {
            return null;
        }
        count(member, -1);
        setAwaitingJoin(member, null);
        if (member.isStatic()) {
            memberIdsByInstance.remove(member.instanceId);
        }
        if (isLeader(memberId)) {
            leaderId = members.isEmpty() ? null : members.firstEntry().getKey();
        }
        cancel(member.sessionTimer);
        member.sessionTimer = null;
        return member;
    }

    /** Puts {@code next} in the place of {@code current}, order and role of leader included; its waiting requests must have been answered. */
    void replace(Member current, Member next) {
        var order = new ArrayList<>(members.values());
        order.replaceAll(member -> member == current ? next : member);
        boolean leads = isLeader(current.memberId);
        boolean owesSync = pendingSync.contains(current.memberId);
        remove(current.memberId);
        add(next, null);
        if (leads) {
            leaderId = next.memberId;
        }
        if (owesSync) {
            pendingSync.add(next.memberId);
        }
        members.clear();
        order.forEach(member -> members.put(member.memberId, member));
    }

    void updateMember(Member member, List<JoinProtocol> protocols, int sessionTimeoutMillis, int rebalanceTimeoutMillis) {
        count(member, -1);
        member.protocols = protocols;
        count(member, 1);
        member.sessionTimeoutMillis = sessionTimeoutMillis;
        member.rebalanceTimeoutMillis = rebalanceTimeoutMillis;
    }

    /** The longest that any member wants the others to wait for it. */
    int rebalanceTimeoutMillis() {
        int longest = 0;
        for (Member member : members.values()) {
            longest = Math.max(longest, member.rebalanceTimeoutMillis);
        }
        return longest;
    }

    // ---- joining

    int awaitingJoinCount() {
        return awaitingJoinCount;
    }

    boolean haveAllJoined() {
        return awaitingJoinCount == members.size() && pendingMembers.isEmpty();
    }

    /** Keeps the answer to a member's JoinGroup request for when the phase is over; an older one of the same member is sent away. */
    void setAwaitingJoin(Member member, Answer<JoinResult> answer) {
        Answer<JoinResult> older = member.awaitingJoin;
        awaitingJoinCount += (answer == null ? 0 : 1) - (older == null ? 0 : 1);
        member.awaitingJoin = answer;
        if (older != null) {
            older.give(JoinResult.failed(ErrorCode.REBALANCE_IN_PROGRESS, member.memberId));
        }
    }

    /** Answers the JoinGroup request of a member, if one waits. */
    void answerJoin(Member member, JoinResult result) {
        Answer<JoinResult> answer = member.awaitingJoin;
        if (answer != null) {
            awaitingJoinCount--;
            member.awaitingJoin = null;
            answer.give(result);
        }
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
        if (leaderId != null && members.get(leaderId).isAwaitingJoin()) {
            return true;
        }
        for (Member member : members.values()) {
            if (member.isAwaitingJoin()) {
                leaderId = member.memberId;
                return true;
            }
        }
        return false;
    }

    boolean isPending(String memberId) {
        return pendingMembers.containsKey(memberId);
    }

    int pendingCount() {
        return pendingMembers.size();
    }

    /** An id was given out; {@code expiry} takes it away again. */
    void addPending(String memberId, EventLoop.Timer expiry) {
        hold(PENDING_BYTES);
        pendingMembers.put(memberId, expiry);
    }

    private void forgetPending(String memberId) {
        EventLoop.Timer expiry = pendingMembers.remove(memberId);
        if (expiry != null) {
            expiry.cancel();
            hold(-PENDING_BYTES);
        }
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

    // ---- protocols

    /** Whether someone with these protocols could be in the group beside those who are. */
    boolean supports(String memberProtocolType, List<JoinProtocol> protocols) {
        if (memberProtocolType.isEmpty() || protocols.isEmpty()) {
            return false;
        }
        if (members.isEmpty()) {
            return true;
        }
        if (!memberProtocolType.equals(protocolType)) {
            return false;
        }
        for (var candidate : protocols) {
            if (isSpokenByAll(candidate.name())) {
                return true;
            }
        }
        return false;
    }

    private boolean isSpokenByAll(String name) {
        return speakersByProtocol.getOrDefault(name, 0) == members.size();
    }

    /** The protocol most members like best among those that all speak; the earlier vote wins a tie. There must be members. */
    String selectProtocol() {
        var votes = new LinkedHashMap<String, Integer>();
        for (Member member : members.values()) {
            for (var candidate : member.protocols) {
                if (isSpokenByAll(candidate.name())) {
                    votes.merge(candidate.name(), 1, Integer::sum);
                    break;
                }
            }
        }
        String best = null;
        for (var vote : votes.entrySet()) {
            if (best == null || vote.getValue() > votes.get(best)) {
                best = vote.getKey();
            }
        }
        Invariant.check(best != null, "no protocol is spoken by all members of a group");
        return best;
    }

    /** Counts a member in, or with −1 out. */
    private void count(Member member, int change) {
        hold(change * member.heapBytes());
        recordBytes += change * Member.recordBytes(member.protocols);
        for (var candidate : member.protocols) {
            speakersByProtocol.merge(candidate.name(), change, (a, b) -> a + b == 0 ? null : a + b);
        }
    }

    boolean usesConsumerProtocol() {
        return CONSUMER_PROTOCOL_TYPE.equals(protocolType);
    }

    /** Whether the members' subscriptions are known: offsets of topics that nobody reads may then expire. */
    boolean knowsSubscribedTopics() {
        return subscribedTopics != null;
    }

    /** Whether a member reads {@code topic}, or may for all that is known. */
    boolean isSubscribedTo(String topic) {
        return subscribedTopics == null ? usesConsumerProtocol() : subscribedTopics.contains(topic);
    }

    private Set<String> computeSubscribedTopics() {
        if (!usesConsumerProtocol()) {
            return null;
        }
        if (members.isEmpty()) {
            return Set.of();
        }
        return ConsumerProtocol.subscribedTopics(this);
    }

    // ---- end

    /** The group is gone, or no longer ours: every waiting request is answered with {@code error} and every timer stopped. */
    void close(ErrorCode error) {
        cancelJoinTimer();
        stopAwaitingSync();
        pendingMembers.values().forEach(EventLoop.Timer::cancel);
        pendingMembers.clear();
        for (Member member : members.values()) {
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
        return "group " + groupId + " in " + state.displayName() + ", generation " + generation + ", members " + members.values();
    }
}
