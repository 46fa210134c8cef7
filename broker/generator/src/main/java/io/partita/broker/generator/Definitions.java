package io.partita.broker.generator;

import java.util.List;
import java.util.Map;

/** What the JSON files say, checked and with names in Java's style. */
final class Definitions {

    private Definitions() {
    }

    /**
     * One message with all its structures.
     *
     * @param kind request, response, header or data
     * @param apiKey -1 when neither request nor response
     * @param root the message's own fields
     * @param structs the structures within, by name
     */
    record MessageDefinition(String name, String kind, int apiKey, Versions versions, Versions flexible, Struct root, Map<String, Struct> structs) {
    }

    /** A structure and the versions in which it can occur. */
    record Struct(String name, Versions versions, List<Field> fields) {
    }

    /**
     * A field.
     *
     * @param name in Java
     * @param struct the name of its structure, or of its elements'; null for other types
     * @param versions in which the field exists at all
     * @param tagged in which it is a tagged field
     * @param flexible in which its lengths are compact
     * @param defaultValue as in the definition; null when that says nothing
     */
    record Field(String name, WireType type, boolean array, String struct, Versions versions, Versions nullable, Versions tagged, int tag,
            Versions flexible, String defaultValue) {

        Versions untagged() {
            return versions.before(tagged);
        }

        boolean nullByDefault() {
            return "null".equals(defaultValue) || type == WireType.RECORDS && defaultValue == null;
        }
    }
}
