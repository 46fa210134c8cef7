package io.partita.broker.record;

import java.util.Objects;

/** Bytes that should be a batch, a record or a compressed block are not. Carries no stack trace: the bytes are to blame, not the code. */
public final class BatchFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final BatchDefect defect;

    public BatchFormatException(BatchDefect defect, String reason) {
        super(reason, null, false, false);
        this.defect = Objects.requireNonNull(defect);
    }

    public BatchDefect defect() {
        return defect;
    }
}
