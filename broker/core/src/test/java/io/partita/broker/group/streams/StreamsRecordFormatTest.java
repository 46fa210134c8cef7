package io.partita.broker.group.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.MessageReader;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Records of streams groups: as Kafka writes them, and read back as written. */
class StreamsRecordFormatTest {

    private static final TaskId FIRST = new TaskId("0", 0);
    private static final TaskId SECOND = new TaskId("0", 3);
    private static final TaskId THIRD = new TaskId("1", 1);

    private static String hex(StreamsRecord record, boolean key) {
        var out = Unpooled.buffer();
        if (key) {
            StreamsRecordFormat.writeKey(record, out);
        } else {
            StreamsRecordFormat.writeValue(record, out);
        }
        return ByteBufUtil.hexDump(out);
    }

    private static StreamsRecord readBack(StreamsRecord record) {
        var key = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex(record, true)));
        var value = record.deletes() ? null : Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex(record, false)));
        var in = new MessageReader(key);
        return StreamsRecordFormat.read(in.int16(), in, value);
    }

    @Test
    void recordsAreReadBackAsWritten() {
        var tasks = new Tasks(Set.of(FIRST, SECOND), Set.of(THIRD), Set.of(new TaskId("2", 2)));
        var changelog = new Topology.InternalTopic("app-store-changelog", 0, (short) 0, new TreeMap<>(Map.of("cleanup.policy", "compact")));
        var repartition = new Topology.InternalTopic("app-by-repartition", 4, (short) 3, new TreeMap<>());
        var topology = new Topology(2, List.of(
                new Topology.Subtopology("0", List.of("lines"), List.of(), List.of("app-by-repartition"), List.of(), List.of()),
                new Topology.Subtopology("1", List.of("others"), List.of(repartition), List.of(), List.of(changelog),
                        List.of(new Topology.Copartition(List.of((short) 0), List.of((short) 0))))));
        var metadata = new StreamsMemberMetadata("i", "r", "c", "/h", 300_000, 2, "p", new StreamsMemberMetadata.Endpoint("host", 65_535),
                new TreeMap<>(Map.of("zone", "b")));
        for (StreamsRecord record : List.of(
                new StreamsRecord.GroupEpoch("g", new StreamsRecord.Metadata(4, 77, 2, new TreeMap<>(Map.of("num.standby.replicas", "1")))),
                new StreamsRecord.GroupEpoch("g", null),
                new StreamsRecord.Described("g", topology),
                new StreamsRecord.Described("g", null),
                new StreamsRecord.Member("g", "m", metadata),
                new StreamsRecord.Member("g", "m", new StreamsMemberMetadata(null, null, "c", "/h", 1, 0, "p", null, new TreeMap<>())),
                new StreamsRecord.Member("g", "m", null),
                new StreamsRecord.TargetEpoch("g", new StreamsRecord.Target(4, 99)),
                new StreamsRecord.MemberTarget("g", "m", tasks),
                new StreamsRecord.MemberTarget("g", "m", null),
                new StreamsRecord.Current("g", "m",
                        new CurrentTasks(4, 3, StreamsMemberState.UNREVOKED_TASKS, tasks, new TreeMap<>(Map.of(FIRST, 2, SECOND, 4)), tasks)))) {
            assertEquals(record, readBack(record));
        }
    }

    @Test
    void keysAndValuesAreKafkas() {
        var epoch = new StreamsRecord.GroupEpoch("g", new StreamsRecord.Metadata(4, 77, 0, new TreeMap<>(Map.of("k", "v"))));
        assertEquals("0011000167", hex(epoch, true));
        assertEquals("0000" + "00000004" + "000000000000004d" + "02" + "0004" + "00000000" + "0106" + "02" + "026b" + "0276" + "00", hex(epoch, false));
        assertEquals("001300016700016d", hex(new StreamsRecord.Member("g", "m", null), true));
        assertEquals("0014000167", hex(new StreamsRecord.TargetEpoch("g", null), true));
        assertEquals("0017000167", hex(new StreamsRecord.Described("g", null), true));
        var target = new StreamsRecord.MemberTarget("g", "m", new Tasks(Set.of(FIRST, SECOND), Set.of(), Set.of()));
        assertEquals("001500016700016d", hex(target, true));
        assertEquals("0000" + "02" + "0230" + "03" + "00000000" + "00000003" + "00" + "01" + "01" + "00", hex(target, false));
        var current = new StreamsRecord.Current("g", "m",
                new CurrentTasks(4, 3, StreamsMemberState.STABLE, new Tasks(Set.of(FIRST), Set.of(), Set.of()), new TreeMap<>(Map.of(FIRST, 2)), Tasks.NONE));
        assertEquals("001600016700016d", hex(current, true));
        assertEquals("0000" + "00000004" + "00000003" + "01" + "02" + "0230" + "02" + "00000000" + "01" + "0005" + "02" + "00000002" + "0101010101" + "00",
                hex(current, false));
    }
}
