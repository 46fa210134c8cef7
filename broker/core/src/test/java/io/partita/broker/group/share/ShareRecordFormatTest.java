package io.partita.broker.group.share;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.protocol.MessageReader;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Records of share groups: as Kafka writes them, and read back as written. */
class ShareRecordFormatTest {

    private static final UUID TOPIC = new UUID(1, 2);

    private static String hex(ShareRecord record, boolean key) {
        var out = Unpooled.buffer();
        if (key) {
            ShareRecordFormat.writeKey(record, out);
        } else {
            ShareRecordFormat.writeValue(record, out);
        }
        return ByteBufUtil.hexDump(out);
    }

    private static ShareRecord readBack(ShareRecord record) {
        var key = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex(record, true)));
        var value = record.deletes() ? null : Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex(record, false)));
        var in = new MessageReader(key);
        return ShareRecordFormat.read(in.int16(), in, value);
    }

    @Test
    void recordsAreReadBackAsWritten() {
        Partitions some = Partitions.of(TOPIC, 0, 3);
        for (ShareRecord record : List.of(
                new ShareRecord.GroupEpoch("g", new ShareRecord.Metadata(4, 77)),
                new ShareRecord.GroupEpoch("g", null),
                new ShareRecord.Member("g", "m", new ShareMemberMetadata("r", "c", "/h", List.of("t"))),
                new ShareRecord.Member("g", "m", null),
                new ShareRecord.TargetEpoch("g", new ShareRecord.Target(4, 99)),
                new ShareRecord.MemberTarget("g", "m", some),
                new ShareRecord.Current("g", "m", new ShareAssignment(4, 3, some)),
                new ShareRecord.States("g", new StatePartitions(Map.of(TOPIC, "t"), Partitions.of(TOPIC, 1), some, Map.of(new UUID(9, 9), "gone"))),
                new ShareRecord.States("g", null))) {
            assertEquals(record, readBack(record));
        }
    }

    @Test
    void keysAndValuesAreKafkas() {
        var epoch = new ShareRecord.GroupEpoch("g", new ShareRecord.Metadata(4, 77));
        assertEquals("000b000167", hex(epoch, true));
        assertEquals("000000000004000000000000004d00", hex(epoch, false));
        var member = new ShareRecord.Member("g", "m", new ShareMemberMetadata(null, "c", "/h", List.of("t")));
        assertEquals("000a00016700016d", hex(member, true));
        assertEquals("000000026303" + "2f68" + "02" + "0274" + "00", hex(member, false));
    }
}
