package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Ranges beside an array of when each byte was last verified. */
class VerifiedRangesPropertyTest {

    private static final int BYTES = 200;

    @Test
    void nothingIsVouchedForThatWasNotVerifiedSince() {
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            VerifiedRanges ranges = VerifiedRanges.NONE;
            long[] verified = new long[BYTES];
            Arrays.fill(verified, -1);
            long now = 0;
            for (int step = 0; step < 60; step++) {
                now += random.nextInt(20);
                int start = random.nextInt(BYTES);
                int end = start + 1 + random.nextInt(BYTES - start);
                ranges = ranges.with(start, end, now, 15);
                Arrays.fill(verified, start, end, now);
                assertTrue(ranges.covers(start, end, now - 15), "seed " + seed + ": what was just verified");
                int from = random.nextInt(BYTES);
                int to = from + 1 + random.nextInt(BYTES - from);
                long since = now - random.nextInt(60);
                if (ranges.covers(from, to, since)) {
                    for (int i = from; i < to; i++) {
                        assertFalse(verified[i] < since, "seed " + seed + ": byte " + i + " was verified at " + verified[i] + ", not since " + since);
                    }
                }
            }
        }
    }

    @Test
    void readingOnExtendsOneRange() {
        VerifiedRanges ranges = VerifiedRanges.NONE;
        for (int i = 0; i < 1000; i++) {
            ranges = ranges.with(i * 90, i * 90 + 100, i, 60_000);
        }
        assertTrue(ranges.covers(0, 90_000, 0));
        assertTrue(ranges.starts().length == 1);
    }
}
