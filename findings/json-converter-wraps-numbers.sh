#!/usr/bin/env bash
# Package: org.apache.kafka:connect-json 4.4.0 (Maven Central)
# Behaviour: Connect's JsonConverter takes a whole number that does not fit the type that it gives it, and keeps the lowest bits: without a schema everything is an INT64, so that
#   an unsigned 64-bit id or a hash above it becomes another, often negative number; with a schema an int8 of 300 is 44. No exception, so errors.tolerance and the dead-letter queue
#   see nothing, and a sink writes the wrong number. One would expect a DataException, as for bytes that are no base64.
# Seen: without a schema: 18446744073709551615 -> -1, 9223372036854775808 -> -9223372036854775808; with one: int32 4294967297 -> 1, int8 300 -> 44; bytes "?": DataException
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:connect-json:4.4.0 org.slf4j:slf4j-nop:1.7.36
java_main << 'JAVA'
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.json.JsonConverter;

class Main {
    static void read(boolean schemas, String label, String json) {
        try (JsonConverter converter = new JsonConverter()) {
            converter.configure(Map.of("schemas.enable", schemas), false);
            System.out.println(label + " -> " + converter.toConnectData("t", json.getBytes(StandardCharsets.UTF_8)).value());
        } catch (DataException e) {
            System.out.println(label + " -> DataException");
        }
    }

    static void typed(String type, String payload) {
        read(true, type + " " + payload, "{\"schema\":{\"type\":\"" + type + "\"},\"payload\":" + payload + "}");
    }

    public static void main(String[] args) {
        read(false, "9223372036854775807", "9223372036854775807");
        read(false, "9223372036854775808", "9223372036854775808");
        read(false, "18446744073709551615", "18446744073709551615");
        typed("int32", "4294967297");
        typed("int8", "300");
        typed("bytes", "\"?\"");
    }
}
JAVA
expect '9223372036854775807 -> 9223372036854775807'
expect '9223372036854775808 -> -9223372036854775808'
expect '18446744073709551615 -> -1'
expect 'int32 4294967297 -> 1'
expect 'int8 300 -> 44'
expect 'bytes "?" -> DataException'
echo "as described"
