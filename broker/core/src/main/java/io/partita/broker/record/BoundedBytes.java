package io.partita.broker.record;

import java.util.Arrays;

/** Bytes a codec opens into: an array that grows as they come, up to a bound. */
final class BoundedBytes {
    private static final int INITIAL_BYTES = 4096;

    private final int max;
    private byte[] array;
    private int length;

    /** {@code max}: the most bytes it may hold; one more makes {@link #advance} throw. */
    BoundedBytes(int max) {
        this.max = max;
        array = new byte[Math.min(max, INITIAL_BYTES)];
    }

    byte[] array() {
        return array;
    }

    int length() {
        return length;
    }

    /** Room behind {@link #length} without growing. */
    int room() {
        return array.length - length;
    }

    /** Whether there is no room left and none can be made. */
    boolean atBound() {
        return array.length >= max;
    }

    /** Makes room for {@code bytes} more, or as many as the bound leaves; returns the room there is now. */
    int grow(long bytes) {
        var wanted = Math.min(max, length + bytes);
        if (wanted > array.length) {
            array = Arrays.copyOf(array, (int) Math.min(max, Math.max(wanted, 2L * array.length)));
        }
        return room();
    }

    /** Counts bytes written into {@link #array} behind {@link #length}. */
    void advance(int bytes) {
        if (bytes > room()) {
            throw overflow();
        }
        length += bytes;
    }

    /** That the compressed data opens to more than the bound. */
    BatchFormatException overflow() {
        return new BatchFormatException(
                BatchDefect.UNREADABLE_COMPRESSION, "The compressed data opens to more than the allowed " + max + " bytes.");
    }
}
