package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.RecordBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Logs whose files somebody spoiled while the broker was down. */
class LogDamageFuzzTest {

    private static final int DAMAGES = 1_000;

    /** A closed log of a few segments, epochs and producers: its files, and the records that are in it. */
    private final Map<Path, byte[]> files = new TreeMap<>();
    private final List<String> records = new ArrayList<>();
    private final List<Integer> epochs = new ArrayList<>();
    private final LogConfig config = LogConfig.DEFAULTS.toBuilder().segmentBytes(700).indexIntervalBytes(100).build();

    LogDamageFuzzTest() throws Exception {
        FaultyDisk disk = new FaultyDisk(new Random(1));
        LogFixture fixture = new LogFixture(disk, Path.of("/data")).config(config).start();
        int sequence = 0;
        for (int i = 0; i < 24; i++) {
            ByteBuf batch = i % 3 == 0
                    ? Batches.idempotent(9, 0, sequence, 1_000 + i, "a" + i, "b" + i)
                    : i % 3 == 1 ? Batches.of(1_000 + i, "c" + i) : Batches.transactional(5, 0, i / 3, 1_000 + i, "d" + i);
            sequence += i % 3 == 0 ? 2 : 0;
            long before = fixture.log.logEndOffset();
            assertInstanceOf(AppendResult.Appended.class, fixture.log.append(batch, AppendOrigin.CLIENT, i / 7));
            for (long offset = before; offset < fixture.log.logEndOffset(); offset++) {
                epochs.add(i / 7);
            }
        }
        records.addAll(fixture.readAll(0));
        fixture.stop();
        for (Path file : disk.filesBelow(Path.of("/data"))) {
            files.put(file, disk.readAll(file));
        }
    }

    private FaultyDisk disk(long seed) throws Exception {
        FaultyDisk disk = new FaultyDisk(new Random(seed));
        disk.createDirectories(Path.of("/data/t-0"));
        files.forEach(disk::put);
        return disk;
    }

    @Test
    void noFlippedBitIsServed() throws Exception {
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            if (!file.getKey().toString().endsWith(".log")) {
                continue;
            }
            for (int position = 0; position < file.getValue().length; position++) {
                for (int bit = 0; bit < 8; bit += 3) {
                    FaultyDisk disk = disk(1);
                    byte[] content = file.getValue().clone();
                    content[position] ^= (byte) (1 << bit);
                    disk.put(file.getKey(), content);
                    String where = file.getKey().getFileName() + " position " + position + " bit " + bit;
                    LogFixture fixture = new LogFixture(disk, Path.of("/data")).config(config).start();
                    assertTrue(readsOnlyWhatWasWritten(fixture, where) < records.size(), "all records were read with a flipped bit: " + where);
                }
            }
        }
    }

    /** Reads from every offset; returns how many offsets could be read. */
    private int readsOnlyWhatWasWritten(LogFixture fixture, String where) throws Exception {
        int readable = 0;
        for (int offset = 0; offset < Math.min(records.size(), fixture.log.logEndOffset()); offset++) {
            LogSlice slice = fixture.log.read(offset, 150, Long.MAX_VALUE, true);
            if (!slice.likelyCached()) {
                slice.verify();
            }
            boolean found = false;
            if (slice.error() == ErrorCode.NONE) {
                ByteBuf bytes = Unpooled.buffer();
                slice.copyTo(bytes);
                for (String record : Batches.records(bytes)) {
                    int at = Integer.parseInt(record.substring(0, record.indexOf(':')));
                    assertTrue(at < records.size(), "offset " + at + " was served: " + where);
                    assertEquals(records.get(at), record, where);
                    found |= at == offset;
                }
                checkEpochs(bytes, where);
            }
            slice.release();
            readable += found ? 1 : 0;
        }
        return readable;
    }

    private void checkEpochs(ByteBuf bytes, String where) {
        for (int at = 0; bytes.writerIndex() - at >= RecordBatch.HEADER_BYTES
                && at + RecordBatch.sizeInBytes(bytes, at) <= bytes.writerIndex(); at += RecordBatch.sizeInBytes(bytes, at)) {
            assertEquals(epochs.get((int) RecordBatch.baseOffset(bytes, at)), RecordBatch.leaderEpoch(bytes, at), where);
        }
    }

    @Test
    void anyDamageIsSurvived() throws Exception {
        for (long seed = 0; seed < DAMAGES; seed++) {
            Random random = new Random(seed);
            FaultyDisk disk = disk(seed);
            int damages = 1 + random.nextInt(4);
            for (int i = 0; i < damages; i++) {
                damage(disk, random);
            }
            try {
                LogFixture fixture = new LogFixture(disk, Path.of("/data")).config(config).start();
                fixture.log.open();
                assertTrue(fixture.log.logStartOffset() <= fixture.log.logEndOffset());
                for (long offset = fixture.log.logStartOffset(); offset < fixture.log.logEndOffset(); offset += 1 + random.nextInt(5)) {
                    LogSlice slice = fixture.log.read(offset, 200, Long.MAX_VALUE, true);
                    slice.verify();
                    slice.release();
                }
                fixture.log.lookupByTimestamp(1_010, Long.MAX_VALUE);
                fixture.log.abortedTransactions(0, Long.MAX_VALUE);
                // It takes records again, and has them after a clean restart.
                assertInstanceOf(AppendResult.Appended.class,
                        fixture.log.append(Batches.of(2_000, "new"), AppendOrigin.CLIENT, 9));
                long last = fixture.log.logEndOffset() - 1;
                assertEquals(List.of(last + ":new"), fixture.readAll(last));
                fixture.stop();
                fixture.start();
                assertEquals(List.of(last + ":new"), fixture.readAll(last));
            } catch (CorruptLogException expected) {
                // A look-up met bytes that are no batch, and said so.
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private void damage(FaultyDisk disk, Random random) throws Exception {
        List<Path> all = disk.filesBelow(Path.of("/data")).stream()
                .filter(file -> !file.endsWith("meta.properties") && !file.endsWith(".lock")).toList();
        Path file = all.get(random.nextInt(all.size()));
        byte[] content = disk.readAll(file);
        switch (random.nextInt(6)) {
            case 0 -> disk.delete(file);
            case 1 -> disk.put(file, Arrays.copyOf(content, random.nextInt(content.length + 1)));
            case 2 -> disk.put(file, Arrays.copyOf(content, content.length + random.nextInt(200)));
            case 3 -> {
                random.nextBytes(content);
                disk.put(file, content);
            }
            default -> {
                // A digit of the checkpoint of the epochs may become another one unnoticed: the file has no checksum, and neither has the header.
                if (content.length > 0 && !file.endsWith(FileNames.LEADER_EPOCHS)) {
                    content[random.nextInt(content.length)] ^= (byte) (1 + random.nextInt(255));
                    disk.put(file, content);
                }
            }
        }
    }
}
