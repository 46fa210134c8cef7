#!/usr/bin/env bash
# Package: org.apache.kafka:connect-transforms and connect-api 4.4.0 (Maven Central)
# Behaviour: A record without a value, which deletes its key's in a compacted topic or a sink's table, is passed on as it is by Cast, ExtractField, Flatten, InsertField, ReplaceField,
#   SetSchemaMetadata and TimestampConverter. MaskField, ValueToKey and HeaderFrom throw a DataException at it, which ends the task unless errors are tolerated; HoistField makes a
#   value with an empty field of it, so that the deletion becomes an update. One would expect all of one library's to pass it on.
# Seen: seven: null; MaskField, ValueToKey, HeaderFrom: DataException; HoistField: {field=null}
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:connect-transforms:4.4.0 org.slf4j:slf4j-nop:1.7.36
java_main << 'JAVA'
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.*;

class Main {
    static void tombstone(Transformation<SinkRecord> transformation, Map<String, String> settings) {
        String name = transformation.getClass().getName().replaceAll(".*\\.", "").replace("$Value", "");
        transformation.configure(settings);
        try {
            System.out.println(name + ": " + transformation.apply(new SinkRecord("t", 0, null, "key", null, null, 0)).value());
        } catch (DataException e) {
            System.out.println(name + ": DataException");
        }
    }

    public static void main(String[] args) {
        tombstone(new Cast.Value<>(), Map.of("spec", "field:int32"));
        tombstone(new ExtractField.Value<>(), Map.of("field", "field"));
        tombstone(new Flatten.Value<>(), Map.of());
        tombstone(new InsertField.Value<>(), Map.of("static.field", "field", "static.value", "x"));
        tombstone(new ReplaceField.Value<>(), Map.of("renames", "field:other"));
        tombstone(new SetSchemaMetadata.Value<>(), Map.of("schema.name", "name"));
        tombstone(new TimestampConverter.Value<>(), Map.of("field", "field", "target.type", "Timestamp"));
        tombstone(new MaskField.Value<>(), Map.of("fields", "field"));
        tombstone(new ValueToKey<>(), Map.of("fields", "field"));
        tombstone(new HeaderFrom.Value<>(), Map.of("fields", "field", "headers", "header", "operation", "copy"));
        tombstone(new HoistField.Value<>(), Map.of("field", "field"));
    }
}
JAVA
for name in Cast ExtractField Flatten InsertField ReplaceField SetSchemaMetadata TimestampConverter; do expect "$name: null"; done
for name in MaskField ValueToKey HeaderFrom; do expect "$name: DataException"; done
expect 'HoistField: {field=null}'
echo "as described"
