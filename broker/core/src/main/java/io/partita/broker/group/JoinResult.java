package io.partita.broker.group;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;

/**
 * Answer to a {@link JoinRequest}.
 *
 * @param memberId the member's id from now on; with MEMBER_ID_REQUIRED the one to come back with
 * @param generation −1 with an error
 * @param protocolType null with an error
 * @param protocol the one chosen for the generation, null with an error
 * @param leader member id of the leader, empty with an error
 * @param skipAssignment whether the leader must leave the assignment as it is
 * @param members all members, for the leader; empty for the others
 */
public record JoinResult(
        ErrorCode error,
        String memberId,
        int generation,
        String protocolType,
        String protocol,
        String leader,
        boolean skipAssignment,
        List<JoinedMember> members) {

    /** A member as the leader sees it. */
    public record JoinedMember(String memberId, String instanceId, byte[] metadata) {}

    public static JoinResult failed(ErrorCode error, String memberId) {
        return new JoinResult(error, memberId, -1, null, null, "", false, List.of());
    }
}
