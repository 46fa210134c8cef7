package io.partita.cli.output;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Rows of something, said once for people and programs: each column has a name in camel case, which is the field in JSON and YAML and, in capitals, the head in a table.
 *
 * @param <T> what a row is made of
 */
public final class Table<T> {

    private static final String GAP = "   ";
    private static final String NOTHING = "-";

    private record Column<T>(String name, Function<T, Object> value, boolean shown, boolean wide) {}

    private final List<Column<T>> columns = new ArrayList<>();

    /** A column that everybody sees. Values are strings, numbers, booleans, lists and maps of them, or null. */
    public Table<T> column(String name, Function<T, Object> value) {
        columns.add(new Column<>(name, value, true, true));
        return this;
    }

    /** A column of {@code -o wide}. */
    public Table<T> wide(String name, Function<T, Object> value) {
        columns.add(new Column<>(name, value, false, true));
        return this;
    }

    /** A field that only programs get. */
    public Table<T> field(String name, Function<T, Object> value) {
        columns.add(new Column<>(name, value, false, false));
        return this;
    }

    /** For programs. */
    public List<Map<String, Object>> structured(Collection<T> rows) {
        List<Map<String, Object>> all = new ArrayList<>(rows.size());
        for (T row : rows) {
            Map<String, Object> fields = new LinkedHashMap<>();
            for (Column<T> column : columns) {
                fields.put(column.name, column.value.apply(row));
            }
            all.add(fields);
        }
        return all;
    }

    /** For people: a line of heads, and one for each row; numbers are to the right. */
    public String text(Collection<T> rows, boolean wide) {
        List<Column<T>> shown = columns.stream().filter(column -> wide ? column.wide : column.shown).toList();
        List<String[]> lines = new ArrayList<>(rows.size() + 1);
        boolean[] numbers = new boolean[shown.size()];
        int[] widths = new int[shown.size()];
        lines.add(shown.stream().map(column -> head(column.name)).toArray(String[]::new));
        for (T row : rows) {
            String[] cells = new String[shown.size()];
            for (int i = 0; i < cells.length; i++) {
                Object value = shown.get(i).value.apply(row);
                numbers[i] |= value instanceof Number;
                cells[i] = cell(value);
            }
            lines.add(cells);
        }
        for (String[] line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] line : lines) {
            int start = text.length();
            for (int i = 0; i < line.length; i++) {
                text.append(i == 0 ? "" : GAP);
                String blanks = " ".repeat(widths[i] - line[i].length());
                text.append(numbers[i] ? blanks + line[i] : line[i] + blanks);
            }
            int end = text.length();
            while (end > start && text.charAt(end - 1) == ' ') {
                end--;
            }
            text.setLength(end);
            text.append('\n');
        }
        return text.toString();
    }

    private static String cell(Object value) {
        return switch (value) {
            case null -> NOTHING;
            case Collection<?> many -> many.isEmpty() ? NOTHING : many.stream().map(Table::cell).collect(Collectors.joining(","));
            case Map<?, ?> map -> map.isEmpty()
                    ? NOTHING
                    : map.entrySet().stream().map(entry -> entry.getKey() + "=" + cell(entry.getValue())).collect(Collectors.joining(","));
            case String text -> text.isEmpty() ? NOTHING : text;
            default -> value.toString();
        };
    }

    private static String head(String name) {
        StringBuilder head = new StringBuilder();
        for (char c : name.toCharArray()) {
            if (Character.isUpperCase(c)) {
                head.append('-');
            }
            head.append(Character.toUpperCase(c));
        }
        return head.toString();
    }
}
