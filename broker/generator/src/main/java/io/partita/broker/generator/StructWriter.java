package io.partita.broker.generator;

import io.partita.broker.generator.Definitions.Field;
import io.partita.broker.generator.Definitions.MessageDefinition;
import io.partita.broker.generator.Definitions.Struct;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Writes the members of one structure's class. */
final class StructWriter {

    private static final int TAGGED_FIELDS_MAX = 127;

    private final MessageDefinition message;
    private final Struct struct;
    private final Versions known;
    private final String flexible;
    private final JavaText java;
    private final Sizes sizes;
    private final List<Field> tagged;

    StructWriter(MessageDefinition message, Struct struct, JavaText java) {
        this.message = message;
        this.struct = struct;
        this.known = struct.versions();
        this.flexible = message.flexible().conditionWithin(known);
        this.java = java;
        this.sizes = new Sizes(message);
        this.tagged = struct.fields().stream().filter(f -> !f.tagged().isEmpty()).sorted(Comparator.comparingInt(Field::tag)).toList();
        if (tagged.size() > TAGGED_FIELDS_MAX || tagged.stream().map(Field::tag).distinct().count() != tagged.size()) {
            throw new IllegalArgumentException(message.name() + "." + struct.name() + " has too many tagged fields, or two with one tag");
        }
    }

    /** Whether records are somewhere within {@code struct}. */
    static boolean holdsRecords(MessageDefinition message, Struct struct) {
        for (Field field : struct.fields()) {
            if (field.type() == WireType.RECORDS || field.struct() != null && holdsRecords(message, message.structs().get(field.struct()))) {
                return true;
            }
        }
        return false;
    }

    /** Fields, read, write, a visitor of the records where there are any and, if asked for, isDefault. */
    void write(boolean compared) {
        for (Field field : struct.fields()) {
            if (!field.versions().contains(known)) {
                java.line("/** Versions " + field.versions() + ". */");
            }
            java.line(java(field).declaration());
        }
        if (!struct.fields().isEmpty()) {
            java.line("");
        }
        writeRead();
        java.line("");
        writeWrite();
        if (holdsRecords(message, struct)) {
            java.line("");
            writeForEachRecords();
        }
        if (compared) {
            java.line("");
            writeIsDefault();
        }
        if (struct == message.root()) {
            struct.fields().stream().filter(field -> field.name().equals("throttleTimeMs")).forEach(this::writeThrottle);
        }
    }

    private void writeThrottle(Field field) {
        java.line("").line("@Override").line("public void throttle(int millis) {").line("this.throttleTimeMs = millis;").line("}");
    }

    private FieldJava java(Field field) {
        return new FieldJava(field, known, sizes);
    }

    private void writeRead() {
        java.line("@Override").line("public void read(MessageReader in, short version) {");
        declareFlexible();
        if (struct.fields().stream().anyMatch(f -> java(f).readsCount())) {
            java.line("int count;");
        }
        untagged(FieldJava::read);
        if (!flexible.equals("false")) {
            java.lineIf(guard(flexible), tagged.isEmpty() ? List.of("in.skipTaggedFields();") : readTagged());
        }
        java.line("}");
    }

    private List<String> readTagged() {
        var lines = new ArrayList<String>();
        lines.add("for (int fields = in.taggedFieldCount(); fields > 0; fields--) {");
        lines.add("switch (in.unsignedVarint()) {");
        for (Field field : tagged) {
            String condition = field.tagged().conditionWithin(flexibleVersions());
            lines.add("case " + field.tag() + " -> {");
            if (!condition.equals("true")) {
                lines.add("if (" + condition + ") {");
            }
            lines.add("int outer = in.beginTaggedField();");
            lines.addAll(java(field).read());
            lines.add("in.endTaggedField(outer);");
            if (!condition.equals("true")) {
                lines.add("} else {");
                lines.add("in.skipTaggedField();");
                lines.add("}");
            }
            lines.add("}");
        }
        lines.add("default -> in.skipTaggedField();");
        lines.add("}");
        lines.add("}");
        return lines;
    }

    private void writeWrite() {
        java.line("@Override").line("public void write(MessageWriter out, short version) {");
        declareFlexible();
        untagged(FieldJava::write);
        if (!flexible.equals("false")) {
            java.lineIf(guard(flexible), tagged.isEmpty() ? List.of("out.noTaggedFields();") : writeTagged());
        }
        java.line("}");
    }

    private List<String> writeTagged() {
        var lines = new ArrayList<String>();
        lines.add("int fields = 0;");
        lines.add("int fieldsMark = out.beginTaggedFields();");
        for (Field field : tagged) {
            String condition = field.tagged().conditionWithin(flexibleVersions());
            String filled = negate(java(field).isDefault());
            lines.add("if (" + (condition.equals("true") ? "" : condition + " && ") + filled + ") {");
            lines.add("fields++;");
            lines.add("int mark = out.beginTaggedField(" + field.tag() + ");");
            lines.addAll(java(field).write());
            lines.add("out.endTaggedField(mark);");
            lines.add("}");
        }
        lines.add("out.endTaggedFields(fieldsMark, fields);");
        return lines;
    }

    private void writeForEachRecords() {
        java.line("@Override").line("public void forEachRecords(Consumer<Records> visitor) {");
        for (Field field : struct.fields()) {
            java(field).visitRecords(message).forEach(java::line);
        }
        java.line("}");
    }

    private static String negate(String condition) {
        if (condition.contains("&&")) {
            return "!(" + condition + ")";
        }
        if (condition.startsWith("!")) {
            return condition.substring(1);
        }
        return condition.contains(" == ") ? condition.replace(" == ", " != ") : "!" + condition;
    }

    private void writeIsDefault() {
        java.line("private boolean isDefault() {");
        var conditions = new ArrayList<String>();
        for (Field field : struct.fields()) {
            conditions.add(java(field).isDefault());
        }
        java.line("return " + (conditions.isEmpty() ? "true" : String.join(" && ", conditions)) + ";");
        java.line("}");
    }

    private Versions flexibleVersions() {
        Versions all = Versions.NONE;
        for (Field field : struct.fields()) {
            all = all.span(field.flexible().intersect(known));
        }
        return all;
    }

    private void declareFlexible() {
        boolean used = struct.fields().stream().anyMatch(f -> (f.array() || f.type().hasLength()) && !f.untagged().isEmpty());
        if (used && !isConstant(flexible)) {
            java.line("boolean flexible = " + flexible + ";");
        }
    }

    private String guard(String condition) {
        boolean declared = struct.fields().stream().anyMatch(f -> (f.array() || f.type().hasLength()) && !f.untagged().isEmpty());
        return declared && !isConstant(condition) ? "flexible" : condition;
    }

    private static boolean isConstant(String condition) {
        return condition.equals("true") || condition.equals("false");
    }

    /** Fields that stand side by side and in the same versions share one condition. */
    private void untagged(Function<FieldJava, List<String>> statements) {
        String pending = "true";
        var lines = new ArrayList<String>();
        for (Field field : struct.fields()) {
            String condition = field.untagged().conditionWithin(known);
            if (condition.equals("false")) {
                continue;
            }
            if (!condition.equals(pending)) {
                java.lineIf(lines.isEmpty() ? "true" : pending, lines);
                lines.clear();
                pending = condition;
            }
            lines.addAll(statements.apply(java(field)));
        }
        java.lineIf(lines.isEmpty() ? "true" : pending, lines);
    }
}
