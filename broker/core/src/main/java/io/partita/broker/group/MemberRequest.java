package io.partita.broker.group;

import io.netty.buffer.ByteBufUtil;

/** A heartbeat of a member of a group whose coordinator assigns. What it does not say again is null. */
public interface MemberRequest {

    /** {@link #epoch} of a member that joins. */
    int JOINS = 0;
    /** {@link #epoch} of a member that leaves. */
    int LEAVES = -1;
    /** {@link #epoch} of a static member that leaves and will be back. */
    int LEAVES_FOR_A_WHILE = -2;
    /** Keys of records hold at most 32767 bytes. */
    int STRING_BYTES_MAX = Short.MAX_VALUE - 64;

    String groupId();

    String memberId();

    /** 0 joins, −1 leaves, −2 leaves for a while; else the epoch that the member is in. */
    int epoch();

    /** {@code group.instance.id}. */
    default String instanceId() {
        return null;
    }

    String rackId();

    Client client();

    default boolean joins() {
        return epoch() == JOINS;
    }

    default boolean leaves() {
        return epoch() == LEAVES || epoch() == LEAVES_FOR_A_WHILE;
    }

    /** What is wrong with its names, null when nothing is. */
    default String invalidNames(boolean lacksMemberId) {
        if (groupId().isBlank()) {
            return "GroupId can't be empty.";
        }
        if (lacksMemberId) {
            return "MemberId can't be empty.";
        }
        if (instanceId() != null && instanceId().isBlank()) {
            return "InstanceId can't be empty.";
        }
        return rackId() != null && rackId().isBlank() ? "RackId can't be empty." : null;
    }

    /** Whether a key of a record can hold it. */
    static boolean fits(String text) {
        return 3L * text.length() <= STRING_BYTES_MAX || ByteBufUtil.utf8Bytes(text) <= STRING_BYTES_MAX;
    }
}
