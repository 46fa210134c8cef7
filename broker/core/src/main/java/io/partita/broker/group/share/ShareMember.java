package io.partita.broker.group.share;

import io.partita.broker.group.EpochMember;
import io.partita.broker.protocol.ErrorCode;

/** A member of a share group as it stands now. Owned by its group. */
final class ShareMember extends EpochMember<ShareMemberMetadata, ShareAssignment, ShareHeartbeatResult> {

    ShareMember(String memberId, ShareMemberMetadata metadata) {
        super(memberId, metadata, ShareAssignment.NONE);
    }

    @Override
    protected ShareHeartbeatResult failed(ErrorCode error) {
        return ShareHeartbeatResult.failed(error, null);
    }
}
