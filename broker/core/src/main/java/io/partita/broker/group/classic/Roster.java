package io.partita.broker.group.classic;

import io.partita.broker.Invariant;
import io.partita.broker.group.Answer;
import io.partita.broker.group.GroupMemory;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.group.JoinResult;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The members of a classic group in the order in which they came, who leads them, and what they speak. */
final class Roster {

    private final GroupMemory memory;
    private final LinkedHashMap<String, Member> members = new LinkedHashMap<>();
    private final Map<String, String> memberIdsByInstance = new HashMap<>();
    private final SpokenProtocols protocols = new SpokenProtocols();
    private String leaderId;
    private int awaitingJoinCount;
    /** What a record of the group takes in the log at most but for assignments. */
    private long recordBytes;

    Roster(GroupMemory memory) {
        this.memory = memory;
    }

    Collection<Member> members() {
        return members.values();
    }

    int size() {
        return members.size();
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    /** Null when there is none. */
    Member member(String memberId) {
        return members.get(memberId);
    }

    /** Id of the member with this {@code group.instance.id}, null when there is none. */
    String memberIdOf(String instanceId) {
        return memberIdsByInstance.get(instanceId);
    }

    /** Null when there are no members. */
    String leaderId() {
        return leaderId;
    }

    /** Lets {@code memberId} lead if it is a member. */
    void restoreLeader(String memberId) {
        if (members.containsKey(memberId)) {
            leaderId = memberId;
        }
    }

    boolean isLeader(String memberId) {
        return memberId.equals(leaderId);
    }

    /** What a record of the group takes at most, assignments not counted. */
    long recordBytes() {
        return recordBytes;
    }

    /** What a request of this member is to be answered with, NONE when it is a member and no other one took its place. */
    ErrorCode check(String memberId, String instanceId) {
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
        if (member.isStatic()) {
            Invariant.check(memberIdsByInstance.putIfAbsent(member.instanceId, member.memberId) == null, "a static member is added twice");
        }
        Invariant.check(members.put(member.memberId, member) == null, "a member is added twice");
        if (leaderId == null) {
            leaderId = member.memberId;
        }
        count(member, 1);
        setAwaitingJoin(member, awaitingJoin);
    }

    /** Takes a member out; its waiting requests must have been answered. Returns it, null when there was none. */
    Member remove(String memberId) {
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
        if (member.sessionTimer != null) {
            member.sessionTimer.cancel();
            member.sessionTimer = null;
        }
        return member;
    }

    /** Puts {@code next} in the place of {@code current}, order and role of leader included; its waiting requests must have been answered. */
    void replace(Member current, Member next) {
        var order = new ArrayList<>(members.values());
        order.replaceAll(member -> member == current ? next : member);
        boolean leads = isLeader(current.memberId);
        remove(current.memberId);
        add(next, null);
        if (leads) {
            leaderId = next.memberId;
        }
        members.clear();
        order.forEach(member -> members.put(member.memberId, member));
    }

    void update(Member member, List<JoinProtocol> spoken, int sessionTimeoutMillis, int rebalanceTimeoutMillis) {
        count(member, -1);
        member.protocols = spoken;
        count(member, 1);
        member.sessionTimeoutMillis = sessionTimeoutMillis;
        member.rebalanceTimeoutMillis = rebalanceTimeoutMillis;
    }

    /** Gives a member what its leader assigned to it. */
    void assign(Member member, byte[] assignment) {
        memory.hold(assignment.length - member.assignment.length);
        member.assignment = assignment;
    }

    /** Counts a member in, or with −1 out. */
    private void count(Member member, int change) {
        memory.hold(change * member.heapBytes());
        recordBytes += change * Member.recordBytes(member.protocols);
        protocols.count(member, change);
    }

    /** Whether someone with these protocols could be beside those who are there. */
    boolean haveCommon(List<JoinProtocol> spoken) {
        return protocols.haveCommon(spoken, members.values());
    }

    /** The protocol of the next generation. There must be members. */
    String selectProtocol() {
        return protocols.select(members.values());
    }

    // ---- joining

    int awaitingJoinCount() {
        return awaitingJoinCount;
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
}
