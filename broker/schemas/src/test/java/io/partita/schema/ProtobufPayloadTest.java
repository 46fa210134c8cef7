package io.partita.schema;

import static io.partita.schema.Payloads.bytes;
import static io.partita.schema.Payloads.framed;
import static io.partita.schema.Payloads.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TimestampProto;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Payloads that Protobuf's own library wrote. */
class ProtobufPayloadTest {

    private static final List<Type> NUMBERS = List.of(Type.TYPE_INT32, Type.TYPE_INT64, Type.TYPE_UINT32, Type.TYPE_UINT64, Type.TYPE_SINT32, Type.TYPE_SINT64,
            Type.TYPE_FIXED32, Type.TYPE_FIXED64, Type.TYPE_SFIXED32, Type.TYPE_SFIXED64);

    private static final String ORDER = """
            syntax = "proto3";
            package shop;
            import "google/protobuf/timestamp.proto";
            import "confluent/meta.proto"; // for an option alone, and not there
            message Unused { string x = 1; }
            message Order {
              option (confluent.message_meta).doc = "what";
              message Line { string item_name = 1; sint64 count = 2; Order order = 3; }
              enum State { NEW = 0; SENT = 1; }
              string id = 1; repeated Line lines = 2; State state = 3; bytes raw = 4; map<string, Line> by_name = 5; google.protobuf.Timestamp at = 6;
              repeated double prices = 7; optional bool paid = 8; oneof how { string card = 9; int64 cash = 10; } float tax = 11 [json_name = "theTax"]; repeated State before = 12;
            }
            """;

    private RegistryServer server;
    private PayloadDecoder decoder;

