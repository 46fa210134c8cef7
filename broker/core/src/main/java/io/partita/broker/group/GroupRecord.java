package io.partita.broker.group;

import io.partita.broker.group.classic.GroupImage;
import io.partita.broker.group.consumer.ConsumerRecord;
import io.partita.broker.group.share.ShareRecord;
import io.partita.broker.group.streams.StreamsRecord;

/** A record of {@code __consumer_offsets}: a change of what must survive. */
public sealed interface GroupRecord {

    String groupId();

    /** A group committed an offset; null deletes what it had committed. */
    record OffsetCommitted(String groupId, String topic, int partition, CommittedOffset offset) implements GroupRecord {}

    /** A group reached a generation; null deletes the group. */
    record GroupWritten(String groupId, GroupImage image) implements GroupRecord {}

    /** Something of a consumer group changed. */
    record OfConsumerGroup(ConsumerRecord record) implements GroupRecord {
        @Override
        public String groupId() {
            return record.groupId();
        }
    }

    /** Something of a streams group changed. */
    record OfStreamsGroup(StreamsRecord record) implements GroupRecord {
        @Override
        public String groupId() {
            return record.groupId();
        }
    }

    /** Something of a share group changed. */
    record OfShareGroup(ShareRecord record) implements GroupRecord {
        @Override
        public String groupId() {
            return record.groupId();
        }
    }
}
