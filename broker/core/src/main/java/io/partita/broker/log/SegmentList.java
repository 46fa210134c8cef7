package io.partita.broker.log;

import java.util.Arrays;

/** The segments of a log in order, at least one. Immutable: a roll or deletion makes a new list, so readers work on what they got. */
final class SegmentList {

    private final Segment[] segments;

    SegmentList(Segment... segments) {
        this.segments = segments;
    }

    int count() {
        return segments.length;
    }

    Segment get(int index) {
        return segments[index];
    }

    Segment first() {
        return segments[0];
    }

    Segment last() {
        return segments[segments.length - 1];
    }

    /** Index of the segment that holds {@code offset} if any does: the last one that begins at or before it; -1 when all begin after it. */
    int floor(long offset) {
        int high = segments.length - 1;
        if (segments[high].baseOffset <= offset) {
            return high; // the tail is where most reads are
        }
        int low = 0;
        high--;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (segments[middle].baseOffset <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** Whether {@code part} stands here in this order, without a gap and without the last segment. Returns where it begins, or -1. */
    int indexOf(Segment[] part) {
        for (int from = 0; from + part.length < segments.length; from++) {
            if (segments[from] == part[0]) {
                return Arrays.equals(segments, from, from + part.length, part, 0, part.length) ? from : -1;
            }
        }
        return -1;
    }

    /** The offset at which segment {@code index} ends, given that the log ends at {@code logEndOffset}. */
    long endOffset(int index, long logEndOffset) {
        return index + 1 < segments.length ? segments[index + 1].baseOffset : logEndOffset;
    }

    long sizeInBytes() {
        long bytes = 0;
        for (Segment segment : segments) {
            bytes += segment.size();
        }
        return bytes;
    }

    /** Closes the files as soon as nobody uses them. They open again when needed. */
    void close() {
        for (Segment segment : segments) {
            segment.close();
        }
    }

    SegmentList with(Segment appended) {
        Segment[] all = Arrays.copyOf(segments, segments.length + 1);
        all[segments.length] = appended;
        return new SegmentList(all);
    }

    SegmentList from(int first) {
        return new SegmentList(Arrays.copyOfRange(segments, first, segments.length));
    }

    SegmentList upTo(int count) {
        return new SegmentList(Arrays.copyOf(segments, count));
    }

    /** This list with the segments [{@code from}, {@code to}) replaced. */
    SegmentList replaced(int from, int to, Segment... replacement) {
        Segment[] all = new Segment[segments.length - (to - from) + replacement.length];
        System.arraycopy(segments, 0, all, 0, from);
        System.arraycopy(replacement, 0, all, from, replacement.length);
        System.arraycopy(segments, to, all, from + replacement.length, segments.length - to);
        return new SegmentList(all);
    }

    Segment[] slice(int from, int to) {
        return Arrays.copyOfRange(segments, from, to);
    }
}
