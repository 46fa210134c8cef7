package io.partita.broker.group.classic;

import io.partita.broker.env.EventLoop;
import io.partita.broker.group.Answer;
import io.partita.broker.group.Client;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.SyncResult;
import java.util.List;

/** A member of a group as it stands now. Owned by its group. */
public final class Member {

    static final byte[] NO_ASSIGNMENT = new byte[0];

    /** About what a member takes in memory, and one of its protocols, beside what clients determine. */
    private static final long MEMBER_BYTES = 800;
    private static final long PROTOCOL_BYTES = 80;
    /** About what a member takes in a record beside its metadata and assignment. */
    private static final long MEMBER_RECORD_BYTES = 150;

    final String memberId;
    /** {@code group.instance.id}, null for a dynamic member. */
    final String instanceId;
    final Client client;
    final String protocolType;
    List<JoinProtocol> protocols;
    int rebalanceTimeoutMillis;
    int sessionTimeoutMillis;
    byte[] assignment = NO_ASSIGNMENT;

    /** Has never seen a generation completed. Such a member expires even while its JoinGroup request waits: its client may be long gone. */
    boolean joining;
    /** Where the answer to its JoinGroup request goes, null when none waits. Set by the group, which counts them. */
    Answer<JoinResult> awaitingJoin;
    /** Where the answer to its SyncGroup request goes, null when none waits. */
    Answer<SyncResult> awaitingSync;
    /** A heartbeat or SyncGroup whose answer waits for a change of the group, null when none does. */
    HeldAnswer held;

    /** When the session ends, by the monotonic clock. The timer may fire earlier and is then set again: most heartbeats only move this. */
    long sessionDeadlineMillis;
    EventLoop.Timer sessionTimer;
    /** When the last heartbeat came, by the monotonic clock; −1 before there was one. */
    long lastHeartbeatMillis = -1;
    /**
     * The least time seen between two heartbeats, which is the client's interval: what lies further apart was delayed, perhaps by ourselves.
     * {@link Long#MAX_VALUE} until there were two.
     */
    long heartbeatIntervalMillis = Long.MAX_VALUE;

    Member(String memberId, String instanceId, Client client, String protocolType, List<JoinProtocol> protocols, int sessionTimeoutMillis,
            int rebalanceTimeoutMillis) {
        this.memberId = memberId;
        this.instanceId = instanceId;
        this.client = client;
        this.protocolType = protocolType;
        this.protocols = protocols;
        this.sessionTimeoutMillis = sessionTimeoutMillis;
        this.rebalanceTimeoutMillis = rebalanceTimeoutMillis;
    }

    /** About what it takes in memory. */
    long heapBytes() {
        return MEMBER_BYTES + 2L * memberId.length() + heapBytes(protocols) + assignment.length;
    }

    /** About what protocols with their metadata take in memory. */
    static long heapBytes(List<JoinProtocol> protocols) {
        long bytes = 0;
        for (JoinProtocol protocol : protocols) {
            bytes += PROTOCOL_BYTES + 2L * protocol.name().length() + protocol.metadata().length;
        }
        return bytes;
    }

    /** What a member takes in a record of its group at most, its assignment not counted: one of its protocols will be chosen. */
    static long recordBytes(List<JoinProtocol> protocols) {
        int longest = 0;
        for (JoinProtocol protocol : protocols) {
            longest = Math.max(longest, protocol.metadata().length);
        }
        return MEMBER_RECORD_BYTES + longest;
    }

    boolean isStatic() {
        return instanceId != null;
    }

    boolean isAwaitingJoin() {
        return awaitingJoin != null;
    }

    /** Whether the end of its session may pass: it waits for us, so we cannot expect to hear from it. */
    boolean isExcusedFromHeartbeats() {
        return !joining && (awaitingJoin != null || awaitingSync != null);
    }

    /** Its metadata for a protocol, empty when it does not speak it. */
    byte[] metadata(String protocol) {
        for (var candidate : protocols) {
            if (candidate.name().equals(protocol)) {
                return candidate.metadata();
            }
        }
        return NO_ASSIGNMENT;
    }

    MemberImage image(String protocol, byte[] withAssignment) {
        return new MemberImage(memberId, instanceId, client.clientId(), client.host(), rebalanceTimeoutMillis, sessionTimeoutMillis,
                metadata(protocol), withAssignment);
    }

    static Member of(MemberImage image, String protocolType, String protocol) {
        var member = new Member(image.memberId(), image.instanceId(), new Client(image.clientId(), image.clientHost(), "", ""), protocolType,
                List.of(new JoinProtocol(protocol, image.subscription())), image.sessionTimeoutMillis(), image.rebalanceTimeoutMillis());
        member.assignment = image.assignment();
        return member;
    }

    @Override
    public String toString() {
        return isStatic() ? memberId + " (" + instanceId + ")" : memberId;
    }
}
