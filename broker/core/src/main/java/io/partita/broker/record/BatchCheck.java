package io.partita.broker.record;

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
     * @param recordIndex index in the batch of the first record at fault, −1 when it is the batch as a whole
     * @param reason one sentence for the client and the log
     */
    record Invalid(BatchDefect defect, int recordIndex, String reason) implements BatchCheck {}
}
