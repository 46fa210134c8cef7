package io.partita.broker.generator;

import io.partita.broker.generator.Definitions.Field;
import io.partita.broker.generator.Definitions.MessageDefinition;
import io.partita.broker.generator.Definitions.Struct;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/** Writes the class of one message, with its structures as nested classes. */
final class MessageClassWriter {

    static final String PACKAGE = "io.partita.broker.protocol.message";
    static final String RUNTIME = "io.partita.broker.protocol";
    private static final Set<String> TAKEN = Set.of("Message", "MessageReader", "MessageWriter", "Records", "Consumer", "List", "ArrayList", "UUID", "String",
            "Boolean", "Byte", "Short", "Integer", "Long", "Double", "Override");

    private final MessageDefinition message;
    private final JavaText java = new JavaText();

    MessageClassWriter(MessageDefinition message) {
        this.message = message;
    }

    /** The source of the whole file. */
    String write() {
        for (String struct : message.structs().keySet()) {
            if (TAKEN.contains(struct) || struct.equals(message.name())) {
                throw new IllegalArgumentException(message.name() + " has a structure called " + struct + ", which the generated class uses itself");
            }
        }
        java.line("package " + PACKAGE + ";").line("");
        for (String type : imports()) {
            java.line("import " + type + ";");
        }
        Versions versions = message.versions();
        java.line("").line("/** Versions " + versions + ", flexible " + message.flexible() + ". Generated: see the README of the message definitions. */");
        java.line("public final class " + message.name() + " implements Message {").line("");
        java.line("public static final short LOWEST_VERSION = " + versions.lowest() + ";");
        java.line("public static final short HIGHEST_VERSION = " + versions.highest() + ";").line("");
        Set<String> compared = comparedStructs();
        new StructWriter(message, message.root(), java).write(false);
        for (Struct struct : message.structs().values()) {
            java.line("").line("/** Versions " + struct.versions() + ". */");
            java.line("public static final class " + struct.name() + " implements Message {").line("");
            new StructWriter(message, struct, java).write(compared.contains(struct.name()));
            java.line("}");
        }
        return java.line("}").toString();
    }

    private Set<String> imports() {
        var imports = new TreeSet<String>();
        imports.add(RUNTIME + ".Message");
        imports.add(RUNTIME + ".MessageReader");
        imports.add(RUNTIME + ".MessageWriter");
        addImports(message.root(), imports);
        for (Struct struct : message.structs().values()) {
            addImports(struct, imports);
        }
        return imports;
    }

    private static void addImports(Struct struct, Set<String> imports) {
        for (Field field : struct.fields()) {
            if (field.array()) {
                imports.add("java.util.List");
                if (!field.nullByDefault()) {
                    imports.add("java.util.ArrayList");
                }
            }
            if (field.type() == WireType.UUID) {
                imports.add("java.util.UUID");
            }
            if (field.type() == WireType.RECORDS) {
                imports.add(RUNTIME + ".Records");
                imports.add("java.util.function.Consumer");
            }
        }
    }

    /** The structures that are tagged fields themselves, or parts of such: left out when they hold nothing but defaults. */
    private Set<String> comparedStructs() {
        var compared = new HashSet<String>();
        addTagged(message.root(), compared);
        for (Struct struct : message.structs().values()) {
            addTagged(struct, compared);
        }
        return compared;
    }

    private void addTagged(Struct struct, Set<String> compared) {
        for (Field field : struct.fields()) {
            if (!field.tagged().isEmpty()) {
                addCompared(field, compared);
            }
        }
    }

    private void addCompared(Field field, Set<String> compared) {
        if (field.type() == WireType.STRUCT && !field.array() && !field.nullByDefault() && compared.add(field.struct())) {
            for (Field inner : message.structs().get(field.struct()).fields()) {
                addCompared(inner, compared);
            }
        }
    }
}
