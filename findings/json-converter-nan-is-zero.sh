#!/usr/bin/env bash
# Package: org.apache.kafka:connect-json 4.4.0 (Maven Central)
# Behaviour: Connect's JsonConverter with schemas.enable=true writes a FLOAT64 that is not a number as the text "NaN", and an infinite one as "Infinity". What it reads back from
#   its own bytes is 0.0, without an error. So is any other payload that is not of its schema's type: a text for an int32 is 0, "true" for a boolean false, a number for a string that
#   is not optional null. One would expect NaN again, or a DataException, as for a missing field.
# Seen: NaN -> "NaN" -> 0.0, Infinity -> "Infinity" -> 0.0; int32 "7" -> 0, boolean "true" -> false, string 5 -> null; int32 null: DataException
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:connect-json:4.4.0 org.slf4j:slf4j-nop:1.7.36
java_main << 'JAVA'
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.json.JsonConverter;

class Main {
    static final JsonConverter CONVERTER = new JsonConverter();

    static Object read(byte[] json) {
        try {
            return CONVERTER.toConnectData("t", json).value();
        } catch (DataException e) {
            return "DataException";
        }
    }

    static void typed(String type, String payload) {
        String json = "{\"schema\":{\"type\":\"" + type + "\",\"optional\":false},\"payload\":" + payload + "}";
        System.out.println(type + " " + payload + " -> " + read(json.getBytes(StandardCharsets.UTF_8)));
    }

    public static void main(String[] args) {
        CONVERTER.configure(Map.of("schemas.enable", true), false);
        for (double value : new double[] {1.5, Double.NaN, Double.POSITIVE_INFINITY}) {
            byte[] written = CONVERTER.fromConnectData("t", Schema.FLOAT64_SCHEMA, value);
            String json = new String(written, StandardCharsets.UTF_8);
            String payload = json.substring(json.indexOf("\"payload\":") + 10, json.length() - 1);
            System.out.println(value + " -> " + payload + " -> " + read(written));
        }
        typed("int32", "\"7\"");
        typed("boolean", "\"true\"");
        typed("string", "5");
        typed("int32", "null");
    }
}
JAVA
expect '1.5 -> 1.5 -> 1.5'
expect 'NaN -> "NaN" -> 0.0'
expect 'Infinity -> "Infinity" -> 0.0'
expect 'int32 "7" -> 0'
expect 'boolean "true" -> false'
expect 'string 5 -> null'
expect 'int32 null -> DataException'
echo "as described"
