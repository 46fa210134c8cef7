package io.partita.broker.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.group.classic.GroupImage;
import io.partita.broker.group.classic.MemberImage;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The golden bytes are those that the classes of Kafka 4.4.0 write. */
class GroupRecordFormatTest {

    private static final long NOW = 1_700_000_000_123L;
    private static final String OFFSET_KEY = "000100066f726465727300077765625f6c6f6700000003";
    private static final String GROUP_KEY = "000200066f7264657273";

    private static final GroupImage STABLE = new GroupImage("consumer", 5, "range", "m-1", NOW, List.of(
            new MemberImage("m-1", "node-1", "app", "/10.0.0.1", 60_000, 10_000, new byte[] {1, 2}, new byte[] {3}),
            new MemberImage("m-2", null, "app", "/10.0.0.2", 60_000, 10_000, new byte[] {4}, new byte[0])));

    private final GroupRecordFormat format = new GroupRecordFormat();

    private String key(GroupRecord record) {
        ByteBuf out = Unpooled.buffer();
        format.writeKey(record, out);
        return ByteBufUtil.hexDump(out);
    }

    private String value(GroupRecord record) {
        ByteBuf out = Unpooled.buffer();
        return format.writeValue(record, out) ? ByteBufUtil.hexDump(out) : null;
    }

    private GroupRecord read(String key, String value) {
        return format.read(bytes(key), value == null ? null : bytes(value));
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
    }

    private static GroupRecord.OffsetCommitted committed(CommittedOffset offset) {
        return new GroupRecord.OffsetCommitted("orders", "web_log", 3, offset);
    }

    private static GroupRecord.GroupWritten written(GroupImage image) {
        return new GroupRecord.GroupWritten("orders", image);
    }

    private void writesAndReads(GroupRecord record, String key, String value) {
        assertEquals(key, key(record));
        assertEquals(value, value(record));
        assertEquals(record, read(key, value));
    }

    @Test
    void offsetsAsKafkaWritesThem() {
        writesAndReads(committed(new CommittedOffset(42, 7, "mine", NOW, -1, new UUID(1, 2))), OFFSET_KEY,
                "0004000000000000002a00000007056d696e650000018bcfe5687b01001000000000000000010000000000000002");
        writesAndReads(committed(new CommittedOffset(42, 7, "mine", NOW, -1, Message.ZERO_UUID)), OFFSET_KEY,
                "0004000000000000002a00000007056d696e650000018bcfe5687b00");
        writesAndReads(committed(null), OFFSET_KEY, null);
    }

    @Test
    void anExpiryOfItsOwnTakesTheVersionThatHasRoomForIt() {
        writesAndReads(committed(new CommittedOffset(42, -1, "mine", NOW, 1_700_000_999_999L, Message.ZERO_UUID)), OFFSET_KEY,
                "0001000000000000002a00046d696e650000018bcfe5687b0000018bcff4aa3f");
    }

    @Test
    void groupsAsKafkaWritesThem() {
        writesAndReads(written(STABLE), GROUP_KEY,
                "00030008636f6e73756d657200000005000572616e676500036d2d310000018bcfe5687b0000000200036d2d3100066e6f64652d31000361707000092f31302e302e"
                        + "302e310000ea6000002710000000020102000000010300036d2d32ffff000361707000092f31302e302e302e320000ea6000002710000000010400000000");
        writesAndReads(written(new GroupImage("consumer", 6, null, null, NOW, List.of())), GROUP_KEY,
                "00030008636f6e73756d657200000006ffffffff0000018bcfe5687b00000000");
        writesAndReads(written(null), GROUP_KEY, null);
    }

    @Test
    void versionsOfOtherBrokersAreRead() {
        assertEquals(committed(new CommittedOffset(42, 7, "mine", NOW, -1, Message.ZERO_UUID)),
                read(OFFSET_KEY, "0003000000000000002a0000000700046d696e650000018bcfe5687b"));
        assertEquals(committed(new CommittedOffset(42, -1, "mine", NOW, -1, Message.ZERO_UUID)),
                read("0000" + OFFSET_KEY.substring(4), "0000000000000000002a00046d696e650000018bcfe5687b"));
        assertEquals(written(STABLE), read(GROUP_KEY,
                "000409636f6e73756d6572000000050672616e6765046d2d310000018bcfe5687b03046d2d31076e6f64652d31046170700a2f31302e302e302e310000ea600000"
                        + "2710030102020300046d2d3200046170700a2f31302e302e302e320000ea60000027100204010000"));
        // Before version 1 the session timeout served as both; before version 2 there was no time.
        assertEquals(written(new GroupImage("consumer", 5, "range", "m-1", -1, List.of(
                new MemberImage("m-1", null, "app", "/10.0.0.1", 10_000, 10_000, new byte[] {1, 2}, new byte[] {3})))),
                read(GROUP_KEY, "00000008636f6e73756d657200000005000572616e676500036d2d310000000100036d2d31000361707000092f31302e302e302e31000027"
                        + "100000000201020000000103"));
    }

    @Test
    void recordsOfOtherKindsArePassedOver() {
        // Those of groups of the consumer protocol, of share groups and of streams groups are read by classes of their own.
        Set<Integer> read = Set.of(3, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23);
        for (int version = 3; version < 24; version++) {
            if (!read.contains(version)) {
                assertNull(read("00" + String.format("%02x", version) + GROUP_KEY.substring(4), "0000"));
            }
        }
    }

    @Test
    void damagedRecordsAreNotBelieved() {
        assertThrows(MalformedMessageException.class, () -> read("00", null));
        assertThrows(MalformedMessageException.class, () -> read(GROUP_KEY.substring(0, 12), null));
        assertThrows(MalformedMessageException.class, () -> read(GROUP_KEY, "0003ffff"));
        // Members, but no protocol they speak.
        assertThrows(MalformedMessageException.class, () -> read(GROUP_KEY, value(written(STABLE)).replace("000572616e6765", "ffff")));
        assertThrows(MalformedMessageException.class, () -> read(OFFSET_KEY, "ffff000000000000002a"));
    }

    @Test
    void damageIsNeverMoreThanAnException() {
        byte[] good = ByteBufUtil.decodeHexDump(value(written(STABLE)));
        long seed = 20_26;
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = good.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                format.read(bytes(GROUP_KEY), Unpooled.wrappedBuffer(bad, 0, random.nextInt(bad.length + 1)));
            } catch (MalformedMessageException expected) {
                // That is what it should do.
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", step " + i + ": " + ByteBufUtil.hexDump(bad), e);
            }
        }
    }

    @Test
    void aKeyThatNoRecordCanHoldIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> key(new GroupRecord.GroupWritten("x".repeat(40_000), null)));
        assertFalse(format.writeValue(written(null), Unpooled.buffer()));
    }
}
