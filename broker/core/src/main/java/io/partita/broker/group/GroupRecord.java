package io.partita.broker.group;

import io.partita.broker.group.classic.GroupImage;
/** A record of {@code __consumer_offsets}: a change of what must survive. */
public sealed interface GroupRecord {

    String groupId();

    /** A group committed an offset; null deletes what it had committed. */
    record OffsetCommitted(String groupId, String topic, int partition, CommittedOffset offset) implements GroupRecord {}

    /** A group reached a generation; null deletes the group. */
    record GroupWritten(String groupId, GroupImage image) implements GroupRecord {}
}
