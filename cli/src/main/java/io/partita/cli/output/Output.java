package io.partita.cli.output;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a command answers, in the form that was asked for. One thread. */
public final class Output {

    private final Terminal terminal;
    private final Format format;
    private final List<Map<String, Object>> changes = new ArrayList<>();

    public Output(Terminal terminal, Format format) {
        this.terminal = terminal;
        this.format = format;
    }

    public Terminal terminal() {
        return terminal;
    }

    public Format format() {
        return format;
    }

    /** The rows, or {@code otherwise} for people when there are none. */
    public <T> void rows(Table<T> table, Collection<T> rows, String otherwise) {
        if (format.structured()) {
            value(table.structured(rows));
        } else if (rows.isEmpty()) {
            terminal.err().println(otherwise);
        } else {
            String text = table.text(rows, format == Format.wide);
            int end = text.indexOf('\n');
            terminal.out().print(terminal.strong(text.substring(0, end)) + text.substring(end));
        }
    }

    /** A line for people; programs do not get it. */
    public void line(String text) {
        if (!format.structured()) {
            terminal.out().println(text);
        }
    }

    /** The whole answer for programs. */
    @SuppressWarnings("unchecked")
    public void value(Object value) {
        if (format == Format.yaml) {
            terminal.out().print(Yaml.of(value));
        } else if (value instanceof List<?> list) {
            terminal.out().println(new JsonArray(list).encodePrettily());
        } else {
            terminal.out().println(new JsonObject((Map<String, Object>) value).encodePrettily());
        }
    }

    /**
     * Something that was changed, or would have been: a sentence for people, an element of the list that {@link #finish} writes for programs.
     *
     * @param action as in {@code created}
     */
    public void changed(String kind, String name, String action, boolean dryRun, String sentence) {
        if (format.structured()) {
            Map<String, Object> change = new LinkedHashMap<>();
            change.put("kind", kind);
            change.put("name", name);
            change.put("action", action);
            change.put("dryRun", dryRun);
            changes.add(change);
        } else {
            terminal.out().println((dryRun ? "Dry run, nothing is changed: " : "") + sentence);
        }
    }

    /** After the last change. */
    public void finish() {
        if (!changes.isEmpty()) {
            value(changes);
            changes.clear();
        }
    }
}
