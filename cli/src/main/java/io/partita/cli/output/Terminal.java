package io.partita.cli.output;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * Where a command reads and writes.
 *
 * @param colours whether somebody looks at {@code out}
 * @param keyboard whether somebody types into {@code in}
 */
public record Terminal(InputStream in, PrintStream out, PrintStream err, boolean colours, boolean keyboard) {

    /** That of this process. {@code NO_COLOR} is respected (no-color.org). */
    public static Terminal system(PrintStream out) {
        // Since JDK 22 there is a console object also where output is redirected; it says so.
        java.io.Console console = System.console();
        boolean terminal = console != null && console.isTerminal();
        String noColour = System.getenv("NO_COLOR");
        boolean colours = terminal && (noColour == null || noColour.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
        return new Terminal(System.in, out, System.err, colours, terminal);
    }

    public String good(String text) {
        return paint("32", text);
    }

    public String bad(String text) {
        return paint("31", text);
    }

    public String warning(String text) {
        return paint("33", text);
    }

    public String strong(String text) {
        return paint("1", text);
    }

    private String paint(String code, String text) {
        return colours ? "\033[" + code + "m" + text + "\033[0m" : text;
    }
}
