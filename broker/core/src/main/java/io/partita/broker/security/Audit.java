package io.partita.broker.security;

import io.partita.broker.env.Clock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what was refused, and what was administered: one line each, of {@code name=value} pairs, to the logger {@code io.partita.audit}. Values are quoted
 * where they could be taken for something else, since clients choose many of them. Nothing that a client sent is in a line but names: no record, no setting's value,
 * no credential. Thread-safe.
 */
public final class Audit {

    /** The name of the logger, by which the lines can be sent elsewhere. */
    public static final String LOGGER = "io.partita.audit";

    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);

    /** Refusals written down in a second: a client that goes on asking must not fill the disk. */
    private static final int REFUSALS_PER_SECOND_MAX = 100;
    /** Longest value in a line. Names in the protocol may have 32 KB. */
    private static final int VALUE_CHARS_MAX = 300;

    private final Clock clock;
    private final Consumer<String> lines;
    /** The fields below are guarded by this. */
    private long second;
    private int refusals;
    private long leftOut;

    /** Writes to the logger. */
    public Audit(Clock clock) {
        this(clock, LOG::info);
    }

    /** Writes to {@code lines}, from any thread. */
    public Audit(Clock clock, Consumer<String> lines) {
        this.clock = clock;
        this.lines = lines;
    }

    /**
     * Who asks.
     *
     * @param host the address
     * @param listener the name of the listener
     * @param client the client id, which says what the client likes
     */
    public record Who(String principal, String host, String listener, String client) {}

    /** Something was refused; {@code reason} is to be read after "because", and asked for only where it is written down. */
    public void refused(Who who, String api, Operation operation, ResourceType type, String name, Supplier<String> reason) {
        long unwritten;
        synchronized (this) {
            long now = clock.monotonicMillis() / 1000;
            if (now != second) {
                second = now;
                refusals = 0;
            }
            if (refusals == REFUSALS_PER_SECOND_MAX) {
                leftOut++;
                return;
            }
            refusals++;
            unwritten = leftOut;
            leftOut = 0;
        }
        if (unwritten > 0) {
            lines.accept("left-out refusals=" + unwritten + " reason=\"more than " + REFUSALS_PER_SECOND_MAX + " a second\"");
        }
        StringBuilder line = line("refused", who, api);
        pair(line, "operation", operation.name());
        pair(line, "resource", type + ":" + name);
        pair(line, "reason", reason.get());
        lines.accept(line.toString());
    }

    /** Something was administered, or tried to be; {@code what} are names, {@code outcome} is {@code NONE} or the error. */
    public void administered(Who who, String api, String what, String outcome) {
        StringBuilder line = line("administered", who, api);
        pair(line, "what", what);
        pair(line, "outcome", outcome);
        lines.accept(line.toString());
    }

    private static StringBuilder line(String event, Who who, String api) {
        StringBuilder line = new StringBuilder(200).append(event);
        pair(line, "principal", who.principal);
        pair(line, "host", who.host);
        pair(line, "listener", who.listener);
        pair(line, "client", who.client);
        pair(line, "api", api);
        return line;
    }

    private static void pair(StringBuilder line, String name, String value) {
        line.append(' ').append(name).append('=');
        boolean isPlain = !value.isEmpty() && value.length() <= VALUE_CHARS_MAX;
        for (int i = 0; isPlain && i < value.length(); i++) {
            char c = value.charAt(i);
            isPlain = c > ' ' && c < 127 && c != '"' && c != '\\' && c != '=';
        }
        if (isPlain) {
            line.append(value);
            return;
        }
        line.append('"');
        for (int i = 0; i < Math.min(value.length(), VALUE_CHARS_MAX); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c < ' ' || c == 127 || Character.getType(c) == Character.FORMAT || c == '\u2028' || c == '\u2029' || c >= '\u0080' && c < '\u00a0') {
                line.append("\\u").append(Integer.toHexString(c | 0x10000), 1, 5);
            } else {
                line.append(c);
            }
        }
        line.append(value.length() > VALUE_CHARS_MAX ? "…\"" : "\"");
    }
}
