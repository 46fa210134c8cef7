package io.partita.broker.group.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The golden bytes are those that the classes of Kafka 4.4.0 write. */
class ConsumerRecordFormatTest {

    private static final UUID TOPIC = new UUID(1, 2);
    private static final long NOW = 1_700_000_000_123L;
    private static final String GROUP_KEY = "00066f7264657273";
    private static final String MEMBER_KEY = "00066f726465727300036d2d31";

    private static String key(ConsumerRecord record) {
        ByteBuf out = Unpooled.buffer();
        ConsumerRecordFormat.writeKey(record, out);
        return ByteBufUtil.hexDump(out);
    }

    private static String value(ConsumerRecord record) {
        ByteBuf out = Unpooled.buffer();
        return ConsumerRecordFormat.writeValue(record, out) ? ByteBufUtil.hexDump(out) : null;
    }

    private static ConsumerRecord read(String key, String value) {
        var in = new MessageReader(bytes(key));
        return ConsumerRecordFormat.read(in.int16(), in, value == null ? null : bytes(value));
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
    }

    private static void writesAndReads(ConsumerRecord record, String key, String value) {
        assertEquals(key, key(record));
        assertEquals(value, value(record));
        assertEquals(record, read(key, value));
    }

    @Test
    void theEpochOfAGroup() {
        writesAndReads(new ConsumerRecord.GroupEpoch("orders", new ConsumerRecord.Metadata(7, 0x1234)), "0003" + GROUP_KEY,
                "0000000000070100080000000000001234");
        writesAndReads(new ConsumerRecord.GroupEpoch("orders", null), "0003" + GROUP_KEY, null);
    }

    @Test
    void aMember() {
        var member = new MemberMetadata("node-1", "a", "app", "/10.0.0.1", List.of("bills", "orders"), "log-.*", 60_000, "range", null);
        writesAndReads(new ConsumerRecord.Member("orders", "m-1", member), "0005" + MEMBER_KEY,
                "0000076e6f64652d310261046170700a2f31302e302e302e31030662696c6c73076f7264657273076c6f672d2e2a0000ea600672616e676500");
        writesAndReads(new ConsumerRecord.Member("orders", "m-1", null), "0005" + MEMBER_KEY, null);
    }

    @Test
    void aMemberOfTheClassicProtocol() {
        var member = new MemberMetadata(null, null, "app", "/10.0.0.1", List.of("orders"), null, 60_000, null,
                new MemberMetadata.Classic(10_000, List.of(new JoinProtocol("range", new byte[] {1, 2}))));
        writesAndReads(new ConsumerRecord.Member("orders", "m-1", member), "0005" + MEMBER_KEY,
                "00000000046170700a2f31302e302e302e3102076f7264657273000000ea60000100110100002710020672616e67650301020000");
    }

    @Test
    void targets() {
        writesAndReads(new ConsumerRecord.TargetEpoch("orders", new ConsumerRecord.Target(7, NOW)), "0006" + GROUP_KEY,
                "0000000000070100080000018bcfe5687b");
        writesAndReads(new ConsumerRecord.MemberTarget("orders", "m-1", Partitions.of(TOPIC, 0, 2, 5)), "0007" + MEMBER_KEY,
                "00000200000000000000010000000000000002040000000000000002000000050000");
        writesAndReads(new ConsumerRecord.MemberTarget("orders", "m-1", null), "0007" + MEMBER_KEY, null);
    }

    @Test
    void whatAMemberHas() {
        var current = new CurrentAssignment(7, 6, MemberState.UNREVOKED_PARTITIONS, Partitions.of(TOPIC, 0, 2), Map.of(TOPIC, Map.of(0, 5, 2, 7)),
                Partitions.of(TOPIC, 4));
        writesAndReads(new ConsumerRecord.Current("orders", "m-1", current), "0008" + MEMBER_KEY,
                "00000000000700000006010200000000000000010000000000000002030000000000000002010009030000000500000007"
                        + "020000000000000001000000000000000202000000040000");
    }

    @Test
    void aPattern() {
        writesAndReads(new ConsumerRecord.Pattern("orders", "log-.*", new ResolvedPattern(List.of("log-a", "log-b"), 0, NOW)),
                "001000066f726465727300066c6f672d2e2a", "000003066c6f672d61066c6f672d6200000000000000000000018bcfe5687b00");
    }

    @Test
    void othersArePassedOver() {
        // Key 4, partitions of subscribed topics by Kafka 4.0, and 10, a share group's.
        assertNull(read("0004" + GROUP_KEY, null));
        assertNull(read("000a" + GROUP_KEY, null));
    }

    @Test
    void partitionsThatCannotBeAreNoRecord() {
        assertThrows(MalformedMessageException.class,
                () -> read("0007" + MEMBER_KEY, "0000020000000000000001000000000000000202" + "7fffffff" + "0000"));
    }
}
