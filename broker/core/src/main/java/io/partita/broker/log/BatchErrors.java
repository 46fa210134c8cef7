package io.partita.broker.log;

import io.partita.broker.log.AppendResult.RecordError;
import io.partita.broker.log.AppendResult.Refused;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchCheck;
import io.partita.broker.record.BatchDefect;
import java.util.ArrayList;
import java.util.List;

/** Which error a producer is given for a batch that cannot be taken. */
public final class BatchErrors {

    private BatchErrors() {}

    /** What the producer of a batch that cannot be taken is answered. */
    public static Refused refused(BatchCheck.Invalid invalid) {
        List<RecordError> records = new ArrayList<>(invalid.records().size());
        invalid.records().forEach(fault -> records.add(new RecordError(fault.index(), fault.reason())));
        return new Refused(of(invalid.defect()), invalid.reason(), records);
    }

    public static ErrorCode of(BatchDefect defect) {
        return switch (defect) {
            // Producers send again what was damaged on its way. What came as it was made is as wrong the next time.
            case CORRUPT -> ErrorCode.CORRUPT_MESSAGE;
            case TOO_LARGE -> ErrorCode.MESSAGE_TOO_LARGE;
            case UNSUPPORTED_MAGIC -> ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT;
            case UNSUPPORTED_COMPRESSION -> ErrorCode.UNSUPPORTED_COMPRESSION_TYPE;
            case INVALID_RECORD, UNREADABLE_COMPRESSION -> ErrorCode.INVALID_RECORD;
            case INVALID_TIMESTAMP -> ErrorCode.INVALID_TIMESTAMP;
        };
    }
}
