package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.ConfigChange;
import io.partita.broker.metadata.ConfigAlteration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How long a replica takes to catch up, by the clock of a simulated cluster, where Kafka's settings bound it. */
class ThrottledCatchUpTest {

    private static final int RECORDS = 100;
    private static final int RECORD_BYTES = 500;
    private static final long RATE = 5_000;

    private final CalmCluster cluster = new CalmCluster(3, Map.of());

    private static ConfigAlteration set(ConfigAlteration.Target target, String name, String value) {
        return new ConfigAlteration(target, List.of(new ConfigChange(name, ConfigChange.Kind.SET, value)), false);
    }

    private long moveMillis() {
        cluster.create("t", List.of(List.of(1, 2)), Map.of());
        for (int i = 0; i < RECORDS; i++) {
            cluster.produce("t", 0, RECORD_BYTES);
        }
        cluster.reassign("t", 0, List.of(1, 3));
        return cluster.until("the move", () -> cluster.partition("t", 0).replicas().equals(List.of(1, 3)));
    }

    private void throttle(String which, int broker, String replicas) {
        cluster.create("t", List.of(List.of(1, 2)), Map.of(which + ".replication.throttled.replicas", replicas));
        cluster.alter(set(new ConfigAlteration.Broker(broker), which + ".replication.throttled.rate", Long.toString(RATE)));
        for (int i = 0; i < RECORDS; i++) {
            cluster.produce("t", 0, RECORD_BYTES);
        }
    }

    private long throttledMoveMillis() {
        cluster.reassign("t", 0, List.of(1, 3));
        return cluster.until("the move", () -> cluster.partition("t", 0).replicas().equals(List.of(1, 3)));
    }

    private static void isThrottled(long millis) {
        long at = RECORDS * RECORD_BYTES * 1_000L / RATE;
        assertTrue(millis > at && millis < 2 * at, millis + " ms, and " + at + " ms at the rate that is allowed");
    }

    @Test
    void aMoveThatNobodyThrottlesTakesAsLongAsItTakes() {
        long millis = moveMillis();
        assertTrue(millis < 1_000, millis + " ms");
    }

    @Test
    void aFollowerThatCatchesUpTakesNoMoreThanItsRate() {
        throttle("follower", 3, "0:3");
        isThrottled(throttledMoveMillis());
    }

    @Test
    void aLeaderSendsThoseWhoCatchUpNoMoreThanItsRate() {
        throttle("leader", 1, "*");
        isThrottled(throttledMoveMillis());
    }

    @Test
    void othersAreNotHeldUpByTheRateOfAFew() {
        throttle("follower", 3, "0:2,1:3");
        long millis = throttledMoveMillis();
        assertTrue(millis < 1_000, millis + " ms");
    }

    @Test
    void aRateThatIsTakenAwayHoldsNobodyUpAnyMore() {
        throttle("leader", 1, "0:1");
        cluster.reassign("t", 0, List.of(1, 3));
        cluster.loop.advance(1_000);
        cluster.alter(new ConfigAlteration(new ConfigAlteration.Broker(1),
                List.of(new ConfigChange("leader.replication.throttled.rate", ConfigChange.Kind.DELETE, null)), false));
        long millis = cluster.until("the move", () -> cluster.partition("t", 0).replicas().equals(List.of(1, 3)));
        assertTrue(millis < 2_000, millis + " ms");
    }
}
