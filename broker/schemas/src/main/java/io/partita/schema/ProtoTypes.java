package io.partita.schema;

import com.squareup.wire.Syntax;
import com.squareup.wire.schema.Field;
import com.squareup.wire.schema.Location;
import com.squareup.wire.schema.internal.parser.EnumElement;
import com.squareup.wire.schema.internal.parser.FieldElement;
import com.squareup.wire.schema.internal.parser.GroupElement;
import com.squareup.wire.schema.internal.parser.MessageElement;
import com.squareup.wire.schema.internal.parser.OneOfElement;
import com.squareup.wire.schema.internal.parser.ProtoFileElement;
import com.squareup.wire.schema.internal.parser.ProtoParser;
import com.squareup.wire.schema.internal.parser.TypeElement;
import io.partita.schema.ProtoField.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The messages and enums of .proto texts by their names, as Wire's parser finds them. Names are looked for here, from the innermost scope outwards, rather than by Wire's linker: what a text
 * imports only for its options need not be there. Thread-safe.
 */
final class ProtoTypes {

    private static final String MAP = "map<";

    /** Of Google's own files, those whose messages are shown in a way of their own, or that others often use. */
    private static final String WELL_KNOWN = """
            syntax = "proto3";
            package google.protobuf;
            message Timestamp { int64 seconds = 1; int32 nanos = 2; }
            message Duration { int64 seconds = 1; int32 nanos = 2; }
            message Any { string type_url = 1; bytes value = 2; }
            message Empty {}
            message FieldMask { repeated string paths = 1; }
            message DoubleValue { double value = 1; }
            message FloatValue { float value = 1; }
            message Int64Value { int64 value = 1; }
            message UInt64Value { uint64 value = 1; }
            message Int32Value { int32 value = 1; }
            message UInt32Value { uint32 value = 1; }
            message BoolValue { bool value = 1; }
            message StringValue { string value = 1; }
            message BytesValue { bytes value = 1; }
            message Struct { map<string, Value> fields = 1; }
            message ListValue { repeated Value values = 1; }
            message Value {
              oneof kind {
                NullValue null_value = 1; double number_value = 2; string string_value = 3; bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6;
              }
            }
            enum NullValue { NULL_VALUE = 0; }
            """;

    private record Found(TypeElement element, boolean isProto3) {}

    private final Map<String, Found> types = new HashMap<>();
    private final Map<String, ProtoMessage> messages = new ConcurrentHashMap<>();
    private final String mainScope;
    private final List<MessageElement> mainMessages;

    /** @param texts of the files that it imports, in any order, and itself last */
    ProtoTypes(List<String> texts) {
        add(parsed(WELL_KNOWN));
        ProtoFileElement main = null;
        for (String text : texts) {
            main = parsed(text);
            add(main);
        }
        mainScope = main.getPackageName() == null ? "" : main.getPackageName();
        mainMessages = messages(main.getTypes());
    }

    private static ProtoFileElement parsed(String text) {
        try {
            return ProtoParser.Companion.parse(Location.get("schema"), text);
        } catch (RuntimeException | StackOverflowError e) {
            throw new SchemaException("Its schema cannot be read as a .proto file.");
        }
    }

    private void add(ProtoFileElement file) {
        boolean isProto3 = file.getSyntax() instanceof Syntax syntax && syntax.toString().equals("proto3");
        add(file.getPackageName() == null ? "" : file.getPackageName(), file.getTypes(), isProto3, 0);
    }

    private void add(String scope, List<TypeElement> elements, boolean isProto3, int depth) {
        if (depth > Budget.DEPTH_MAX) {
            throw new SchemaException("Its schema has types within types, more than " + Budget.DEPTH_MAX + " deep.");
        }
        for (TypeElement element : elements) {
            String name = qualified(scope, element.getName());
            types.put(name, new Found(element, isProto3));
            add(name, element.getNestedTypes(), isProto3, depth + 1);
        }
    }

    private static List<MessageElement> messages(List<TypeElement> elements) {
        return elements.stream().filter(MessageElement.class::isInstance).map(MessageElement.class::cast).toList();
    }

    /** The message at a place, counted from the outermost of the last file on. */
    ProtoMessage message(List<Integer> place) {
        List<MessageElement> among = mainMessages;
        String name = mainScope;
        for (int index : place) {
            if (index < 0 || index >= among.size()) {
                throw new SchemaException("It names a message that its schema does not have.");
            }
            MessageElement message = among.get(index);
            name = qualified(name, message.getName());
            among = messages(message.getNestedTypes());
        }
        return message(name);
    }

