package io.partita.broker.metadata;

import io.partita.broker.protocol.ErrorCode;

/**
 * What became of one part of a command.
 *
 * @param error {@link ErrorCode#NONE} when it was done
 * @param message why it was not done and what would help; {@code null} when it was
 * @param value what came of it; {@code null} when it was not done
 */
public record Result<T>(ErrorCode error, String message, T value) {

    public static <T> Result<T> done(T value) {
        return new Result<>(ErrorCode.NONE, null, value);
    }

    public static <T> Result<T> refused(ErrorCode error, String message) {
        return new Result<>(error, message, null);
    }

    public boolean isDone() {
        return error == ErrorCode.NONE;
    }

    /** The same refusal of something else. */
    <U> Result<U> refusal() {
        return new Result<>(error, message, null);
    }
}
