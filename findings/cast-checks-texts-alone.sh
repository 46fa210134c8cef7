#!/usr/bin/env bash
# Package: org.apache.kafka:connect-transforms and connect-api 4.4.0 (Maven Central)
# Behaviour: The transformation Cast refuses a text that does not fit the type it is cast to: "300" to int8 is a DataException. The same value as a number is cut down to the lowest
#   bits and goes on: 300 to int8 is 44, 9999999999 to int32 is 1410065407, and a float64 that is not a number is 0. One would expect one bound for both. And a boolean is
#   made of a number by its being 0 or not, of a text by its being "true" or not, so that 1 is true and "1" false.
# Seen: int8: "300" DataException, 300 -> 44; int32: "9999999999" DataException, 9999999999 -> 1410065407, NaN -> 0; boolean: 1 -> true, "1" -> false
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:connect-transforms:4.4.0 org.slf4j:slf4j-nop:1.7.36
java_main << 'JAVA'
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.Cast;

class Main {
    static void cast(String type, Object value) {
        try (Cast.Value<SinkRecord> cast = new Cast.Value<>()) {
            cast.configure(Map.of("spec", "field:" + type));
            SinkRecord out = cast.apply(new SinkRecord("t", 0, null, null, null, Map.of("field", value), 0));
            System.out.println(type + " of " + value.getClass().getSimpleName() + " " + value + " -> " + ((Map<?, ?>) out.value()).get("field"));
        } catch (DataException e) {
            System.out.println(type + " of " + value.getClass().getSimpleName() + " " + value + " -> DataException");
        }
    }

    public static void main(String[] args) {
        cast("int8", "300");
        cast("int8", 300L);
        cast("int32", "9999999999");
        cast("int32", 9999999999L);
        cast("int32", Double.NaN);
        cast("boolean", 1L);
        cast("boolean", "1");
    }
}
JAVA
expect 'int8 of String 300 -> DataException'
expect 'int8 of Long 300 -> 44'
expect 'int32 of String 9999999999 -> DataException'
expect 'int32 of Long 9999999999 -> 1410065407'
expect 'int32 of Double NaN -> 0'
expect 'boolean of Long 1 -> true'
expect 'boolean of String 1 -> false'
echo "as described"
