package io.partita.operator.cluster;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BrokerSignsTest {

    private static final ZonedDateTime EARLY = ZonedDateTime.parse("2026-01-01T00:00:00Z");

    private final AtomicLong nanos = new AtomicLong(5);
    private final BrokerSigns signs = new BrokerSigns(nanos::get);

    @Test
    void aBrokerIsThereWhileItRenews() {
        // Given
        signs.seen(lease("p", EARLY));
        // Then
        pass(19);
        assertTrue(signs.isThere(lease("p", EARLY), 0));
        pass(1);
        assertFalse(signs.isThere(lease("p", EARLY), 0));
        // When it renews, by whatever clock it has
        signs.seen(lease("p", EARLY.minusHours(1)));
        // Then
        assertTrue(signs.isThere(lease("p", EARLY.minusHours(1)), 0));
    }

    @Test
    void whoHasGivenItsLeaseUpIsAwayAtOnce() {
        signs.seen(lease("p", EARLY));
        assertFalse(signs.isThere(lease("", EARLY), 0));
    }

    @Test
    void nobodyIsAwayForATimeInWhichNobodyCouldBeHeard() {
        // Given
        signs.seen(lease("p", EARLY));
        pass(100);
        // When the API server is back since a moment
        long since = nanos.get() - Duration.ofSeconds(3).toNanos();
        // Then
        assertTrue(signs.isThere(lease("p", EARLY), since));
        pass(17);
        assertFalse(signs.isThere(lease("p", EARLY), since));
    }

    private void pass(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    private static Lease lease(String holder, ZonedDateTime renewed) {
        return new LeaseBuilder()
                .withNewMetadata()
                .withName("main-0")
                .withNamespace("shop")
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity(holder)
                .withLeaseDurationSeconds(20)
                .withRenewTime(renewed)
                .endSpec()
                .build();
    }
}
