package io.partita.broker.record;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** A record as tests compare it, whoever wrote or read it. */
record SampleRecord(long offset, long timestamp, byte[] key, byte[] value, List<RecordHeader> headers) {

    /** A record of arbitrary content: keys, values and headers may be absent, null or empty, and values compress now well, now badly. */
    static SampleRecord random(Random random, long offset, long timestamp) {
        var headers = new ArrayList<RecordHeader>();
        for (var i = random.nextInt(8) == 0 ? random.nextInt(4) : 0; i > 0; i--) {
            headers.add(new RecordHeader(random.nextBoolean() ? "trace-é-" + i : "", bytes(random, 20)));
        }
        return new SampleRecord(offset, timestamp, bytes(random, 40), bytes(random, random.nextInt(20) == 0 ? 5000 : 200), headers);
    }

    /** {@code count} random records with dense offsets and timestamps that go forth and back. */
    static List<SampleRecord> randomList(Random random, int count, long baseOffset) {
        var records = new ArrayList<SampleRecord>();
        for (var i = 0; i < count; i++) {
            records.add(random(random, baseOffset + i, 1_700_000_000_000L + random.nextInt(1_000_000)));
        }
        return records;
    }

    private static byte[] bytes(Random random, int max) {
        var length = random.nextInt(max + 2) - 1;
        if (length < 0) {
            return null;
        }
        var bytes = new byte[length];
        if (random.nextBoolean()) {
            random.nextBytes(bytes);
        } else {
            Arrays.fill(bytes, (byte) random.nextInt());
        }
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SampleRecord that
                && offset == that.offset
                && timestamp == that.timestamp
                && Arrays.equals(key, that.key)
                && Arrays.equals(value, that.value)
                && toText(headers).equals(toText(that.headers));
    }

    @Override
    public int hashCode() {
        return Long.hashCode(offset);
    }

    @Override
    public String toString() {
        return "@" + offset + " t" + timestamp + " " + toText(key) + "=" + toText(value) + " " + toText(headers);
    }

    private static String toText(byte[] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }

    private static String toText(List<RecordHeader> headers) {
        var text = new StringBuilder();
        for (var header : headers) {
            text.append(header.key()).append(':').append(toText(header.value())).append(' ');
        }
        return text.toString();
    }
}
