package io.partita.broker.generator;

/** Java source under construction: lines, indented by the braces they open and close. */
final class JavaText {

    private final StringBuilder text = new StringBuilder();
    private int depth;

    /** Appends a line, or an empty one. */
    JavaText line(String line) {
        if (line.startsWith("}")) {
            depth--;
        }
        if (!line.isEmpty()) {
            text.repeat(' ', depth * 4).append(line);
        }
        text.append('\n');
        if (line.endsWith("{")) {
            depth++;
        }
        return this;
    }

    /** Appends {@code lines} inside {@code if (condition)}, without it when the condition is "true". */
    JavaText lineIf(String condition, Iterable<String> lines) {
        boolean conditional = !condition.equals("true");
        if (conditional) {
            line("if (" + condition + ") {");
        }
        for (String line : lines) {
            line(line);
        }
        if (conditional) {
            line("}");
        }
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
