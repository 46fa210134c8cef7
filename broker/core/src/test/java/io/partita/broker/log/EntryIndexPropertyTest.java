package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.env.MemoryDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The indexes beside a plain list of their entries. */
class EntryIndexPropertyTest {

    private record Entry(long offset, int position, long timestamp) {}

    @Test
    void lookUpsGiveWhatAListGives() throws Exception {
        for (long seed = 0; seed < 60; seed++) {
            run(seed);
        }
    }

    private static void run(long seed) throws Exception {
        Random random = new Random(seed);
        MemoryDisk disk = new MemoryDisk();
        disk.createDirectories(Path.of("/d"));
        LogFile offsetFile = new LogFile(disk, new OpenFiles(2), Path.of("/d/index"));
        LogFile timeFile = new LogFile(disk, new OpenFiles(2), Path.of("/d/timeindex"));
        long base = random.nextInt(1000);
        OffsetIndex offsets = new OffsetIndex(offsetFile, base, 0);
        TimeIndex times = new TimeIndex(timeFile, base, 0);
        List<Entry> model = new ArrayList<>();
        for (int step = 0; step < 60; step++) {
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> add(offsets, times, model, base, random);
                case 4 -> {
                    offsets.writeBehind();
                    times.writeBehind();
                }
                case 5 -> {
                    // Opened again, as after a restart
                    offsets.seal();
                    times.seal();
                    offsets = new OffsetIndex(offsetFile, base, offsets.entries());
                    times = new TimeIndex(timeFile, base, times.entries());
                }
                case 6 -> {
                    long from = model.isEmpty() ? base : model.get(random.nextInt(model.size())).offset + random.nextInt(2);
                    offsets.truncateTo(from);
                    times.truncateTo(from);
                    model.removeIf(entry -> entry.offset >= from);
                }
                default -> compare(offsets, times, model, base, random, seed);
            }
        }
        compare(offsets, times, model, base, random, seed);
    }

    private static void add(OffsetIndex offsets, TimeIndex times, List<Entry> model, long base, Random random) {
        int count = random.nextInt(400);
        for (int i = 0; i < count; i++) {
            Entry last = model.isEmpty() ? new Entry(base - 1, 0, 1) : model.getLast();
            Entry entry = new Entry(last.offset + 1 + random.nextInt(5), last.position + 1 + random.nextInt(5000),
                    last.timestamp + 1 + random.nextInt(3));
            offsets.add(entry.offset, entry.position);
            times.add(entry.timestamp, entry.offset);
            model.add(entry);
        }
    }

    private static void compare(OffsetIndex offsets, TimeIndex times, List<Entry> model, long base, Random random, long seed) throws Exception {
        assertEquals(model.size(), offsets.entries(), "seed " + seed);
        assertEquals(model.size(), times.entries(), "seed " + seed);
        for (int i = 0; i < 50; i++) {
            long offset = base - 2 + random.nextInt(model.isEmpty() ? 5 : (int) (model.getLast().offset - base) + 5);
            long timestamp = random.nextInt(model.isEmpty() ? 5 : (int) model.getLast().timestamp + 5);
            Entry byOffset = null;
            Entry byTimestamp = null;
            for (Entry entry : model) {
                byOffset = entry.offset <= offset ? entry : byOffset;
                byTimestamp = entry.timestamp <= timestamp ? entry : byTimestamp;
            }
            assertEquals(byOffset == null ? OffsetIndex.Entry.NONE : new OffsetIndex.Entry(byOffset.offset, byOffset.position),
                    offsets.entryBefore(offset), "seed " + seed + " offset " + offset);
            assertEquals(byTimestamp == null ? TimestampOffset.NONE : new TimestampOffset(byTimestamp.timestamp, byTimestamp.offset),
                    times.floorEntry(timestamp), "seed " + seed + " timestamp " + timestamp);
        }
    }
}
