package io.partita.broker.log;

import java.util.Arrays;

/**
 * Which parts of a segment's file were read and found whole a while ago or less. A range [start, end) begins at a batch and vouches for
 * every batch that lies in it completely. Immutable; ranges are sorted and do not touch.
 */
record VerifiedRanges(int[] starts, int[] ends, long[] verifiedMillis) {

    static final VerifiedRanges NONE = new VerifiedRanges(new int[0], new int[0], new long[0]);

    /** More ranges than this are not worth remembering; forgetting one costs another verification, nothing else. */
    private static final int RANGES_MAX = 32;

    /** Whether all whole batches of [start, end) were verified at or after {@code sinceMillis}; {@code start} is where a batch begins. */
    boolean covers(int start, int end, long sinceMillis) {
        for (int i = starts.length - 1; i >= 0; i--) {
            if (starts[i] <= start) {
                return end <= ends[i] && verifiedMillis[i] >= sinceMillis;
            }
        }
        return false;
    }

    /**
     * These ranges and [start, end), verified at {@code nowMillis}. A neighbour grows into it only when it was verified at about the same time,
     * so that the age of a range is that of its oldest part.
     */
    VerifiedRanges with(int start, int end, long nowMillis, long sameMillis) {
        int count = starts.length;
        int[] newStarts = new int[count + 1];
        int[] newEnds = new int[count + 1];
        long[] newMillis = new long[count + 1];
        int size = 0;
        int mergedStart = start;
        int mergedEnd = end;
        long mergedMillis = nowMillis;
        boolean placed = false;
        for (int i = 0; i < count; i++) {
            boolean apart = ends[i] < mergedStart || starts[i] > mergedEnd;
            if (!apart && nowMillis - verifiedMillis[i] <= sameMillis) {
                mergedStart = Math.min(mergedStart, starts[i]);
                mergedEnd = Math.max(mergedEnd, ends[i]);
                mergedMillis = Math.min(mergedMillis, verifiedMillis[i]);
            } else if (apart) {
                if (!placed && starts[i] > mergedEnd) {
                    newStarts[size] = mergedStart;
                    newEnds[size] = mergedEnd;
                    newMillis[size++] = mergedMillis;
                    placed = true;
                }
                newStarts[size] = starts[i];
                newEnds[size] = ends[i];
                newMillis[size++] = verifiedMillis[i];
            }
            // What overlaps and is older is forgotten: the rest of it will be verified again when it is read.
        }
        if (!placed) {
            newStarts[size] = mergedStart;
            newEnds[size] = mergedEnd;
            newMillis[size++] = mergedMillis;
        }
        int from = Math.max(0, size - RANGES_MAX);
        return new VerifiedRanges(Arrays.copyOfRange(newStarts, from, size), Arrays.copyOfRange(newEnds, from, size),
                Arrays.copyOfRange(newMillis, from, size));
    }
}
