package io.partita.broker.protocol;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes nobody should send: they are refused as malformed, or read, and in neither case take more memory than they may. */
class MessageFuzzTest {

    private static final int ROUNDS = 40;
    private static final int HEAP_BYTES_MAX = 256 << 10;
    /** Above the budget: what the charges round down, and what the JVM allocates for the test itself. */
    private static final int HEAP_BYTES_SLACK = 256 << 10;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static List<Class<? extends Message>> messages() throws Exception {
        return Messages.all();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void hostileBytesAreRefusedWithinTheBudget(Class<? extends Message> type) {
        for (int version = Messages.lowestVersion(type); version <= Messages.highestVersion(type); version++) {
            for (int round = 0; round < ROUNDS; round++) {
                long seed = 1000L * version + round;
                var random = new Random(seed);
                // Given
                ByteBuf bytes = round % 4 == 0 ? noise(random) : damaged(type, version, random);
                // When
                long before = THREADS.getCurrentThreadAllocatedBytes();
                boolean refused = read(type, bytes, version, seed);
                long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
                // Then
                assertTrue(allocated <= HEAP_BYTES_MAX + HEAP_BYTES_SLACK, () -> type.getSimpleName() + ", seed " + seed + ": " + allocated
                        + " bytes of memory for " + bytes.readableBytes() + " bytes " + (refused ? "refused" : "read"));
            }
        }
    }

    private static boolean read(Class<? extends Message> type, ByteBuf bytes, int version, long seed) {
        try {
            Messages.create(type).read(new MessageReader(bytes, DecoderLimits.SERVED.withinHeapBytes(HEAP_BYTES_MAX)), (short) version);
            return false;
        } catch (MalformedMessageException e) {
            return true;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(type.getSimpleName() + " v" + version + ", seed " + seed, e);
        }
    }

    private static ByteBuf noise(Random random) {
        byte[] bytes = new byte[random.nextInt(random.nextBoolean() ? 40 : 200_000)];
        random.nextBytes(bytes);
        // Long runs of small numbers look most like counts, lengths and empty structures.
        int mask = new int[] {0xff, 0x0f, 0x03, 0x01, 0x00}[random.nextInt(5)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] &= (byte) mask;
        }
        ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
        if (bytes.length > 64) {
            // Counts of an array's elements, in both forms, that the bytes left can hold.
            int at = random.nextInt(48);
            int count = random.nextInt(bytes.length);
            switch (random.nextInt(3)) {
                case 0 -> buffer.setInt(at, count);
                case 1 -> buffer.setMedium(at, 0x808000 | (count & 0x7f) << 16 | (count >> 7 & 0x7f) << 8 | count >> 14);
                default -> buffer.setInt(0, bytes.length / 3);
            }
        }
        return buffer;
    }

    /** A valid message with one or a few things wrong. */
    private static ByteBuf damaged(Class<? extends Message> type, int version, Random random) {
        ByteBuf bytes = Messages.write(new RandomMessages(random).message(type, RandomMessages.Shape.WHOLE), version);
        for (int wounds = 1 + random.nextInt(3); wounds > 0 && bytes.isReadable(8); wounds--) {
            int at = random.nextInt(bytes.readableBytes() - 4);
            switch (random.nextInt(6)) {
                case 0 -> bytes.writerIndex(at + 1);
                case 1 -> bytes.setByte(at, random.nextInt());
                case 2 -> bytes.setByte(at, bytes.getByte(at) ^ 1 << random.nextInt(8));
                case 3 -> bytes.setInt(at, random.nextInt(1 << random.nextInt(1, 31)));
                case 4 -> bytes.setInt(at, 0x80000000 >> random.nextInt(32));
                default -> bytes.setBytes(at, new byte[] {-1, -1, -1, -1});
            }
        }
        return bytes;
    }
}
