package io.partita.cli.record;

import io.partita.broker.record.RecordHeader;
import java.util.List;

/**
 * A record to be sent.
 *
 * @param partition null where its key decides
 * @param timestamp null for now
 */
public record NewRecord(Integer partition, Long timestamp, byte[] key, byte[] value, List<RecordHeader> headers) {

    /** About what it takes in a batch. */
    int bytes() {
        int bytes = 70 + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
        for (RecordHeader header : headers) {
            bytes += 10 + header.key().length() * 3 + (header.value() == null ? 0 : header.value().length);
        }
        return bytes;
    }
}
