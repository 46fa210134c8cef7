package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ProducerTableTest {

    private static ProducerEntry entry(long id, long offset) {
        ProducerEntry entry = new ProducerEntry(id);
        entry.add((short) 0, (int) offset, offset, 0, offset);
        return entry;
    }

    @Test
    void aFrozenViewStaysWhatItWasWhateverIsChanged() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            ProducerTable table = new ProducerTable();
            Map<Long, Long> model = new LinkedHashMap<>();
            List<ProducerTable.Frozen> frozen = new ArrayList<>();
            List<Map<Long, Long>> expected = new ArrayList<>();
            for (int step = 0; step < 6_000; step++) {
                long id = random.nextInt(3_000);
                ProducerEntry known = table.get(id);
                if (known == null) {
                    table.put(entry(id, step));
                } else if (random.nextInt(4) == 0) {
                    table.remove(known);
                    model.remove(id);
                    continue;
                } else {
                    ProducerEntry own = table.forChange(known);
                    own.add((short) 0, step, step, 0, step);
                    table.touch(own);
                    model.remove(id);
                }
                model.put(id, (long) step);
                if (random.nextInt(700) == 0) {
                    frozen.add(table.freeze());
                    expected.add(new TreeMap<>(model));
                }
            }
            List<Long> order = new ArrayList<>();
            table.all().forEach(entry -> order.add(entry.producerId));
            assertEquals(new ArrayList<>(model.keySet()), order, "those heard of last at the end");
            assertEquals(model.size(), table.size());
            for (int i = 0; i < frozen.size(); i++) {
                Map<Long, Long> seen = new TreeMap<>();
                frozen.get(i).entries().forEach(entry -> seen.put(entry.producerId, entry.lastOffset()));
                assertEquals(expected.get(i), seen, "seed " + seed + ", view " + i);
            }
        }
    }

    @Test
    void anEntryRemembersItsLastFiveBatches() {
        Random random = new Random(1);
        ProducerEntry entry = new ProducerEntry(1);
        ArrayDeque<long[]> model = new ArrayDeque<>();
        for (int i = 0; i < 1_000; i++) {
            if (random.nextInt(30) == 0) {
                entry.setEpoch((short) (entry.epoch + 1));
                model.clear();
            }
            int delta = random.nextInt(3);
            int last = Integer.MAX_VALUE - 500 + i & Integer.MAX_VALUE;
            entry.add(entry.epoch < 0 ? 0 : entry.epoch, last, 10L * i, delta, i);
            model.add(new long[] {last, 10L * i, delta, i});
            if (model.size() > 5) {
                model.poll();
            }
            if (random.nextInt(10) == 0) {
                entry = entry.copy();
            }
            for (long[] batch : model) {
                int slot = entry.find((int) (batch[0] - batch[2] & Integer.MAX_VALUE), (int) batch[0]);
                assertEquals(batch[1], entry.lastOffset(slot));
                assertEquals(batch[1] - batch[2], entry.baseOffset(slot));
                assertEquals(batch[3], entry.timestamp(slot));
            }
            assertEquals(last, entry.lastSequence());
        }
        assertEquals(-1, entry.find(3, 4));
        assertNull(new ProducerTable().get(5));
    }
}
