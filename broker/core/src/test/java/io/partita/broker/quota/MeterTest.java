package io.partita.broker.quota;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.TestClock;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Rates as Kafka takes them, and the buckets of KIP-599, in a time that the test makes. */
class MeterTest {

    private static final Windows WINDOWS = Windows.DEFAULTS;

    @Test
    void aFloodIsWaitedOutUntilItsRateIsTheBound() {
        Rate rate = new Rate(WINDOWS);
        // 20,000 bytes in a time that counts as ten seconds are 2,000 a second: twice the bound, so ten more seconds.
        assertEquals(10_000, rate.take(20_000, 1_000, 5_000));
        assertEquals(0, rate.waitMillis(2_000, 5_000));
        assertEquals(10_000, rate.waitMillis(1_000, 5_000));
    }

    @Test
    void whatIsWithinTheBoundIsNotWaitedFor() {
        Rate rate = new Rate(WINDOWS);
        for (long now = 0; now < 60_000; now += 100) {
            assertEquals(0, rate.take(99, 1_000, now), "at " + now);
        }
    }

    @Test
    void whoWaitsAsToldGetsTheBoundInTheLongRun() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Rate rate = new Rate(WINDOWS);
            long now = 0;
            double taken = 0;
            while (now < 600_000) {
                double amount = 1 + random.nextInt(3_000);
                taken += amount;
                now += 1 + rate.take(amount, 1_000, now);
            }
            double perSecond = taken * 1_000 / now;
            assertTrue(perSecond > 850 && perSecond < 1_100, perSecond + " a second with seed " + seed);
        }
    }

    @Test
    void whatIsLongOverCountsNoMore() {
        Rate rate = new Rate(WINDOWS);
        rate.take(1e9, 1_000, 0);
        assertFalse(rate.isSpent(11_000));
        assertTrue(rate.isSpent(11_001));
        assertEquals(0, rate.take(1, 1_000, 12_000));
    }

    @Test
    void aBucketGivesWhileThereIsAnythingInIt() {
        Bucket bucket = new Bucket(WINDOWS);
        // Eleven seconds' worth at five a second.
        assertEquals(0, bucket.take(54, 5, 0));
        assertEquals(1_800, bucket.take(10, 5, 0));
        assertEquals(1_000, bucket.waitMillis(5, 800));
        assertEquals(0, bucket.waitMillis(5, 1_800));
    }

    @Test
    void countsThatSayNothingAreForgotten() {
        TestClock clock = new TestClock();
        ClientQuotas bounds = ClientQuotas.NONE.with(new QuotaAlteration(new QuotaEntity(null, QuotaEntity.DEFAULT, null), Map.of("producer_byte_rate", 10.0)));
        Quotas quotas = new Quotas(() -> bounds, WINDOWS, WINDOWS, Integer.MAX_VALUE, clock);
        for (int i = 0; i < 100_000; i++) {
            quotas.of("ANONYMOUS", "made-up-" + i).take(QuotaKey.PRODUCER_BYTE_RATE, 1);
            clock.advance(1);
        }
        assertTrue(quotas.meterCount() < 40_000, quotas.meterCount() + " counts");
    }
}
