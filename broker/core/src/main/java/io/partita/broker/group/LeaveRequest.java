package io.partita.broker.group;

import java.util.List;

/** Members leave, or are removed by an administrator, who names static ones by their instance id alone. */
public record LeaveRequest(String groupId, List<Leaver> members) {

    /** {@code memberId} is empty when only {@code instanceId} (else null) is known; {@code reason} may be null. */
    public record Leaver(String memberId, String instanceId, String reason) {}
}
