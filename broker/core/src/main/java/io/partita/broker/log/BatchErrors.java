package io.partita.broker.log;

import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchDefect;

/** Which error a producer is given for a batch that cannot be taken. */
public final class BatchErrors {

    private BatchErrors() {}

    public static ErrorCode of(BatchDefect defect) {
        return switch (defect) {
            case CORRUPT, UNREADABLE_COMPRESSION -> ErrorCode.CORRUPT_MESSAGE;
            case TOO_LARGE -> ErrorCode.MESSAGE_TOO_LARGE;
            case UNSUPPORTED_MAGIC -> ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT;
            case UNSUPPORTED_COMPRESSION -> ErrorCode.UNSUPPORTED_COMPRESSION_TYPE;
            case INVALID_RECORD -> ErrorCode.INVALID_RECORD;
            case INVALID_TIMESTAMP -> ErrorCode.INVALID_TIMESTAMP;
        };
    }
}
