package io.partita.broker.group.share;

import io.partita.broker.group.EpochMember;
import io.partita.broker.group.consumer.Partitions;

/**
 * What a member has, and since which epoch it is in. There is nothing that it would have to give up first: others may have the same partitions.
 *
 * @param previousEpoch the one before, which a member is in that did not get the answer telling it of this one
 */
record ShareAssignment(int epoch, int previousEpoch, Partitions assigned) implements EpochMember.Current {

    static final ShareAssignment NONE = new ShareAssignment(0, 0, Partitions.NONE);

    @Override
    public Partitions held() {
        return assigned;
    }
}
