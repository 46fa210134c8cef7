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

    /**
     * That of this process, of which the script that starts it knows more: {@code partita.terminal} has {@code in} and {@code out} in it where somebody types and looks. The
     * JDK's console would tell, too, after loading a shell's worth of classes. {@code NO_COLOR} is respected (no-color.org).
     */
    public static Terminal system(PrintStream out) {
        String terminal = System.getProperty("partita.terminal", "");
        String noColour = System.getenv("NO_COLOR");
        boolean colours = terminal.contains("out") && (noColour == null || noColour.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
        return new Terminal(System.in, out, System.err, colours, terminal.contains("in"));
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
