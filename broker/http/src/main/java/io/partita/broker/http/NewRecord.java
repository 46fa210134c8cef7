package io.partita.broker.http;

import io.partita.broker.record.RecordHeader;
import java.util.List;

/**
 * A record to be written.
 *
 * @param timestamp −1 for now
 * @param partition −1 where its key decides
 */
record NewRecord(byte[] key, byte[] value, List<RecordHeader> headers, long timestamp, int partition) {}
