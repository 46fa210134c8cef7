package io.partita.broker.log;

import io.netty.buffer.ByteBuf;

/**
 * SipHash-2-4 with 128 bits (Aumasson and Bernstein). Compaction tells keys apart by it alone: under a secret, random seed nobody can make two
 * keys meet, and 10⁹ of them do so by chance once in 10²⁰ rounds. One thread at a time; reusable.
 */
final class KeyHash {

    private final long seed0;
    private final long seed1;
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    /** The hash computed last. */
    long high;
    long low;

    KeyHash(long seed0, long seed1) {
        this.seed0 = seed0;
        this.seed1 = seed1;
    }

    /** Computes {@link #high} and {@link #low} of the readable bytes. */
    void compute(ByteBuf key) {
        v0 = seed0 ^ 0x736f6d6570736575L;
        v1 = seed1 ^ 0x646f72616e646f6dL ^ 0xee;
        v2 = seed0 ^ 0x6c7967656e657261L;
        v3 = seed1 ^ 0x7465646279746573L;
        int at = key.readerIndex();
        int length = key.readableBytes();
        int end = at + (length & ~7);
        for (; at < end; at += 8) {
            take(key.getLongLE(at));
        }
        long last = (long) length << 56;
        for (int i = 0; i < (length & 7); i++) {
            last |= (key.getByte(at + i) & 0xffL) << 8 * i;
        }
        take(last);
        v2 ^= 0xee;
        high = finish();
        v1 ^= 0xdd;
        low = finish();
    }

    private void take(long word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }

    private long finish() {
        round();
        round();
        round();
        round();
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
        v0 += v1;
        v2 += v3;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 = Long.rotateLeft(v2, 32);
    }
}
