package io.partita.broker.log;

/**
 * An active producer of a log, as DescribeProducers shows it.
 *
 * @param lastSequence -1 when no batch of this epoch is known
 * @param lastTimestamp milliseconds, -1 when not known
 * @param coordinatorEpoch -1 when no transaction has ended here
 * @param transactionStartOffset first offset of its open transaction, -1 when there is none
 * @param lastMarkerOffset where a transaction of it ended last, -1 when that was before the log was loaded, or never
 */
public record ProducerDescription(
        long producerId,
        short epoch,
        int lastSequence,
        long lastTimestamp,
        int coordinatorEpoch,
        long transactionStartOffset,
        long lastMarkerOffset) {

    /** Whether a transaction that it began in {@code inEpoch} is open. */
    public boolean isInTransaction(short inEpoch) {
        return transactionStartOffset >= 0 && epoch == inEpoch;
    }
}
