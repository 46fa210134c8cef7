package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A log whose records expire exactly, with timestamps in any order, beside a list: at any moment a reader gets what has not expired, and nothing else. */
class ExactExpiryPropertyTest {

    private static final int SEEDS = 150;
    private static final int STEPS = 60;

    /** A batch: its first offset, its newest timestamp, its records. */
    private record Written(long offset, long timestamp, List<String> records) {}

    @Test
    void whatHasNotExpiredIsReadAndNothingElse() throws Exception {
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                run(new Random(seed));
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private static void run(Random random) throws Exception {
        LogFixture fixture = new LogFixture();
        long[] retention = {2_000 + random.nextInt(20_000)};
        fixture.config(fixture.config.toBuilder().expireExactly(true).retentionMillis(retention[0]).segmentBytes(500 + random.nextInt(20_000))
                .indexIntervalBytes(random.nextInt(300)).build()).start();
        List<Written> model = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> append(fixture, model, random);
                case 3 -> fixture.clock.advance(random.nextInt(5_000));
                case 4 -> {
                    retention[0] = 2_000 + random.nextInt(20_000);
                    fixture.config(fixture.config.toBuilder().retentionMillis(retention[0]).build());
                    forget(model, fixture.log.logStartOffset());
                    fixture.log.reconfigure(fixture.config);
                }
                case 5 -> {
                    Runnable work = fixture.log.expire(fixture.log.logEndOffset());
                    if (work != null) {
                        work.run();
                    }
                }
                case 6 -> {
                    if (random.nextInt(5) == 0) {
                        fixture.stop();
                        fixture.start();
                    }
                }
                default -> check(fixture, model, retention[0], random);
            }
            // What is gone stays gone, also when the retention grows.
            forget(model, fixture.log.logStartOffset());
        }
        check(fixture, model, retention[0], random);
    }

    private static void append(LogFixture fixture, List<Written> model, Random random) {
        for (int count = 1 + random.nextInt(12); count > 0; count--) {
            long timestamp = fixture.clock.wallMillis() + (random.nextInt(4) == 0 ? random.nextInt(40_000) - 20_000 : 0);
            String[] values = new String[1 + random.nextInt(3)];
            List<String> records = new ArrayList<>();
            long offset = fixture.log.logEndOffset();
            for (int i = 0; i < values.length; i++) {
                values[i] = "v" + (offset + i);
                records.add(offset + i + ":" + values[i]);
            }
            fixture.log.append(Batches.of(timestamp, values), AppendOrigin.CLIENT, 0);
            model.add(new Written(offset, timestamp, records));
        }
    }

    private static void forget(List<Written> model, long start) {
        model.removeIf(batch -> batch.offset + batch.records.size() <= start);
    }

    private static void check(LogFixture fixture, List<Written> model, long retention, Random random) throws Exception {
        long oldest = fixture.clock.wallMillis() - retention;
        List<String> expected = new ArrayList<>();
        model.stream().filter(batch -> batch.timestamp > oldest).forEach(batch -> expected.addAll(batch.records));
        List<String> all = read(fixture, 0, 50 + random.nextInt(3_000));
        assertEquals(expected, all);
        Written first = model.stream().filter(batch -> batch.timestamp > oldest).findFirst().orElse(null);
        fixture.log.expireAllRecords(Long.MAX_VALUE);
        assertEquals(first == null ? fixture.log.logEndOffset() : first.offset, fixture.log.logStartOffset(), "where the log begins");
        long wanted = oldest + 1 + random.nextInt(10_000);
        long found = model.stream().filter(batch -> batch.timestamp >= wanted).mapToLong(Written::offset).findFirst().orElse(-1);
        assertEquals(found, fixture.log.lookupByTimestamp(wanted, Long.MAX_VALUE).offset(), "the first at or after " + wanted);
    }

    private static List<String> read(LogFixture fixture, long from, int maxBytes) throws Exception {
        List<String> all = new ArrayList<>();
        long next = Math.max(from, fixture.log.logStartOffset());
        while (next < fixture.log.logEndOffset()) {
            LogSlice slice = fixture.log.read(next, maxBytes, Long.MAX_VALUE, true);
            slice.verify();
            if (slice.error() == ErrorCode.OFFSET_OUT_OF_RANGE) {
                next = fixture.log.logStartOffset(); // it moved past what has expired
                continue;
            }
            assertEquals(ErrorCode.NONE, slice.error());
            List<String> records = Batches.records(slice);
            if (records.isEmpty()) {
                break;
            }
            for (String record : records) {
                long offset = Long.parseLong(record.substring(0, record.indexOf(':')));
                if (offset >= next) {
                    all.add(record);
                    next = offset + 1;
                }
            }
        }
        return all;
    }
}
