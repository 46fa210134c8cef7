package io.partita.broker.log;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;

/** What became of an append. Bad input, refused producers and failing disks are values here, never exceptions. */
public sealed interface AppendResult {

    /**
     * The batches are in the log, visible to reads.
     *
     * @param baseOffset offset of the first record
     * @param lastOffset offset of the last record
     * @param logAppendTimeMillis the timestamp given to the records, -1 when they keep their own
     * @param logStartOffset first offset of the log
     */
    record Appended(long baseOffset, long lastOffset, long logAppendTimeMillis, long logStartOffset) implements AppendResult {}

    /** The log has this batch already: the producer repeats itself and is answered as the first time. Fields as in {@link Appended}. */
    record Duplicate(long baseOffset, long lastOffset, long logAppendTimeMillis, long logStartOffset) implements AppendResult {}

    /**
     * Nothing was appended.
     *
     * @param code the error the producer is told
     * @param reason one sentence for the producer's and the broker's log
     * @param recordErrors the records to blame (KIP-467), empty when it is the whole
     */
    record Refused(ErrorCode code, String reason, List<RecordError> recordErrors) implements AppendResult {
        public Refused(ErrorCode code, String reason) {
            this(code, reason, List.of());
        }
    }

    /** A record to blame: its index in the batch, from 0, and a sentence. */
    record RecordError(int batchIndex, String message) {}
}
