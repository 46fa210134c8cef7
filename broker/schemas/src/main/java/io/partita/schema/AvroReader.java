package io.partita.schema;

import io.partita.schema.AvroType.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the text of an Avro schema, with what those before it have named. For one schema and its references. */
final class AvroReader {

    private final Map<String, AvroType> named = new HashMap<>();
    private int depth;

    /** @param json as the text says it: a map, a list or a name */
    AvroType read(Object json, String namespace) {
        depth++;
        if (depth > Budget.DEPTH_MAX) {
            throw new SchemaException("Its schema has types within types, more than " + Budget.DEPTH_MAX + " deep.");
        }
        AvroType type = switch (json) {
            case String name -> byName(name, namespace);
            case JsonArray union -> new AvroType.Union(all(union, namespace));
            case JsonObject object -> object(object, namespace);
            case null, default -> throw new SchemaException("Its schema has a type that is none.");
        };
        depth--;
        return type;
    }

    private List<AvroType> all(JsonArray types, String namespace) {
        List<AvroType> all = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            all.add(read(types.getValue(i), namespace));
        }
        return all;
    }

    private AvroType byName(String name, String namespace) {
        for (Kind kind : Kind.values()) {
            if (kind.name().toLowerCase(java.util.Locale.ROOT).equals(name)) {
                return new AvroType.Primitive(kind, null, 0);
            }
        }
        AvroType type = name.indexOf('.') >= 0 ? null : named.get(qualified(name, namespace));
        type = type == null ? named.get(name) : type;
        if (type == null) {
            throw new SchemaException("Its schema names a type that is not there, " + shortened(name) + ".");
        }
        return type;
    }

    private AvroType object(JsonObject object, String namespace) {
        Object type = object.getValue("type");
        if (!(type instanceof String name)) {
            return read(type, namespace);
        }
        String logical = object.getValue("logicalType") instanceof String text ? text : null;
        int scale = object.getValue("scale") instanceof Integer number ? number : 0;
        return switch (name) {
            case "record", "error" -> structure(object, namespace);
            case "enum" -> name(object, namespace, new AvroType.Enumeration(symbols(object)));
            case "fixed" -> name(object, namespace, new AvroType.Fixed(size(object), logical, scale));
            case "array" -> new AvroType.ListOf(read(object.getValue("items"), namespace));
            case "map" -> new AvroType.MapOf(read(object.getValue("values"), namespace));
            default -> {
                AvroType found = byName(name, namespace);
                yield found instanceof AvroType.Primitive primitive ? new AvroType.Primitive(primitive.kind(), logical, scale) : found;
            }
        };
    }

    private AvroType structure(JsonObject object, String namespace) {
        AvroType.Structure structure = new AvroType.Structure();
        name(object, namespace, structure);
        String within = namespaceOf(fullName(object, namespace));
        for (Object field : list(object, "fields")) {
            if (!(field instanceof JsonObject one) || !(one.getValue("name") instanceof String name)) {
                throw new SchemaException("Its schema has a field without a name.");
            }
            structure.fields().add(new AvroType.Field(name, read(one.getValue("type"), within)));
        }
        return structure;
    }

    private static List<String> symbols(JsonObject object) {
        List<String> symbols = new ArrayList<>();
        list(object, "symbols").forEach(symbol -> symbols.add(String.valueOf(symbol)));
        return symbols;
    }

    private static int size(JsonObject object) {
        if (!(object.getValue("size") instanceof Integer size) || size < 0) {
            throw new SchemaException("Its schema has a fixed type without a size.");
        }
        return size;
    }

    private static JsonArray list(JsonObject object, String name) {
        if (!(object.getValue(name) instanceof JsonArray list)) {
            throw new SchemaException("Its schema has a type without its " + name + ".");
        }
        return list;
    }

    private <T extends AvroType> T name(JsonObject object, String namespace, T type) {
        named.put(fullName(object, namespace), type);
        return type;
    }

    private static String fullName(JsonObject object, String namespace) {
        if (!(object.getValue("name") instanceof String name)) {
            throw new SchemaException("Its schema has a type without a name.");
        }
        return name.indexOf('.') >= 0 ? name : qualified(name, object.getValue("namespace") instanceof String own ? own : namespace);
    }

    private static String qualified(String name, String namespace) {
        return namespace.isEmpty() ? name : namespace + "." + name;
    }

    private static String namespaceOf(String fullName) {
        return fullName.substring(0, Math.max(0, fullName.lastIndexOf('.')));
    }

    static String shortened(String name) {
        return name.length() <= 100 ? name : name.substring(0, 100) + "…";
    }
}