    ProtoMessage message(String name) {
        ProtoMessage known = messages.get(name);
        if (known == null && types.get(name) instanceof Found(MessageElement element, boolean isProto3)) {
            known = new ProtoMessage(name, fields(name, element, isProto3), this);
            messages.put(name, known);
        }
        if (known == null) {
            throw new SchemaException("Its schema names a message that is not there, " + AvroReader.shortened(name) + ".");
        }
        return known;
    }

    private Map<Integer, ProtoField> fields(String scope, MessageElement message, boolean isProto3) {
        Map<Integer, ProtoField> fields = new HashMap<>();
        message.getFields().forEach(field -> put(fields, field(scope, field, isProto3 && field.getLabel() == null)));
        message.getGroups().forEach(group -> put(fields, group(scope, group)));
        for (OneOfElement choice : message.getOneOfs()) {
            choice.getFields().forEach(field -> put(fields, field(scope, field, false)));
            choice.getGroups().forEach(group -> put(fields, group(scope, group)));
        }
        return fields;
    }

    private static void put(Map<Integer, ProtoField> fields, ProtoField field) {
        fields.put(field.number(), field);
    }

    private ProtoField field(String scope, FieldElement field, boolean hasDefault) {
        String type = field.getType().replace(" ", "");
        boolean isRepeated = field.getLabel() == Field.Label.REPEATED;
        String json = field.getJsonName() != null ? field.getJsonName() : camelCase(field.getName());
        if (type.startsWith(MAP)) {
            int comma = type.indexOf(',');
            if (comma < 0) {
                throw new SchemaException("Its schema has a map that is none.");
            }
            Map<Integer, ProtoField> entry = new HashMap<>();
            put(entry, one(scope, 1, "key", type.substring(MAP.length(), comma), false, true));
            put(entry, one(scope, 2, "value", type.substring(comma + 1, type.length() - 1), false, true));
            return new ProtoField(field.getTag(), json, Kind.MAP, false, false, new ProtoMessage("", entry, this), null, Map.of());
        }
        return one(scope, field.getTag(), json, type, isRepeated, hasDefault);
    }

    private ProtoField one(String scope, int number, String json, String type, boolean isRepeated, boolean hasDefault) {
        for (Kind kind : Kind.values()) {
            if (kind.isScalar() && kind.name().toLowerCase(Locale.ROOT).equals(type)) {
                return new ProtoField(number, json, kind, isRepeated, hasDefault && !isRepeated, null, null, Map.of());
            }
        }
        String name = found(scope, type);
        if (name != null && types.get(name).element() instanceof EnumElement found) {
            Map<Integer, String> symbols = new HashMap<>();
            found.getConstants().forEach(constant -> symbols.putIfAbsent(constant.getTag(), constant.getName()));
            return new ProtoField(number, json, Kind.ENUM, isRepeated, hasDefault && !isRepeated, null, null, symbols);
        }
        // One that is not there is said when a payload has it.
        return new ProtoField(number, json, Kind.MESSAGE, isRepeated, false, null, name == null ? type : name, Map.of());
    }

    private ProtoField group(String scope, GroupElement group) {
        Map<Integer, ProtoField> fields = new HashMap<>();
        String name = qualified(scope, group.getName());
        group.getFields().forEach(field -> put(fields, field(name, field, false)));
        return new ProtoField(group.getTag(), group.getName().toLowerCase(Locale.ROOT), Kind.GROUP, group.getLabel() == Field.Label.REPEATED, false,
                new ProtoMessage(name, fields, this), null, Map.of());
    }

    /** The full name of a type, null where there is none. */
    private String found(String scope, String type) {
        if (type.startsWith(".")) {
            return types.containsKey(type.substring(1)) ? type.substring(1) : null;
        }
        for (String at = scope;; at = at.substring(0, Math.max(0, at.lastIndexOf('.')))) {
            String name = qualified(at, type);
            if (types.containsKey(name)) {
                return name;
            }
            if (at.isEmpty()) {
                return null;
            }
        }
    }

    private static String qualified(String scope, String name) {
        return scope.isEmpty() ? name : scope + "." + name;
    }

    /** As Protobuf's own JSON has names. */
    private static String camelCase(String name) {
        StringBuilder text = new StringBuilder();
        List<String> words = new ArrayList<>(List.of(name.split("_")));
        text.append(words.removeFirst());
        words.stream().filter(word -> !word.isEmpty()).forEach(word -> text.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1)));
        return text.toString();
    }
}
