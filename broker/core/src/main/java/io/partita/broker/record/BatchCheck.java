package io.partita.broker.record;

import java.util.List;

/** Outcome of {@link BatchValidation}. */
public sealed interface BatchCheck {

    /**
     * The batch may be appended.
     *
     * @param maxTimestamp the largest timestamp of the batch in milliseconds: counted from the records when they were read, from the header
     *     otherwise. Some clients leave the header's field empty; a caller that finds a difference puts it right with
     *     {@link RecordBatch#setMaxTimestamp}.
     */
    record Valid(long maxTimestamp) implements BatchCheck {}

    /**
     * The batch must not be appended.
     *
     * @param records the records at fault, by ascending index; empty when it is the batch as a whole. No more than {@link #RECORD_FAULTS_MAX}
     * @param reason one sentence for the client and the log
     */
    record Invalid(BatchDefect defect, List<RecordFault> records, String reason) implements BatchCheck {

        /** {@code recordIndex}: of the one record at fault, −1 when it is the batch as a whole. */
        Invalid(BatchDefect defect, int recordIndex, String reason) {
            this(defect, recordIndex < 0 ? List.of() : List.of(new RecordFault(recordIndex, reason)), reason);
        }
    }

    /** A record at fault: its index in the batch, from 0, and a sentence. */
    record RecordFault(int index, String reason) {}

    /** So many records are named; a batch of tiny records would otherwise make an answer many times its own size. */
    int RECORD_FAULTS_MAX = 10_000;
}
