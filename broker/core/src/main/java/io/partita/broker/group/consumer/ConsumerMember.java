package io.partita.broker.group.consumer;

import io.partita.broker.group.EpochMember;
import io.partita.broker.protocol.ErrorCode;

/** A member of a consumer group as it stands now. Owned by its group. */
final class ConsumerMember extends EpochMember<MemberMetadata, CurrentAssignment, ConsumerHeartbeatResult> {

    ConsumerMember(String memberId, MemberMetadata metadata) {
        super(memberId, metadata, CurrentAssignment.NONE);
    }

    @Override
    protected ConsumerHeartbeatResult failed(ErrorCode error) {
        return ConsumerHeartbeatResult.failed(error, null);
    }

    boolean isClassic() {
        return metadata().isClassic();
    }

    @Override
    protected boolean givesWay() {
        return isAway() || isClassic();
    }
}
