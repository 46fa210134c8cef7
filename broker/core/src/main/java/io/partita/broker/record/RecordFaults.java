package io.partita.broker.record;

import java.util.ArrayList;
import java.util.List;

/** Gathers the records of one batch that a topic does not accept, so that the producer is told of all at once (KIP-467). One thread. */
final class RecordFaults {

    private final List<BatchCheck.RecordFault> named = new ArrayList<>(4);
    private int count;
    /** As with Kafka, one wrong timestamp decides what error the whole batch gets. */
    private BatchDefect defect = BatchDefect.INVALID_RECORD;

    void add(BatchDefect found, int recordIndex, String reason) {
        count++;
        if (found == BatchDefect.INVALID_TIMESTAMP) {
            defect = found;
        }
        if (named.size() < BatchCheck.RECORD_FAULTS_MAX) {
            named.add(new BatchCheck.RecordFault(recordIndex, reason));
        }
    }

    BatchCheck.Invalid invalid() {
        BatchCheck.RecordFault first = named.getFirst();
        return new BatchCheck.Invalid(
                defect, named, count == 1 ? first.reason() : count + " records of the batch are refused. Record " + first.index() + ": " + first.reason());
    }
}
