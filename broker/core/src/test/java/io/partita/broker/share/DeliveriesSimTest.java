package io.partita.broker.share;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.share.state.StateBatch;
import io.partita.broker.share.state.StoredStates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A share-partition under random members, locks that run out, acknowledgements that come late, stores that come later or never, and leaders that fall at every
 * step. A record that was accepted, and stored so, is never given out again; one that was not is given out until its time is up, and counted right.
 */
class DeliveriesSimTest {

    private static final int RECORDS = 400;
    private static final int LIMIT = 4;
    private static final SharePartitionConfig CONFIG = SharePartitionConfig.DEFAULTS.withDeliveryLimit(LIMIT).withLocksMax(120);

    private final TreeMap<String, List<Acquired>> held = new TreeMap<>();
    /** What the next leader will know, and what is on its way there. */
    private StoredStates stored;
    private List<StateBatch> underWay;
    private long underWayStart;
    private Deliveries deliveries;
    private long now;
    /** By record: how often it was given out as the leaders since its last release that was stored know it, and whether that it is done with is stored. */
    private final int[] given = new int[RECORDS];
    private final boolean[] doneStored = new boolean[RECORDS];
    private final boolean[] done = new boolean[RECORDS];
    private Random random;
    private boolean isPatient;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233})
    void nothingIsLostAndNothingThatIsStoredComesBack(long seed) {
        random = new Random(seed);
        isPatient = seed % 2 == 0;
        stored = new StoredStates(0);
        deliveries = new Deliveries(0, List.of(), null);
        for (int step = 0; step < 4_000 && stored.startOffset() < RECORDS; step++) {
            now++;
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4, 5, 6 -> fetch();
                case 7, 8, 9, 10, 11, 12 -> acknowledge();
                case 13, 14 -> beginStore();
                case 15, 16, 17 -> endStore();
                case 18 -> expire();
                default -> {
                    if (random.nextInt(8) == 0) {
                        fail();
                    } else {
                        leave();
                    }
                }
            }
            check();
        }
        // Whoever is left works properly until there is nothing any more.
        for (int round = 0; round < 10_000 && stored.startOffset() < RECORDS; round++) {
            now += 5;
            expire();
            fetch();
            held.forEach((member, ranges) -> List.copyOf(ranges).forEach(range -> acknowledge(member, range, (byte) 1)));
            beginStore();
            endStore();
        }
        assertEquals(RECORDS, stored.startOffset());
        for (int i = 0; i < RECORDS; i++) {
            assertTrue(done[i], "record " + i + " is passed over, and nobody accepted it or had it for the last time");
        }
    }

    /** In half of the runs records are kept back for a while. */
    private Retry retry() {
        return isPatient ? new Retry(LIMIT, now, 15, 60) : Retry.atOnce(LIMIT);
    }

    private void fetch() {
        long next = deliveries.nextOffset(CONFIG.locksMax());
        if (next < 0 || next >= RECORDS) {
            return;
        }
        String member = "m" + random.nextInt(4);
        var acquisition = deliveries.new Acquisition(member, now + 40, Turn.inOrder(next), 1 + random.nextInt(30), random.nextBoolean(), 8, CONFIG);
        for (long base = next / 7 * 7; base < RECORDS && !acquisition.isFull(); base += 7) {
            acquisition.take(base, Math.min(RECORDS - 1, base + 6));
        }
        for (Acquired range : acquisition.acquired()) {
            for (long at = range.firstOffset(); at <= range.lastOffset(); at++) {
                assertTrue(!doneStored[(int) at], "record " + at + " is given out although it is stored that it is done with");
                assertTrue(range.deliveryCount() <= LIMIT, "record " + at + " is given out for the " + range.deliveryCount() + "th time");
                assertEquals(given[(int) at] + 1, range.deliveryCount(), "record " + at);
                given[(int) at]++;
            }
            held.computeIfAbsent(member, of -> new ArrayList<>()).add(range);
        }
    }

    private void acknowledge() {
        List<String> members = held.keySet().stream().filter(member -> !held.get(member).isEmpty()).toList();
        if (members.isEmpty()) {
            return;
        }
        String member = members.get(random.nextInt(members.size()));
        List<Acquired> ranges = held.get(member);
        acknowledge(member, ranges.get(random.nextInt(ranges.size())), (byte) (1 + random.nextInt(4)));
    }

    private void acknowledge(String member, Acquired range, byte type) {
        held.get(member).remove(range);
        var batches = List.of(new AcknowledgeBatch(range.firstOffset(), range.lastOffset(), new byte[] {type}));
        if (deliveries.check(member, batches, 0) != ErrorCode.NONE) {
            // Late: the lock ran out, or another leader does not know of it.
            return;
        }
        deliveries.acknowledge(batches, 0, now + 40, retry());
        for (long at = range.firstOffset(); at <= range.lastOffset(); at++) {
            boolean isOver = type == 1 || type == 3 || type == 2 && given[(int) at] >= LIMIT;
            done[(int) at] |= isOver;
        }
        if (type == 4) {
            held.get(member).add(range);
        }
    }

    private void expire() {
        for (long at = deliveries.startOffset(); at < deliveries.endOffset(); at++) {
            if (deliveries.state(at) == StateBatch.ACQUIRED && given[(int) at] >= LIMIT && deliveries.isLockedUntil(at, now)) {
                done[(int) at] = true;
            }
        }
        deliveries.expire(now, retry());
    }

    private void leave() {
        String member = "m" + random.nextInt(4);
        for (long at = deliveries.startOffset(); at < deliveries.endOffset(); at++) {
            if (member.equals(deliveries.memberOf(at))) {
                given[(int) at]--;
            }
        }
        deliveries.giveBack(member);
        held.remove(member);
    }

    private void beginStore() {
        if (underWay == null && deliveries.isDirty()) {
            underWayStart = deliveries.startOffset();
            underWay = deliveries.takeChanges();
        }
    }

    private void endStore() {
        if (underWay != null) {
            stored.put(underWayStart, underWay);
            underWay = null;
            for (int i = 0; i < RECORDS; i++) {
                doneStored[i] = i < stored.startOffset() || StateBatch.isFinal(stored.state(i));
            }
        }
    }

    /** The leader falls: what was under way may have been stored, or not. */
    private void fail() {
        if (random.nextBoolean()) {
            endStore();
        }
        underWay = null;
        deliveries = new Deliveries(stored.startOffset(), stored.batches(), null);
        for (int i = 0; i < RECORDS; i++) {
            given[i] = doneStored[i] ? LIMIT : stored.deliveryCount(i);
            done[i] = doneStored[i];
        }
    }

    private void check() {
        assertTrue(deliveries.startOffset() <= deliveries.endOffset());
        assertTrue(deliveries.runCount() <= RECORDS);
        int complete = 0;
        for (long at = deliveries.startOffset(); at < deliveries.endOffset(); at++) {
            complete += StateBatch.isFinal(deliveries.state(at)) ? 1 : 0;
        }
        assertEquals(complete, deliveries.completeCount());
        assertTrue(Arrays.stream(given).allMatch(count -> count >= 0 && count <= LIMIT));
    }
}
