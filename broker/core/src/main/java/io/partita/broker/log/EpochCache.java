package io.partita.broker.log;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which leader epoch wrote which offsets: for every epoch the offset of its first record. Followers and consumers find with it where two
 * histories part (KIP-101, KIP-320). In memory; the log writes it to {@code leader-epoch-checkpoint} when it flushes and rebuilds what came
 * later from the batches.
 *
 * <p>Threads: changed by the log's owner, read by any thread.
 */
public final class EpochCache {

    /** No epoch is known. */
    public static final int UNDEFINED_EPOCH = -1;
    /** No offset belongs to the epoch asked for. */
    public static final long UNDEFINED_OFFSET = -1;

    private record Entries(int[] epochs, long[] startOffsets) {}

    private static final Entries EMPTY = new Entries(new int[0], new long[0]);

    private volatile Entries entries = EMPTY;

    /** The epoch that is led in, or else of the last record; {@link #UNDEFINED_EPOCH} when there is none. It may have no record yet. */
    public int latestEpoch() {
        int[] epochs = entries.epochs;
        return epochs.length == 0 ? UNDEFINED_EPOCH : epochs[epochs.length - 1];
    }

    /** Number of epochs known. */
    public int size() {
        return entries.epochs.length;
    }

    /**
     * The largest epoch ≤ {@code epoch} and the offset after its last record, as OffsetForLeaderEpoch answers.
     * {@code logEndOffset} ends the latest epoch.
     */
    public EpochEndOffset endOffsetFor(int epoch, long logEndOffset) {
        Entries current = entries;
        int length = current.epochs.length;
        if (epoch < 0 || length == 0 || epoch > current.epochs[length - 1]) {
            return EpochEndOffset.UNDEFINED;
        }
        if (epoch == current.epochs[length - 1]) {
            return new EpochEndOffset(epoch, logEndOffset);
        }
        int floor = floor(current, epoch);
        if (floor < 0) {
            // Older than all that is known: it ended where the first known one begins.
            return new EpochEndOffset(epoch, current.startOffsets[0]);
        }
        return new EpochEndOffset(current.epochs[floor], current.startOffsets[floor + 1]);
    }

    /** The epoch that wrote {@code offset}, {@link #UNDEFINED_EPOCH} when that is not known. */
    public int epochOf(long offset) {
        Entries current = entries;
        for (int i = current.epochs.length - 1; i >= 0; i--) {
            if (current.startOffsets[i] <= offset) {
                return current.epochs[i];
            }
        }
        return UNDEFINED_EPOCH;
    }

    /** Notes that {@code epoch} begins at {@code startOffset}. Returns whether that is news. An epoch below the latest one changes nothing. */
    boolean assign(int epoch, long startOffset) {
        Entries current = entries;
        int length = current.epochs.length;
        if (epoch < 0 || length > 0 && epoch <= current.epochs[length - 1]) {
            return false;
        }
        // An epoch that wrote nothing begins where the next one does: it leaves no trace.
        int kept = length;
        while (kept > 0 && current.startOffsets[kept - 1] >= startOffset) {
            kept--;
        }
        int[] epochs = Arrays.copyOf(current.epochs, kept + 1);
        long[] startOffsets = Arrays.copyOf(current.startOffsets, kept + 1);
        epochs[kept] = epoch;
        startOffsets[kept] = startOffset;
        entries = new Entries(epochs, startOffsets);
        return true;
    }

    /** Forgets the epochs above {@code epoch}, which the leader of that epoch says cannot have been. */
    void dropAbove(int epoch) {
        Entries current = entries;
        int kept = current.epochs.length;
        while (kept > 0 && current.epochs[kept - 1] > epoch) {
            kept--;
        }
        entries = new Entries(Arrays.copyOf(current.epochs, kept), Arrays.copyOf(current.startOffsets, kept));
    }

    /** Forgets what begins at or after {@code endOffset}: the log was truncated to there, and who led there without a record may have led in vain. */
    void truncateFromEnd(long endOffset) {
        Entries current = entries;
        int kept = current.epochs.length;
        while (kept > 0 && current.startOffsets[kept - 1] >= endOffset) {
            kept--;
        }
        if (kept < current.epochs.length) {
            entries = new Entries(Arrays.copyOf(current.epochs, kept), Arrays.copyOf(current.startOffsets, kept));
        }
    }

    /** Forgets what begins after {@code endOffset}, where the log was found to end. An epoch that begins there has no record yet, or none any more. */
    void endAt(long endOffset) {
        truncateFromEnd(endOffset + 1);
    }

    /** The offset at which the latest epoch begins, {@link #UNDEFINED_OFFSET} when there is none. */
    long latestStartOffset() {
        long[] startOffsets = entries.startOffsets;
        return startOffsets.length == 0 ? UNDEFINED_OFFSET : startOffsets[startOffsets.length - 1];
    }

    /** Forgets what ended at or before {@code startOffset}, the log's new start; the epoch there begins at it. */
    void truncateFromStart(long startOffset) {
        Entries current = entries;
        int length = current.epochs.length;
        int first = 0;
        while (first + 1 < length && current.startOffsets[first + 1] <= startOffset) {
            first++;
        }
        if (length == 0 || first == 0 && current.startOffsets[0] >= startOffset) {
            return;
        }
        int[] epochs = Arrays.copyOfRange(current.epochs, first, length);
        long[] startOffsets = Arrays.copyOfRange(current.startOffsets, first, length);
        startOffsets[0] = Math.max(startOffsets[0], startOffset);
        entries = new Entries(epochs, startOffsets);
    }

    void clear() {
        entries = EMPTY;
    }

    byte[] format() {
        Entries current = entries;
        List<String> lines = new ArrayList<>(current.epochs.length);
        for (int i = 0; i < current.epochs.length; i++) {
            lines.add(current.epochs[i] + " " + current.startOffsets[i]);
        }
        return CheckpointFile.format(lines);
    }

    /** Takes the entries of a checkpoint file; returns whether it was whole and in order. */
    boolean parse(byte[] content) {
        List<String> lines = CheckpointFile.parse(content);
        if (lines == null) {
            return false;
        }
        int[] epochs = new int[lines.size()];
        long[] startOffsets = new long[lines.size()];
        for (int i = 0; i < epochs.length; i++) {
            String line = lines.get(i);
            int space = line.indexOf(' ');
            long epoch = space < 0 ? -1 : CheckpointFile.number(line.substring(0, space));
            long startOffset = space < 0 ? -1 : CheckpointFile.number(line.substring(space + 1));
            if (epoch < 0 || epoch > Integer.MAX_VALUE || startOffset < 0
                    || i > 0 && (epoch <= epochs[i - 1] || startOffset <= startOffsets[i - 1])) {
                return false;
            }
            epochs[i] = (int) epoch;
            startOffsets[i] = startOffset;
        }
        entries = new Entries(epochs, startOffsets);
        return true;
    }

    private static int floor(Entries current, int epoch) {
        int found = -1;
        for (int i = 0; i < current.epochs.length && current.epochs[i] <= epoch; i++) {
            found = i;
        }
        return found;
    }

    /** An epoch and the offset after its last record; {@link #UNDEFINED} when the log knows neither. */
    public record EpochEndOffset(int epoch, long endOffset) {
        public static final EpochEndOffset UNDEFINED = new EpochEndOffset(UNDEFINED_EPOCH, UNDEFINED_OFFSET);
    }
}
