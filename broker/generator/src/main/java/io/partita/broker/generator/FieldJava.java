package io.partita.broker.generator;

import io.partita.broker.generator.Definitions.Field;
import io.partita.broker.generator.Definitions.MessageDefinition;
import java.util.ArrayList;
import java.util.List;

/** The Java of one field: its declaration, and the statements that read and write it. */
final class FieldJava {

    private final Field field;
    private final Sizes sizes;
    /** The versions in which the field's structure occurs. */
    private final Versions known;
    private final String self;

    FieldJava(Field field, Versions known, Sizes sizes) {
        this.field = field;
        this.known = known;
        this.sizes = sizes;
        this.self = "this." + field.name();
    }

    String declaration() {
        return "public " + type() + " " + field.name() + initializer() + ";";
    }

    private String type() {
        if (field.array()) {
            return "List<" + (field.struct() != null ? field.struct() : field.type().elementType) + ">";
        }
        return field.struct() != null ? field.struct() : field.type().javaType;
    }

    private String initializer() {
        if (field.nullByDefault()) {
            return "";
        }
        if (field.array()) {
            // Without room: reading gives it exactly what it needs.
            return " = new ArrayList<>(0)";
        }
        return switch (field.type()) {
            case STRUCT -> " = new " + field.struct() + "()";
            case STRING -> " = " + stringLiteral();
            case BYTES -> " = NO_BYTES";
            case UUID -> " = ZERO_UUID";
            default -> hasOwnDefault() ? " = " + literal() : "";
        };
    }

    private boolean hasOwnDefault() {
        return field.defaultValue() != null && !field.defaultValue().isEmpty() && !literal().equals("0") && !literal().equals("false");
    }

    private String stringLiteral() {
        String value = field.defaultValue() == null ? "" : field.defaultValue();
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private String literal() {
        String value = field.defaultValue();
        if (value == null || value.isEmpty()) {
            return field.type() == WireType.BOOL ? "false" : "0";
        }
        return field.type() == WireType.INT64 || field.type() == WireType.UINT32 ? value + "L" : value;
    }

    /** A condition: the field holds its default. */
    String isDefault() {
        boolean nullable = !field.nullable().isEmpty();
        if (field.nullByDefault()) {
            return self + " == null";
        }
        String present = nullable ? self + " != null && " : "";
        if (field.array()) {
            return present + self + ".isEmpty()";
        }
        return switch (field.type()) {
            case STRUCT -> present + self + ".isDefault()";
            case STRING -> stringLiteral() + ".equals(" + self + ")";
            case BYTES -> present + self + ".length == 0";
            case UUID -> "ZERO_UUID.equals(" + self + ")";
            case BOOL -> literal().equals("true") ? self : "!" + self;
            default -> self + " == " + literal();
        };
    }

    /** Whether reading needs the local variable {@code count}. */
    boolean readsCount() {
        return field.array() && field.type() == WireType.STRUCT;
    }

    /** Statements that read the field from {@code in}, in versions in which it is there. */
    List<String> read() {
        if (field.type() != WireType.STRUCT) {
            String argument = field.array() || field.type().hasLength() ? "(" + flexible() + ")" : "()";
            return List.of(self + " = " + byNullability("in.", method(), argument) + ";");
        }
        var lines = new ArrayList<String>();
        if (field.array()) {
            String arguments = "(" + flexible() + ", " + sizes.wireBytesMin(field.struct()) + ", " + sizes.heapBytes(field.struct()) + ")";
            lines.add("count = " + byNullability("in.", "arrayCount", arguments) + ";");
            String list = "in.list(" + self + ", count)";
            lines.add(self + " = " + (field.nullable().isEmpty() ? list : "count < 0 ? null : " + list) + ";");
            lines.add("for (; count > 0; count--) {");
            lines.add("var element = new " + field.struct() + "();");
            lines.add("element.read(in, version);");
            lines.add(self + ".add(element);");
            lines.add("}");
            return lines;
        }
        String nullable = nullableCondition();
        if (!nullable.equals("false")) {
            lines.add(self + " = null;");
            lines.add(nullable.equals("true") ? "if (in.isPresent()) {" : "if (!(" + nullable + ") || in.isPresent()) {");
        }
        if (field.nullByDefault() || !nullable.equals("false")) {
            lines.add(self + " = new " + field.struct() + "();");
        }
        lines.add(self + ".read(in, version);");
        if (!nullable.equals("false")) {
            lines.add("}");
        }
        return lines;
    }

    /** Statements that write the field to {@code out}, in versions in which it is there. */
    List<String> write() {
        if (field.type() != WireType.STRUCT) {
            String arguments = field.array() || field.type().hasLength() ? "(" + self + ", " + flexible() + ")" : "(" + self + ")";
            return List.of(byNullabilityStatement(method(), arguments));
        }
        if (field.array()) {
            String count = byNullability("out.", "arrayCount", "(" + self + ", " + flexible() + ")");
            return List.of("for (int i = 0, count = " + count + "; i < count; i++) {", self + ".get(i).write(out, version);", "}");
        }
        String nullable = nullableCondition();
        if (nullable.equals("false")) {
            return List.of(self + ".write(out, version);");
        }
        String opening = nullable.equals("true") ? "if (out.presence(" + self + ")) {" : "if (!(" + nullable + ") || out.presence(" + self + ")) {";
        return List.of(opening, self + ".write(out, version);", "}");
    }

    /** Statements that hand the records in the field to {@code visitor}; none where there are none. */
    List<String> visitRecords(MessageDefinition message) {
        if (field.type() == WireType.RECORDS) {
            return List.of("if (" + self + " != null) {", "visitor.accept(" + self + ");", "}");
        }
        if (field.struct() == null || !StructWriter.holdsRecords(message, message.structs().get(field.struct()))) {
            return List.of();
        }
        return field.array()
                ? List.of("if (" + self + " != null) {", self + ".forEach(element -> element.forEachRecords(visitor));", "}")
                : List.of("if (" + self + " != null) {", self + ".forEachRecords(visitor);", "}");
    }

    private String method() {
        return field.array() ? field.type().method() + "List" : field.type().method();
    }

    private String flexible() {
        return field.flexible().conditionWithin(known).matches("true|false") ? field.flexible().conditionWithin(known) : "flexible";
    }

    /** Whether null is allowed, asked of {@code version} where the field is there. */
    private String nullableCondition() {
        return field.nullable().conditionWithin(field.versions());
    }

    private String byNullability(String receiver, String method, String arguments) {
        String plain = receiver + method + arguments;
        String nullable = receiver + "nullable" + Character.toUpperCase(method.charAt(0)) + method.substring(1) + arguments;
        return switch (nullableCondition()) {
            case "true" -> nullable;
            case "false" -> plain;
            case String condition -> condition + " ? " + nullable + " : " + plain;
        };
    }

    private String byNullabilityStatement(String method, String arguments) {
        String nullable = "out.nullable" + Character.toUpperCase(method.charAt(0)) + method.substring(1) + arguments + ";";
        String plain = "out." + method + arguments + ";";
        return switch (nullableCondition()) {
            case "true" -> nullable;
            case "false" -> plain;
            // A null where the version has none fails in the plain method.
            case String condition -> "if (" + condition + ") { " + nullable + " } else { " + plain + " }";
        };
    }
}
