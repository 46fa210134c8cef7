#!/usr/bin/env bash
# Package: org.apache.avro:avro 1.12.2 (Maven Central)
# Behaviour: A field's decimal gets another scale, or its time stamp goes from milliseconds to microseconds. Avro's specification says that decimals match only with the same scale and
#   precision; SchemaCompatibility calls the schemas COMPATIBLE, their fingerprints are the same, so that single-object encoding takes one for the other and never asks a
#   schema store, and the reader gets 1.234 for 12.34, or the 20th of January 1970 for today, without an error. One would expect INCOMPATIBLE, or a conversion, as of int to double.
# Seen: scale 2 read as 3: COMPATIBLE, same fingerprint, 12.34 -> 1.234; millis read as micros: COMPATIBLE, 2024-01-01T00:00:00Z -> 1970-01-20T17:21:07.200Z
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.avro:avro:1.12.2 org.slf4j:slf4j-nop:1.7.36
java_main << 'JAVA'
import java.math.BigDecimal;
import java.time.Instant;
import org.apache.avro.*;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.message.*;

class Main {
    static void pass(String label, String writer, String reader, Object value) throws Exception {
        Schema from = new Schema.Parser().parse(writer);
        Schema to = new Schema.Parser().parse(reader);
        GenericData model = new GenericData();
        model.addLogicalTypeConversion(new Conversions.DecimalConversion());
        model.addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
        model.addLogicalTypeConversion(new TimeConversions.TimestampMicrosConversion());
        boolean same = SchemaNormalization.parsingFingerprint64(from) == SchemaNormalization.parsingFingerprint64(to);
        System.out.println(label + ": " + SchemaCompatibility.checkReaderWriterCompatibility(to, from).getType() + ", same fingerprint " + same);
        Object read = new BinaryMessageDecoder<>(model, to).decode(new BinaryMessageEncoder<>(model, from).encode(value));
        System.out.println(label + ": " + value + " -> " + read);
    }

    public static void main(String[] args) throws Exception {
        String decimal = "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":%d}";
        pass("decimal", decimal.formatted(2), decimal.formatted(3), new BigDecimal("12.34"));
        String time = "{\"type\":\"long\",\"logicalType\":\"timestamp-%s\"}";
        pass("time", time.formatted("millis"), time.formatted("micros"), Instant.parse("2024-01-01T00:00:00Z"));
    }
}
JAVA
expect 'decimal: COMPATIBLE, same fingerprint true'
expect 'decimal: 12.34 -> 1.234'
expect 'time: COMPATIBLE, same fingerprint true'
expect 'time: 2024-01-01T00:00:00Z -> 1970-01-20T17:21:07.200Z'
echo "as described"
