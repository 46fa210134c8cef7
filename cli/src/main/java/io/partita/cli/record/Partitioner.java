package io.partita.cli.record;

/** Which partition a key goes to, as Kafka's Java clients have it: murmur2 of the key's bytes. */
final class Partitioner {

    private static final int SEED = 0x9747b28c;
    private static final int M = 0x5bd1e995;
    private static final int R = 24;

    private Partitioner() {}

    static int partition(byte[] key, int partitions) {
        return (murmur2(key) & 0x7fffffff) % partitions;
    }

    /** Austin Appleby's hash of 32 bits. */
    static int murmur2(byte[] data) {
        int hash = SEED ^ data.length;
        int whole = data.length & ~3;
        for (int i = 0; i < whole; i += 4) {
            int k = (data[i] & 0xff) | (data[i + 1] & 0xff) << 8 | (data[i + 2] & 0xff) << 16 | (data[i + 3] & 0xff) << 24;
            k *= M;
            k ^= k >>> R;
            hash = hash * M ^ k * M;
        }
        for (int i = data.length - 1; i >= whole; i--) {
            hash ^= (data[i] & 0xff) << 8 * (i - whole);
        }
        if (whole < data.length) {
            hash *= M;
        }
        hash = (hash ^ hash >>> 13) * M;
        return hash ^ hash >>> 15;
    }
}
