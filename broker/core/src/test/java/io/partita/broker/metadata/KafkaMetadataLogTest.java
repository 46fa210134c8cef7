package io.partita.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Access rules and quotas in the metadata log of Kafka's controllers, in the bytes of its records. */
class KafkaMetadataLogTest {

    private static final Path DIRECTORY = Path.of("/data").resolve(KafkaMetadataLog.DIRECTORY);

    private final MemoryDisk disk = new MemoryDisk();
    private final List<byte[]> records = new ArrayList<>();

    /** A record: version of the frame, kind, version of the record, its fields. */
    private void record(int kind, Consumer<MessageWriter> fields) {
        ByteBuf bytes = Unpooled.buffer();
        bytes.writeByte(1).writeByte(kind).writeByte(0);
        MessageWriter out = new MessageWriter(bytes);
        fields.accept(out);
        out.noTaggedFields();
        records.add(ByteBufUtil.getBytes(bytes));
    }

    private void acl(UUID id, AclBinding binding) {
        record(18, out -> {
            out.uuid(id);
            out.int8(binding.type().id());
            out.string(binding.name(), true);
            out.int8(binding.pattern().id());
            out.string(binding.acl().principal(), true);
            out.string(binding.acl().host(), true);
            out.int8(binding.acl().operation().id());
            out.int8(binding.acl().permission().id());
        });
    }

    private void quota(String type, String name, String key, double value, boolean remove) {
        record(14, out -> {
            out.int8((byte) 2); // one entity, in the way compact arrays count
            out.string(type, true);
            out.nullableString(name, true);
            out.noTaggedFields();
            out.string(key, true);
            out.float64(value);
            out.bool(remove);
        });
    }

    private KafkaMetadataLog read() throws IOException {
        disk.createDirectories(DIRECTORY);
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out)) {
            records.forEach(value -> builder.append(1_000, (byte[]) null, value));
            builder.finish();
        }
        disk.writeAtomically(DIRECTORY.resolve("00000000000000000000.log"), ByteBufUtil.getBytes(out));
        KafkaMetadataLog log = KafkaMetadataLog.read(disk, DIRECTORY);
        assertNotNull(log);
        return log;
    }

    private static AclBinding rule(String name, Operation operation) {
        return new AclBinding(ResourceType.TOPIC, name, PatternType.PREFIXED, new Acl("User:CN=alice,O=x", "10.0.0.1", operation, PermissionType.ALLOW));
    }

    @Test
    void rulesAreThereThatWereNotTakenAway() throws IOException {
        acl(new UUID(1, 1), rule("orders", Operation.READ));
        acl(new UUID(1, 2), rule("bills", Operation.WRITE));
        record(19, out -> out.uuid(new UUID(1, 1)));
        acl(new UUID(1, 3), rule("", Operation.READ));

        KafkaMetadataLog log = read();

        assertEquals(List.of(rule("bills", Operation.WRITE)), List.copyOf(log.acls()));
        assertEquals(Map.of("access rules that mean nothing here", 1), log.notTaken());
    }

    @Test
    void quotasAreAsTheyWereSetLast() throws IOException {
        quota("user", "alice", "producer_byte_rate", 1024, false);
        quota("user", "alice", "consumer_byte_rate", 2048, false);
        quota("user", "alice", "producer_byte_rate", 0, true);
        quota("client-id", null, "request_percentage", 12.5, false);
        quota("planet", "mars", "producer_byte_rate", 1, false);

        KafkaMetadataLog log = read();

        assertEquals(ClientQuotas.NONE.with(new QuotaAlteration(QuotaEntity.user("alice"), Map.of("consumer_byte_rate", 2048.0)))
                .with(new QuotaAlteration(new QuotaEntity(null, QuotaEntity.DEFAULT, null), Map.of("request_percentage", 12.5))), log.quotas());
        assertEquals(Map.of("quotas that mean nothing here", 1), log.notTaken());
    }
}
