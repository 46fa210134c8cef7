#!/usr/bin/env bash
# Package: org.apache.kafka:connect-api 4.4.0 (Maven Central)
# Behaviour: header.converter of a Connect worker is SimpleHeaderConverter unless set, which guesses a type from each header's text. What it writes back when a record goes out of
#   Connect again is not the text that came in: of a text that begins with a number and a comma everything from the comma on is gone, leading zeros, a plus sign and closing zeros are
#   dropped, a number loses the digits that a float has no room for, a point in time at midnight becomes a date. No error, no warning. One would expect that text passes unharmed, as words do.
# Seen: "1,2" -> "1", "1234,five" -> "1234", "007" -> "7", "1.10" -> "1.1", "0.30000000000000004" -> "0.3", "2024-01-01T00:00:00.000Z" -> "2024-01-01"
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:connect-api:4.4.0 org.slf4j:slf4j-nop:1.7.36
java_main << 'JAVA'
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.storage.SimpleHeaderConverter;

class Main {
    public static void main(String[] args) throws Exception {
        try (SimpleHeaderConverter converter = new SimpleHeaderConverter()) {
            converter.configure(Map.of());
            for (String text : List.of("abc", "1,2", "007", "1.10", "+41791234567", "0.30000000000000004", "2024-01-01T00:00:00.000Z", "2024-01-01T08:30:00.000Z", "1234,five")) {
                SchemaAndValue inside = converter.toConnectHeader("t", "h", text.getBytes(StandardCharsets.UTF_8));
                byte[] out = converter.fromConnectHeader("t", "h", inside.schema(), inside.value());
                System.out.println(text + " -> " + inside.schema().type() + " -> " + new String(out, StandardCharsets.UTF_8));
            }
        }
    }
}
JAVA
expect 'abc -> STRING -> abc'
expect '1,2 -> INT8 -> 1'
expect '007 -> INT8 -> 7'
expect '1.10 -> FLOAT32 -> 1.1'
expect '+41791234567 -> INT64 -> 41791234567'
expect '0.30000000000000004 -> FLOAT32 -> 0.3'
expect '1234,five -> INT16 -> 1234'
expect '2024-01-01T00:00:00.000Z -> INT64 -> 2024-01-01'
expect '2024-01-01T08:30:00.000Z -> INT64 -> 2024-01-01T08:30:00.000Z'
echo "as described"
