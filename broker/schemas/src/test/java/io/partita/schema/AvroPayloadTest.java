package io.partita.schema;

import static io.partita.schema.Payloads.bytes;
import static io.partita.schema.Payloads.framed;
import static io.partita.schema.Payloads.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Payloads that Avro's own library wrote. */
class AvroPayloadTest {

    private static final String ORDER = """
            {"type": "record", "name": "Order", "namespace": "shop", "fields": [
              {"name": "id", "type": "long"}, {"name": "item", "type": "string"}, {"name": "count", "type": "int", "default": 1},
              {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
              {"name": "weight", "type": "double"}, {"name": "tax", "type": "float"}, {"name": "paid", "type": "boolean"},
              {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}, {"name": "day", "type": {"type": "int", "logicalType": "date"}},
              {"name": "note", "type": ["null", "string"]}, {"name": "raw", "type": "bytes"},
              {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["NEW", "SENT"]}},
              {"name": "before", "type": {"type": "array", "items": "State"}},
              {"name": "tags", "type": {"type": "map", "values": ["int", "string"]}},
              {"name": "print", "type": {"type": "fixed", "name": "other.Print", "size": 3}},
              {"name": "parent", "type": ["null", "Order"]}]}""";

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

    private static byte[] written(Schema schema, Object value, boolean inBlocks) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        // The one writes sizes before blocks of lists and maps, the other does not.
        BinaryEncoder encoder = inBlocks ? EncoderFactory.get().blockingBinaryEncoder(out, null) : EncoderFactory.get().binaryEncoder(out, null);
        try {
            new GenericDatumWriter<>(schema).write(value, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static GenericRecord order(Schema schema, GenericRecord parent) {
        return new GenericRecordBuilder(schema).set("id", 4_000_000_000_000_000_001L).set("item", "tea 茶").set("count", -3)
                .set("price", ByteBuffer.wrap(bytes(0x04, 0xE2))).set("weight", 0.5).set("tax", 0.1f).set("paid", true).set("at", 1_700_000_000_123L)
                .set("day", 19_000).set("note", null).set("raw", ByteBuffer.wrap(bytes(0, 255)))
                .set("state", new GenericData.EnumSymbol(schema.getField("state").schema(), "SENT"))
                .set("before", List.of(new GenericData.EnumSymbol(schema.getField("state").schema(), "NEW")))
                .set("tags", new HashMap<>(Map.of("weight", 7))).set("print", new GenericData.Fixed(schema.getField("print").schema(), bytes(1, 2, 3)))
                .set("parent", parent).build();
    }

    @Test
    void recordIsShownWithAllThatAvroHas() {
        Schema schema = new Schema.Parser().parse(ORDER);
        server.schema(7, null, ORDER);
        for (boolean inBlocks : new boolean[] {false, true}) {
            Decoded decoded = decoder.decode(framed(7, written(schema, order(schema, order(schema, null)), inBlocks)), null);
            JsonObject json = new JsonObject(json(decoded));
            assertEquals("avro", decoded.format());
            assertEquals("7", decoded.schema());
            assertNull(json.getJsonObject("parent").remove("parent"));
            JsonObject parent = (JsonObject) json.remove("parent");
            parent.remove("parent");
            assertEquals(parent, json);
            assertEquals(new JsonObject("""
                    {"id": 4000000000000000001, "item": "tea 茶", "count": -3, "price": 12.50, "weight": 0.5, "tax": 0.1, "paid": true, "at": "2023-11-14T22:13:20.123Z",
                     "day": "2022-01-08", "note": null, "raw": "AP8=", "state": "SENT", "before": ["NEW"], "tags": {"weight": 7}, "print": "AQID"}"""), json);
        }
    }

    @Test
    void namesOfReferencesAreFound() {
        server.subject("shop.Money", null,
                "{\"type\": \"record\", \"name\": \"Money\", \"namespace\": \"shop\", \"fields\": [{\"name\": \"cents\", \"type\": \"long\"}]}")
                .schema(8, null, "{\"type\": \"record\", \"name\": \"Bill\", \"namespace\": \"shop\", \"fields\": [{\"name\": \"sum\", \"type\": \"Money\"},"
                        + " {\"name\": \"tip\", \"type\": [\"null\", \"shop.Money\"]}]}", "shop.Money=shop.Money");
        assertEquals("{\"sum\":{\"cents\":5},\"tip\":{\"cents\":-1}}", json(decoder.decode(framed(8, bytes(10, 2, 1)), null)));
    }

    @Test
    void textsAndNumbersAloneAreShownAsThemselves() {
        server.schema(1, "AVRO", "\"string\"").schema(2, "AVRO", "{\"type\": \"long\"}").schema(3, "AVRO", "\"double\"");
        assertEquals("abc", json(decoder.decode(framed(1, bytes(6, 'a', 'b', 'c')), null)));
        assertEquals("-64", json(decoder.decode(framed(2, bytes(127)), null)));
        assertEquals("NaN", json(decoder.decode(framed(3, bytes(0, 0, 0, 0, 0, 0, 0xF8, 0x7F)), null)));
    }

    @Test
    void everyCutAndEveryOtherByteIsAProblemOrAValueAndNothingElse() {
        Schema schema = new Schema.Parser().parse(ORDER);
        server.schema(7, null, ORDER);
        byte[] whole = framed(7, written(schema, order(schema, null), false));
        for (int end = 5; end < whole.length; end++) {
            assertNotNull(decoder.decode(Arrays.copyOf(whole, end), null).problem(), "cut at " + end);
        }
        for (int i = 5; i < whole.length; i++) {
            for (int value = 0; value < 256; value++) {
                byte[] other = whole.clone();
                other[i] = (byte) value;
                Decoded decoded = decoder.decode(other, null);
                assertTrue(decoded.json() == null ^ decoded.problem() == null);
            }
        }
        assertNotNull(decoder.decode(Arrays.copyOf(whole, whole.length + 1), null).problem());
    }

    @Test
    void fewBytesDoNotBecomeMuch() {
        String lists = "{\"type\": \"array\", \"items\": ".repeat(60) + "\"null\"" + "}".repeat(60);
        server.schema(1, null, "{\"type\": \"array\", \"items\": \"null\"}")
                .schema(2, null, "{\"type\": \"record\", \"name\": \"A\", \"fields\": [{\"name\": \"a\", \"type\": \"A\"}]}")
                .schema(3, null, "{\"type\": \"array\", \"items\": {\"type\": \"enum\", \"name\": \"E\", \"symbols\": [\"" + "x".repeat(500_000) + "\"]}}")
                .schema(4, null, lists).schema(5, null, "{\"type\": \"array\", \"items\": ".repeat(900) + "\"null\"" + "}".repeat(900))
                .schema(6, null, "\"bytes\"").schema(7, null, doubling(40));
        byte[] many = bytes(0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01);
        assertEquals("It has more than 200000 values.", decoder.decode(framed(1, many), null).problem());
        assertEquals("It has values within values, more than 64 deep.", decoder.decode(framed(2), null).problem());
        assertEquals("It would become longer than 4194304 characters.", decoder.decode(framed(3, bytes(0x7E), new byte[63]), null).problem());
        assertNotNull(decoder.decode(framed(4, many, many, many), null).problem());
        assertEquals("Its schema has types within types, more than 64 deep.", decoder.decode(framed(5, many), null).problem());
        assertEquals("It ends too early, or was written with another schema.", decoder.decode(framed(6, many), null).problem());
        assertEquals("It has more than 200000 values.", decoder.decode(framed(7), null).problem());
        assertEquals("It has more than 1048576 bytes, and is shown as it is.", decoder.decode(framed(1, new byte[1024 * 1024]), null).problem());
    }

    /** Records of two of the record before, of no bytes at all. */
    private static String doubling(int levels) {
        String text = "\"null\"";
        for (int i = 0; i < levels; i++) {
            text = "{\"type\": \"record\", \"name\": \"R" + i + "\", \"fields\": [{\"name\": \"a\", \"type\": " + text + "}, {\"name\": \"b\", \"type\": "
                    + (i == 0 ? "\"null\"" : "\"R" + (i - 1) + "\"") + "}]}";
        }
        return text;
    }

    @Test
    void schemasThatAreNoneAreSaid() {
        List<String> texts = List.of("{", "{}", "7", "\"unknown\"", "{\"type\": \"record\"}", "{\"type\": \"record\", \"name\": \"A\"}", "[\"Missing\"]",
                "{\"type\": \"fixed\", \"name\": \"F\"}",
                "{\"type\": \"record\", \"name\": \"A\", \"fields\": [7]}", "{\"type\": \"enum\", \"name\": \"E\"}", "null");
        for (int i = 0; i < texts.size(); i++) {
            server.schema(i, null, texts.get(i));
            assertTrue(decoder.decode(framed(i, bytes(0)), null).problem().startsWith("Its schema"), texts.get(i));
        }
    }
}
