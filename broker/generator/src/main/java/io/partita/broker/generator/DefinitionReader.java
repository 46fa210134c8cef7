package io.partita.broker.generator;

import com.fasterxml.jackson.databind.JsonNode;
import io.partita.broker.generator.Definitions.Field;
import io.partita.broker.generator.Definitions.MessageDefinition;
import io.partita.broker.generator.Definitions.Struct;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Turns the JSON of one message into its definition. */
final class DefinitionReader {

    private static final Set<String> KINDS = Set.of("request", "response", "header", "data");
    private static final Set<String> KEYWORDS = Set.of("abstract", "assert", "boolean", "break", "byte", "case", "catch", "char", "class", "const",
            "continue", "default", "do", "double", "else", "enum", "extends", "final", "finally", "float", "for", "goto", "if", "implements", "import",
            "instanceof", "int", "interface", "long", "native", "new", "package", "private", "protected", "public", "return", "short", "static",
            "strictfp", "super", "switch", "synchronized", "this", "throw", "throws", "transient", "try", "void", "volatile", "while");

    private final String message;
    private final Versions versions;
    private final Versions flexible;
    private final Map<String, Struct> structs = new LinkedHashMap<>();

    private DefinitionReader(JsonNode json) {
        this.message = text(json, "name", "message");
        this.versions = Versions.parse(text(json, "validVersions", message));
        this.flexible = Versions.parse(json.path("flexibleVersions").asText("none"));
    }

    /** Reads a definition. Throws IllegalArgumentException, naming the field, when it makes no sense. */
    static MessageDefinition read(JsonNode json) {
        return new DefinitionReader(json).readMessage(json);
    }

    private MessageDefinition readMessage(JsonNode json) {
        String kind = text(json, "type", message);
        check(KINDS.contains(kind), message, "is of unknown type " + kind);
        // Known by name before any is read: they may hold each other.
        for (JsonNode struct : json.path("commonStructs")) {
            structs.put(text(struct, "name", message), null);
        }
        for (JsonNode struct : json.path("commonStructs")) {
            String name = text(struct, "name", message);
            define(name, versions.intersect(Versions.parse(text(struct, "versions", name))), struct);
        }
        Struct root = new Struct(message, versions, fields(json, versions, message));
        return new MessageDefinition(message, kind, json.path("apiKey").asInt(-1), versions, flexible, root, structs);
    }

    private void define(String name, Versions occurs, JsonNode json) {
        check(structs.get(name) == null, message + "." + name, "is defined twice");
        // Keeps its place before the structures inside it.
        structs.put(name, null);
        structs.put(name, new Struct(name, occurs, fields(json, occurs, message + "." + name)));
    }

    private List<Field> fields(JsonNode owner, Versions occurs, String where) {
        var fields = new ArrayList<Field>();
        for (JsonNode json : owner.path("fields")) {
            Field field = field(json, occurs, where);
            if (!field.versions().isEmpty()) {
                fields.add(field);
            }
        }
        return fields;
    }

    private Field field(JsonNode json, Versions occurs, String owner) {
        String name = text(json, "name", owner);
        String where = owner + "." + name;
        String typeName = text(json, "type", where);
        boolean array = typeName.startsWith("[]");
        if (array) {
            typeName = typeName.substring(2);
        }
        WireType type = WireType.named(typeName);
        String struct = type == WireType.STRUCT ? typeName : null;
        Versions exists = Versions.parse(text(json, "versions", where)).intersect(occurs);
        Versions tagged = Versions.parse(json.path("taggedVersions").asText("none")).intersect(exists);
        Versions compact = json.has("flexibleVersions") ? Versions.parse(json.get("flexibleVersions").asText()) : flexible;
        var field = new Field(javaName(name), type, array, struct, exists, Versions.parse(json.path("nullableVersions").asText("none")).intersect(exists),
                tagged, json.path("tag").asInt(-1), compact, json.has("default") ? json.get("default").asText() : null);
        check(tagged.isEmpty() || field.tag() >= 0, where, "has tagged versions but no tag");
        check(flexible.contains(tagged), where, "is tagged in versions that are not flexible");
        check(tagged.isEmpty() || type != WireType.RECORDS, where, "cannot be tagged: records may not be moved once written");
        check(!array || type.elementType != null || struct != null, where, "is an array of a type that has no arrays");
        if (struct != null && json.has("fields") && !exists.isEmpty()) {
            define(struct, exists, json);
        }
        check(struct == null || structs.containsKey(struct) || exists.isEmpty(), where, "is of unknown type " + struct);
        return field;
    }

    private static String javaName(String name) {
        String java = Character.toLowerCase(name.charAt(0)) + name.substring(1);
        return KEYWORDS.contains(java) ? java + "_" : java;
    }

    private static String text(JsonNode json, String key, String where) {
        check(json.has(key), where, "lacks " + key);
        return json.get(key).asText();
    }

    private static void check(boolean condition, String where, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(where + " " + problem);
        }
    }
}
