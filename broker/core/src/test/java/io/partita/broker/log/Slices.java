package io.partita.broker.log;

/** Pieces of logs that are nothing but a size. */
public final class Slices {

    private Slices() {}

    public static LogSlice of(int bytes) {
        return bytes == 0 ? LogSlice.empty() : LogSlice.sought(bytes, LogSlice::empty);
    }
}
