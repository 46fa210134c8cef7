package io.partita.broker.delay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DueRecordsTest {

    private record Waiting(long offset, int position, long due, long key) {}

    private static final Comparator<Waiting> ORDER = Comparator.comparingLong(Waiting::due).thenComparingLong(Waiting::offset);

    @Test
    void itIsWhatAListSortedByDueTimeWouldBe() {
        for (long seed = 0; seed < 12; seed++) {
            run(new Random(seed), "seed " + seed);
        }
    }

    private static void run(Random random, String run) {
        DueRecords records = new DueRecords();
        TreeMap<Long, Waiting> model = new TreeMap<>();
        List<Waiting> taken = new ArrayList<>();
        long next = 0;
        long now = 0;
        int adding = random.nextInt(10);
        for (int step = 0; step < 3_000; step++) {
            int what = random.nextInt(20);
            if (what < 8 + adding) {
                Waiting one = new Waiting(next, 61 + random.nextInt(1_000), now + random.nextInt(500), random.nextInt(50));
                next += 1 + random.nextInt(3);
                records.add(one.offset, one.position, one.due, one.key);
                model.put(one.offset, one);
            } else if (what == 18 && random.nextInt(10) == 0) {
                long key = 1 + random.nextInt(49);
                int before = model.size();
                model.values().removeIf(one -> one.key == key);
                assertEquals(before - model.size(), records.cancel(key), run);
            } else if (what == 19 && random.nextInt(500) == 0) {
                long below = next - random.nextInt(200);
                model.keySet().removeIf(offset -> offset < below);
                records.removeIf(offset -> offset < below);
            } else if (!taken.isEmpty() && random.nextBoolean()) {
                Waiting one = taken.removeLast();
                assertEquals(model.containsKey(one.offset), records.contains(one.offset), run);
                if (random.nextInt(4) == 0) {
                    records.putBack(one.offset);
                } else {
                    records.remove(one.offset);
                    model.remove(one.offset);
                }
            } else {
                now += random.nextInt(5);
                Waiting first = model.values().stream().filter(one -> !taken.contains(one)).min(ORDER).orElse(null);
                DueRecords.Due due = records.take(now);
                if (first == null || first.due > now) {
                    assertNull(due, run);
                } else {
                    assertEquals(new DueRecords.Due(first.offset, first.position, first.due), due, run);
                    taken.add(first);
                }
            }
            assertEquals(model.size(), records.count(), run);
            if (step % 50 == 0) {
                assertEquals(model.isEmpty() ? Long.MAX_VALUE : model.firstKey(), records.oldestOffset(), run);
            }
        }
    }

    @Test
    void aMillionTakeLessThanAHundredMegabytesAndGiveThemBack() {
        DueRecords records = new DueRecords();
        Random random = new Random(1);
        long most = 0;
        for (int i = 0; i < 1_000_000; i++) {
            records.add(i, 61, random.nextInt(1_000_000), random.nextLong());
            most = Math.max(most, records.bytes());
        }
        assertTrue(most < 100_000_000, most + " bytes");
        long before = -1;
        for (DueRecords.Due due = records.take(Long.MAX_VALUE); due != null; due = records.take(Long.MAX_VALUE)) {
            assertTrue(due.dueMillis() >= before);
            before = due.dueMillis();
            records.remove(due.offset());
        }
        assertTrue(records.isEmpty());
        assertTrue(records.bytes() < 1_000_000, records.bytes() + " bytes");
    }
}
