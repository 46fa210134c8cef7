package io.partita.cli.record;

import io.partita.broker.record.RecordHeader;
import java.util.List;

/**
 * A record as it was read.
 *
 * @param timestamp in milliseconds; -1 for none
 * @param key null where it has none
 * @param value null for a tombstone
 */
public record ReadRecord(String topic, int partition, long offset, long timestamp, byte[] key, byte[] value, List<RecordHeader> headers) {}
