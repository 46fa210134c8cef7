package io.partita.broker.share.state;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;

/** A share-partition: a partition as one group reads it. */
public record ShareKey(String groupId, UUID topicId, int partition) {

    /** What decides, as in Kafka, which partition of {@code __share_group_state} it belongs to. */
    public String coordinatorKey() {
        byte[] id = ByteBuffer.allocate(16).putLong(topicId.getMostSignificantBits()).putLong(topicId.getLeastSignificantBits()).array();
        return groupId + ":" + Base64.getUrlEncoder().withoutPadding().encodeToString(id) + ":" + partition;
    }
}
