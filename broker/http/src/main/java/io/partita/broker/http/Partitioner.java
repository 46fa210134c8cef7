package io.partita.broker.http;

/** Which partition a record with a key goes to: as Kafka's own producers choose, so that records with one key are together whoever sends them. */
final class Partitioner {

    private Partitioner() {}

    static int partition(byte[] key, int partitions) {
        return (murmur2(key) & 0x7fffffff) % partitions;
    }

    /** MurmurHash2, 32 bits, with the seed that Kafka takes. */
    static int murmur2(byte[] data) {
        int m = 0x5bd1e995;
        int h = 0x9747b28c ^ data.length;
        int whole = data.length / 4;
        for (int i = 0; i < whole; i++) {
            int at = i * 4;
            int k = data[at] & 0xff | (data[at + 1] & 0xff) << 8 | (data[at + 2] & 0xff) << 16 | (data[at + 3] & 0xff) << 24;
            k *= m;
            k ^= k >>> 24;
            k *= m;
            h = h * m ^ k;
        }
        int rest = whole * 4;
        for (int i = data.length % 4 - 1; i >= 0; i--) {
            h ^= (data[rest + i] & 0xff) << 8 * i;
        }
        if (data.length % 4 != 0) {
            h *= m;
        }
        h ^= h >>> 13;
        h *= m;
        return h ^ h >>> 15;
    }
}
