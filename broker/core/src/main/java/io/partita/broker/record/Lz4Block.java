package io.partita.broker.record;

/** Opens one LZ4 block: sequences of literals, each followed by a copy of up to 64 KB back, the last by none. */
final class Lz4Block {
    /** A byte of a block opens to this many at most (a run of 255s that lengthens a copy). */
    private static final long RATIO_MAX = 255;
    private static final int MIN_MATCH = 4;
    private static final int LENGTH_IN_NEXT_BYTES = 15;

    private Lz4Block() {}

    /**
     * Opens {@code in}[from, to) behind {@code out}'s end.
     *
     * @param openedMax the most a block of its frame may open to
     * @param historyFrom index in {@code out} that copies may reach back to
     */
    static void open(byte[] in, int from, int to, int openedMax, int historyFrom, BoundedBytes out) {
        var room = Math.min(openedMax, out.grow(Math.min(openedMax, RATIO_MAX * (to - from))));
        var start = out.length();
        var end = start + room;
        var bytes = out.array();
        var p = from;
        var d = start;
        while (true) {
            if (p >= to) {
                throw damaged();
            }
            var token = in[p++] & 0xFF;
            var literals = token >>> 4;
            if (literals == LENGTH_IN_NEXT_BYTES) {
                int more;
                do {
                    if (p >= to) {
                        throw damaged();
                    }
                    more = in[p++] & 0xFF;
                    literals += more;
                } while (more == 255 && literals <= room);
            }
            if (literals > to - p) {
                throw damaged();
            }
            if (literals > end - d) {
                throw full(openedMax, room, out);
            }
            System.arraycopy(in, p, bytes, d, literals);
            p += literals;
            d += literals;
            if (p == to) {
                out.advance(d - start);
                return;
            }
            if (to - p < 2) {
                throw damaged();
            }
            var distance = in[p] & 0xFF | (in[p + 1] & 0xFF) << 8;
            p += 2;
            if (distance == 0 || distance > d - historyFrom) {
                throw damaged();
            }
            var match = (token & 0x0F) + MIN_MATCH;
            if (match == LENGTH_IN_NEXT_BYTES + MIN_MATCH) {
                int more;
                do {
                    if (p >= to) {
                        throw damaged();
                    }
                    more = in[p++] & 0xFF;
                    match += more;
                } while (more == 255 && match <= room);
            }
            if (match > end - d) {
                throw full(openedMax, room, out);
            }
            copy(bytes, d - distance, d, match);
            d += match;
        }
    }

    /** Copies forward where source and target may overlap, which repeats the bytes between them. */
    private static void copy(byte[] bytes, int from, int to, int length) {
        var distance = to - from;
        if (distance >= length) {
            System.arraycopy(bytes, from, bytes, to, length);
            return;
        }
        // What has been copied already can be copied again at once: the repeated part doubles each time.
        var done = 0;
        while (done < length) {
            var piece = Math.min(distance + done, length - done);
            System.arraycopy(bytes, from, bytes, to + done, piece);
            done += piece;
        }
    }

    private static BatchFormatException damaged() {
        return Codec.unreadable("lz4", "a block is damaged");
    }

    private static BatchFormatException full(int openedMax, int room, BoundedBytes out) {
        return room < openedMax && out.atBound() ? out.overflow() : damaged();
    }
}
