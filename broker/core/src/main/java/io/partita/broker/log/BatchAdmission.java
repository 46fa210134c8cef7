package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchCheck;
import io.partita.broker.record.BatchRules;
import io.partita.broker.record.BatchValidation;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.TimestampType;

/** Decides whether batches may enter a log with a given configuration, before offsets are assigned. Immutable. */
final class BatchAdmission {

    private final BatchRules rules;
    private final int segmentBytes;

    BatchAdmission(LogConfig config) {
        this.rules = new BatchRules(config.maxMessageBytes(), config.compact(), config.timestampType(), config.timestampBeforeMaxMillis(),
                config.timestampAfterMaxMillis(), config.opensBatches(), BatchRules.DEFAULT_MAX_UNCOMPRESSED_BYTES, config.maxRecordBytes());
        this.segmentBytes = config.segmentBytes();
    }

    /** Checks the readable bytes of a client's produce, batch by batch; puts timestamps right in place. {@code null} when they may go in. */
    Refused checkProduced(ByteBuf batches, long nowMillis) {
        int limit = batches.writerIndex();
        int count = 0;
        boolean withProducer = false;
        for (int at = batches.readerIndex(); at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            switch (BatchValidation.checkProduced(batches, at, limit, rules, nowMillis)) {
                case BatchCheck.Invalid invalid -> {
                    return BatchErrors.refused(invalid);
                }
                case BatchCheck.Valid valid -> {
                    if (rules.timestampType() == TimestampType.LOG_APPEND_TIME) {
                        RecordBatch.setLogAppendTime(batches, at, nowMillis);
                    } else if (valid.maxTimestamp() != RecordBatch.maxTimestamp(batches, at)) {
                        RecordBatch.setMaxTimestamp(batches, at, valid.maxTimestamp());
                    }
                }
            }
            withProducer |= RecordBatch.hasProducerId(batches, at);
            count++;
        }
        if (count == 0) {
            return new Refused(ErrorCode.INVALID_RECORD, "There is no batch in the request");
        }
        if (count > 1 && withProducer) {
            return new Refused(ErrorCode.INVALID_RECORD, "Batches of an idempotent producer must come one by one, these are " + count);
        }
        return checkTotal(batches);
    }

    /**
     * Checks batches another replica checked before: whole, with good checksums, and in order from {@code nextOffset} on.
     *
     * @param lastEpoch the leader epoch of the last record that is there
     * @param gapsAllowed whether offsets may be missing
     */
    Refused checkReplicated(ByteBuf batches, long nextOffset, int lastEpoch, boolean gapsAllowed) {
        int limit = batches.writerIndex();
        long expected = nextOffset;
        int epoch = lastEpoch;
        if (!batches.isReadable()) {
            return new Refused(ErrorCode.INVALID_RECORD, "There is no batch");
        }
        for (int at = batches.readerIndex(); at < limit; at += RecordBatch.sizeInBytes(batches, at)) {
            if (BatchValidation.checkStored(batches, at, limit) instanceof BatchCheck.Invalid invalid) {
                return BatchErrors.refused(invalid);
            }
            if (RecordBatch.baseOffset(batches, at) < expected) {
                return new Refused(ErrorCode.OFFSET_OUT_OF_RANGE, "A batch begins at offset " + RecordBatch.baseOffset(batches, at)
                        + ", the log goes on at " + expected);
            }
            if (RecordBatch.baseOffset(batches, at) > expected && !gapsAllowed) {
                return new Refused(ErrorCode.OFFSET_OUT_OF_RANGE, "A batch begins at offset " + RecordBatch.baseOffset(batches, at)
                        + ", the records from " + expected + " on are missing");
            }
            if (RecordBatch.leaderEpoch(batches, at) < epoch) {
                return new Refused(ErrorCode.FENCED_LEADER_EPOCH, "The batch at offset " + RecordBatch.baseOffset(batches, at) + " is of leader epoch "
                        + RecordBatch.leaderEpoch(batches, at) + ", those before it are of epoch " + epoch);
            }
            expected = RecordBatch.lastOffset(batches, at) + 1;
            epoch = RecordBatch.leaderEpoch(batches, at);
        }
        return null;
    }

    Refused checkTotal(ByteBuf batches) {
        if (batches.readableBytes() > segmentBytes) {
            return new Refused(ErrorCode.RECORD_LIST_TOO_LARGE,
                    "The batches have " + batches.readableBytes() + " bytes, a segment of the topic has " + segmentBytes);
        }
        return null;
    }
}
