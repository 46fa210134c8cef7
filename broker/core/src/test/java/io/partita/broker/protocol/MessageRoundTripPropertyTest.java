package io.partita.broker.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random messages in all versions, through our codec and Kafka's. */
class MessageRoundTripPropertyTest {

    private static final int ROUNDS = 25;

    static List<Class<? extends Message>> messages() throws Exception {
        return Messages.all();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void kafkaReadsWhatWeWriteAndWritesTheSameBytes(Class<? extends Message> type) throws Exception {
        KafkaTwin twin = KafkaTwin.of(type);
        if (type.getSimpleName().matches(".*(Request|Response)")) {
            assertNotNull(twin);
            assertEquals(twin.highestVersion(), Messages.highestVersion(type));
        }
        for (int version = Messages.lowestVersion(type); version <= Messages.highestVersion(type); version++) {
            for (int round = 0; round < ROUNDS; round++) {
                long seed = 1000L * version + round;
                String where = type.getSimpleName() + " v" + version + ", seed " + seed;
                // Given
                boolean common = twin != null && twin.knows(version);
                var random = new RandomMessages(new Random(seed));
                Message written = random.message(type, common ? twin.shape(version) : RandomMessages.Shape.WHOLE);
                // When
                ByteBuf bytes = Messages.write(written, version);
                // Then
                Message read = readAll(type, bytes, version, where);
                assertArrayEquals(KafkaTwin.copy(bytes), KafkaTwin.copy(Messages.write(read, version)), where);
                if (common) {
                    var kafkas = twin.read(bytes, version);
                    assertNull(KafkaTwin.difference(written, kafkas), where);
                    assertNull(KafkaTwin.difference(read, kafkas), where);
                    assertArrayEquals(KafkaTwin.copy(bytes), KafkaTwin.write(kafkas, version), where);
                }
                fromDirectMemory(type, bytes, version, where);
            }
        }
    }

    private static Message readAll(Class<? extends Message> type, ByteBuf bytes, int version, String where) {
        Message message = Messages.create(type);
        var reader = new MessageReader(bytes);
        try {
            message.read(reader, (short) version);
        } catch (MalformedMessageException e) {
            throw new AssertionError(where, e);
        }
        assertEquals(0, reader.remaining(), where);
        return message;
    }

    /** The same again from and to the other kind of buffer, at an odd place in it. */
    private static void fromDirectMemory(Class<? extends Message> type, ByteBuf bytes, int version, String where) {
        ByteBuf direct = PooledByteBufAllocator.DEFAULT.directBuffer(16).writeByte(1).writeBytes(bytes, 0, bytes.readableBytes()).skipBytes(1);
        ByteBuf again = PooledByteBufAllocator.DEFAULT.directBuffer(16);
        try {
            readAll(type, direct, version, where).write(new MessageWriter(again), (short) version);
            assertTrue(again.equals(bytes), where);
        } finally {
            direct.release();
            again.release();
        }
    }
}
