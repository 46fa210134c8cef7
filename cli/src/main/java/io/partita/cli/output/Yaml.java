package io.partita.cli.output;

import io.vertx.core.json.Json;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Writes values as YAML 1.2. Strings that could be taken for anything else are written as JSON writes them, which is YAML too. */
final class Yaml {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_/][A-Za-z0-9_./ -]*");
    private static final List<String> WORDS = List.of("true", "false", "null", "yes", "no", "on", "off", "y", "n");

    private Yaml() {}

    static String of(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, "", out);
        return out.toString();
    }

    /** Writes lines, the first at the place where {@code out} is. */
    private static void write(Object value, String indent, StringBuilder out) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            boolean first = true;
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(first ? "" : indent).append(scalar(entry.getKey().toString())).append(':');
                first = false;
                nested(entry.getValue(), indent, out);
            }
        } else if (value instanceof Collection<?> many && !many.isEmpty()) {
            boolean first = true;
            for (Object element : many) {
                out.append(first ? "" : indent).append("- ");
                first = false;
                write(element, indent + "  ", out);
            }
        } else {
            out.append(scalar(value)).append('\n');
        }
    }

    private static void nested(Object value, String indent, StringBuilder out) {
        boolean block = value instanceof Map<?, ?> map && !map.isEmpty() || value instanceof Collection<?> many && !many.isEmpty();
        if (block) {
            out.append('\n').append(indent).append("  ");
            write(value, indent + "  ", out);
        } else {
            out.append(' ').append(scalar(value)).append('\n');
        }
    }

    private static String scalar(Object value) {
        return switch (value) {
            case null -> "null";
            case Map<?, ?> empty -> "{}";
            case Collection<?> empty -> "[]";
            case String text ->
                PLAIN.matcher(text).matches() && !text.endsWith(" ") && !WORDS.contains(text.toLowerCase(java.util.Locale.ROOT)) ? text : Json.encode(text);
            default -> value.toString();
        };
    }
}