    @BeforeEach
    void start() {
        server = new RegistryServer();
        decoder = new PayloadDecoder(new SchemaRegistry(server.address(), null, 60_000));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static FieldDescriptorProto field(String name, int number, Label label, Type type, String typeName) {
        FieldDescriptorProto.Builder field = FieldDescriptorProto.newBuilder().setName(name).setNumber(number).setLabel(label).setType(type);
        return typeName == null ? field.build() : field.setTypeName(typeName).build();
    }

    private static FieldDescriptorProto one(String name, int number, Type type) {
        return field(name, number, Label.LABEL_OPTIONAL, type, null);
    }

    private static FileDescriptor file(String syntax, DescriptorProto... messages) throws Exception {
        FileDescriptorProto.Builder file = FileDescriptorProto.newBuilder().setName("order.proto").setPackage("shop").setSyntax(syntax)
                .addDependency("google/protobuf/timestamp.proto");
        for (DescriptorProto message : messages) {
            file.addMessageType(message);
        }
        return FileDescriptor.buildFrom(file.build(), new FileDescriptor[] {TimestampProto.getDescriptor()});
    }

    /** What the text above says. */
    private static Descriptor order() throws Exception {
        DescriptorProto line = DescriptorProto.newBuilder().setName("Line").addField(one("item_name", 1, Type.TYPE_STRING))
                .addField(one("count", 2, Type.TYPE_SINT64))
                .addField(field("order", 3, Label.LABEL_OPTIONAL, Type.TYPE_MESSAGE, ".shop.Order")).build();
        DescriptorProto entry = DescriptorProto.newBuilder().setName("ByNameEntry").setOptions(MessageOptions.newBuilder().setMapEntry(true))
                .addField(one("key", 1, Type.TYPE_STRING)).addField(field("value", 2, Label.LABEL_OPTIONAL, Type.TYPE_MESSAGE, ".shop.Order.Line")).build();
        EnumDescriptorProto state = EnumDescriptorProto.newBuilder().setName("State")
                .addValue(EnumValueDescriptorProto.newBuilder().setName("NEW").setNumber(0))
                .addValue(EnumValueDescriptorProto.newBuilder().setName("SENT").setNumber(1)).build();
        return file("proto3", DescriptorProto.newBuilder().setName("Order").addNestedType(line).addNestedType(entry).addEnumType(state)
                .addField(one("id", 1, Type.TYPE_STRING)).addField(field("lines", 2, Label.LABEL_REPEATED, Type.TYPE_MESSAGE, ".shop.Order.Line"))
                .addField(field("state", 3, Label.LABEL_OPTIONAL, Type.TYPE_ENUM, ".shop.Order.State")).addField(one("raw", 4, Type.TYPE_BYTES))
                .addField(field("by_name", 5, Label.LABEL_REPEATED, Type.TYPE_MESSAGE, ".shop.Order.ByNameEntry"))
                .addField(field("at", 6, Label.LABEL_OPTIONAL, Type.TYPE_MESSAGE, ".google.protobuf.Timestamp"))
                .addField(field("prices", 7, Label.LABEL_REPEATED, Type.TYPE_DOUBLE, null)).addField(one("paid", 8, Type.TYPE_BOOL))
                .addField(one("card", 9, Type.TYPE_STRING)).addField(one("cash", 10, Type.TYPE_INT64)).addField(one("tax", 11, Type.TYPE_FLOAT))
                .addField(field("before", 12, Label.LABEL_REPEATED, Type.TYPE_ENUM, ".shop.Order.State")).build()).findMessageTypeByName("Order");
    }

    private static DynamicMessage message(Descriptor order) {
        Descriptor line = order.findNestedTypeByName("Line");
        DynamicMessage tea = DynamicMessage.newBuilder(line).setField(line.findFieldByName("item_name"), "tea 茶").setField(line.findFieldByName("count"), -7L)
                .build();
        Descriptor entry = order.findFieldByName("by_name").getMessageType();
        Descriptor timestamp = order.findFieldByName("at").getMessageType();
        return DynamicMessage.newBuilder(order).setField(order.findFieldByName("id"), "42").addRepeatedField(order.findFieldByName("lines"), tea)
                .addRepeatedField(order.findFieldByName("lines"), DynamicMessage.getDefaultInstance(line))
                .setField(order.findFieldByName("state"), order.findEnumTypeByName("State").findValueByNumber(1))
                .setField(order.findFieldByName("raw"), ByteString.copyFrom(bytes(0, 255)))
                .addRepeatedField(order.findFieldByName("by_name"), DynamicMessage.newBuilder(entry).setField(entry.findFieldByName("key"), "first")
                        .setField(entry.findFieldByName("value"), tea).build())
                .setField(order.findFieldByName("at"), DynamicMessage.newBuilder(timestamp).setField(timestamp.findFieldByName("seconds"), 1_700_000_000L)
                        .setField(timestamp.findFieldByName("nanos"), 500_000_000).build())
                .addRepeatedField(order.findFieldByName("prices"), 0.5).addRepeatedField(order.findFieldByName("prices"), 12.0)
                .setField(order.findFieldByName("cash"), Long.MAX_VALUE).setField(order.findFieldByName("tax"), 0.1f)
                .addRepeatedField(order.findFieldByName("before"), order.findEnumTypeByName("State").findValueByNumber(0)).build();
    }

    @Test
    void messageIsShownWithAllThatProtobufHas() throws Exception {
        server.schema(7, "PROTOBUF", ORDER);
        // The second message of the file.
        Decoded decoded = decoder.decode(framed(7, bytes(2, 2), message(order()).toByteArray()), null);
        assertEquals("protobuf", decoded.format());
        assertEquals(new JsonObject("""
                {"id": "42", "state": "SENT", "raw": "AP8=", "at": "2023-11-14T22:13:20.500Z", "prices": [0.5, 12.0], "cash": 9223372036854775807, "theTax": 0.1, "before": ["NEW"],
                 "lines": [{"itemName": "tea 茶", "count": -7}, {"itemName": "", "count": 0}], "byName": {"first": {"itemName": "tea 茶", "count": -7}}}"""),
                new JsonObject(json(decoded)));
        // One within another: the place of Line is in Order, which is the second.
        Descriptor line = order().findNestedTypeByName("Line");
        byte[] tea = DynamicMessage.newBuilder(line).setField(line.findFieldByName("item_name"), "tea").build().toByteArray();
        assertEquals("tea", new JsonObject(json(decoder.decode(framed(7, bytes(4, 2, 0), tea), null))).getString("itemName"));
        assertEquals("It names a message that its schema does not have.", decoder.decode(framed(7, bytes(2, 6), tea), null).problem());
    }

    @Test
    void numbersOfAllKindsAreWhatWasWritten() throws Exception {
        DescriptorProto.Builder numbers = DescriptorProto.newBuilder().setName("Numbers");
        StringBuilder text = new StringBuilder("syntax = \"proto2\"; message Numbers {\n");
        for (Type type : NUMBERS) {
            String name = type.name().substring("TYPE_".length()).toLowerCase(java.util.Locale.ROOT);
            numbers.addField(one(name + "_one", type.getNumber(), type))
                    .addField(field(name + "_all", 100 + type.getNumber(), Label.LABEL_REPEATED, type, null));
            text.append("optional ").append(name).append(' ').append(name).append("_one = ").append(type.getNumber()).append(";\nrepeated ").append(name)
                    .append(' ')
                    .append(name).append("_all = ").append(100 + type.getNumber()).append(";\n");
        }
        Descriptor descriptor = file("proto2", numbers.build()).findMessageTypeByName("Numbers");
        server.schema(1, "PROTOBUF", text.append('}').toString());
        for (long value : new long[] {0, 1, -1, 300, Integer.MIN_VALUE, Integer.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE}) {
            DynamicMessage.Builder message = DynamicMessage.newBuilder(descriptor);
            JsonObject expected = new JsonObject();
            for (FieldDescriptor field : descriptor.getFields()) {
                boolean isInt = field.getJavaType() == FieldDescriptor.JavaType.INT;
                Object one = isInt ? (Object) (int) value : (Object) value;
                boolean isUnsigned = field.getType().name().startsWith("U") || field.getType().name().startsWith("FIXED");
                Object shown = !isUnsigned
                        ? one
                        : isInt ? (Object) Integer.toUnsignedLong((int) value) : new java.math.BigInteger(Long.toUnsignedString(value));
                if (field.isRepeated()) {
                    message.addRepeatedField(field, one).addRepeatedField(field, one);
                    expected.put(field.getJsonName(), new JsonArray().add(shown).add(shown));
                } else {
                    message.setField(field, one);
                    expected.put(field.getJsonName(), shown);
                }
            }
            assertEquals(new JsonObject(expected.encode()), new JsonObject(json(decoder.decode(framed(1, bytes(0), message.build().toByteArray()), null))));
        }
    }

    @Test
    void groupsAndFieldsThatTheSchemaDoesNotHaveArePassed() throws Exception {
        server.schema(1, "PROTOBUF", "syntax = \"proto2\"; message A { repeated group Pair = 2 { optional int32 left = 1; } optional string name = 4; }");
        DescriptorProto pair = DescriptorProto.newBuilder().setName("Pair").addField(one("left", 1, Type.TYPE_INT32)).addField(one("right", 2, Type.TYPE_INT32))
                .build();
        Descriptor a = file("proto2",
                DescriptorProto.newBuilder().setName("A").addNestedType(pair).addField(field("other", 1, Label.LABEL_REPEATED, Type.TYPE_GROUP, ".shop.A.Pair"))
                        .addField(field("pair", 2, Label.LABEL_REPEATED, Type.TYPE_GROUP, ".shop.A.Pair")).addField(one("x", 3, Type.TYPE_FIXED64))
                        .addField(one("name", 4, Type.TYPE_STRING))
                        .build())
                .findMessageTypeByName("A");
        Descriptor left = a.findNestedTypeByName("Pair");
        DynamicMessage two = DynamicMessage.newBuilder(left).setField(left.findFieldByName("left"), 5).setField(left.findFieldByName("right"), 6).build();
        byte[] written = DynamicMessage.newBuilder(a).addRepeatedField(a.findFieldByName("other"), two).addRepeatedField(a.findFieldByName("pair"), two)
                .setField(a.findFieldByName("x"), 1L).setField(a.findFieldByName("name"), "n").build().toByteArray();
        assertEquals(new JsonObject("{\"pair\": [{\"left\": 5}], \"name\": \"n\"}"), new JsonObject(json(decoder.decode(framed(1, bytes(0), written), null))));
    }

    @Test
    void importsAreFoundAndSoIsTheSchemaOfAHeader() throws Exception {
        UUID guid = UUID.fromString("89791762-2336-4186-9674-299b90a802e2");
        server.subject("line", "PROTOBUF", "syntax = \"proto3\"; package shop.parts; message Line { string item = 1; }")
                .on("/schemas/guids/" + guid, exchange -> RegistryServer.send(exchange, 200, RegistryServer.json("PROTOBUF",
                        "syntax = \"proto3\"; package shop; import \"line.proto\"; message Bill { parts.Line line = 1; .shop.parts.Line more = 2; }",
                        "line.proto=line")));
        byte[] header = ByteBuffer.allocate(18).put((byte) 1).putLong(guid.getMostSignificantBits()).putLong(guid.getLeastSignificantBits()).put((byte) 0)
                .array();
        Decoded decoded = decoder.decode(bytes(0x0A, 3, 0x0A, 1, 'a', 0x12, 0), header);
        assertEquals(new JsonObject("{\"line\": {\"item\": \"a\"}, \"more\": {\"item\": \"\"}}"), new JsonObject(json(decoded)));
        assertEquals(guid.toString(), decoded.schema());
    }

    @Test
    void everyCutAndEveryOtherByteIsAProblemOrAValueAndNothingElse() throws Exception {
        server.schema(7, "PROTOBUF", ORDER);
        byte[] whole = framed(7, bytes(2, 2), message(order()).toByteArray());
        for (int end = 5; end < whole.length; end++) {
            Decoded decoded = decoder.decode(Arrays.copyOf(whole, end), null);
            assertTrue(decoded.json() == null ^ decoded.problem() == null);
        }
        for (int i = 5; i < whole.length; i++) {
            for (int value = 0; value < 256; value++) {
                byte[] other = whole.clone();
                other[i] = (byte) value;
                Decoded decoded = decoder.decode(other, null);
                assertTrue(decoded.json() == null ^ decoded.problem() == null);
            }
        }
    }

    @Test
    void fewBytesDoNotBecomeMuchAndDepthHasAnEnd() {
        server.schema(1, "PROTOBUF",
                "syntax = \"proto3\"; message A { A a = 1; repeated int32 all = 2; string " + "n".repeat(100_000) + " = 3; repeated A more = 4; }");
        ByteArrayOutputStream deep = new ByteArrayOutputStream();
        for (int left = 100; left > 0; left--) {
            deep.writeBytes(bytes(0x0A, Math.min(127, left)));
        }
        assertNotNull(decoder.decode(framed(1, bytes(0), deep.toByteArray()), null).problem());
        byte[] empty = new byte[2 * 1_000];
        for (int i = 0; i < empty.length; i += 2) {
            empty[i] = 0x22;
        }
        assertEquals("It would become longer than 4194304 characters.", decoder.decode(framed(1, bytes(0), empty), null).problem());
        byte[] packed = framed(1, bytes(0, 0x12, 0xC0, 0x84, 0x3D), new byte[1_000_000]);
        assertEquals("It has more than 200000 values.", decoder.decode(packed, null).problem());
        byte[] groups = new byte[10_000];
        Arrays.fill(groups, (byte) 0x2B);
        assertEquals("It has values within values, more than 64 deep.", decoder.decode(framed(1, bytes(0), groups), null).problem());
    }

    @Test
    void schemasThatAreNoneAreSaid() {
        List<String> texts = List.of("", "message", "{}", "message A { string a = ; }", "message A {".repeat(20_000),
                "syntax = \"proto3\"; message A { Missing m = 1; }",
                "message A { message A {".repeat(40) + "}}".repeat(40), "syntax = \"proto3\"; message A { map<string> m = 1; }");
        for (int i = 0; i < texts.size(); i++) {
            server.schema(i, "PROTOBUF", texts.get(i));
            assertNotNull(decoder.decode(framed(i, bytes(0, 0x0A, 0)), null).problem(), "schema " + i);
        }
    }
}
