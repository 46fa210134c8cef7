package io.partita.broker.security.sasl;

import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the one line of JAAS that Kafka's settings have in them: {@code CLASS required name="value" other=value;}. */
public final class JaasOptions {

    private static final String USER = "user_";

    private final String text;
    private int at;

    private JaasOptions(String text) {
        this.text = text;
    }

    /**
     * The users in the options of PLAIN's login module, with their passwords.
     *
     * @throws IllegalArgumentException when it cannot be read; the message says where, and has no password in it
     */
    public static Map<String, String> users(String text) {
        Map<String, String> users = new LinkedHashMap<>();
        new JaasOptions(text).read().forEach((name, value) -> {
            if (name.startsWith(USER) && name.length() > USER.length()) {
                users.put(name.substring(USER.length()), value);
            }
        });
        return users;
    }

    /**
     * All options of the login module, as a client has them.
     *
     * @throws IllegalArgumentException as {@link #users}
     */
    public static Map<String, String> all(String text) {
        return new JaasOptions(text).read();
    }

    private Map<String, String> read() {
        word("the class of a login module");
        word("required");
        Map<String, String> options = new LinkedHashMap<>();
        while (true) {
            skipBlanks();
            if (at < text.length() && text.charAt(at) == ';') {
                return options;
            }
            String name = word("an option, or a semicolon at the end");
            skipBlanks();
            if (at >= text.length() || text.charAt(at) != '=') {
                throw new IllegalArgumentException("the option " + (options.isEmpty() ? name : "after " + options.size() + " others") + " has no value");
            }
            at++;
            skipBlanks();
            options.put(name, at < text.length() && text.charAt(at) == '"' ? quoted(name) : word("a value for " + name));
        }
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private String word(String expected) {
        skipBlanks();
        int start = at;
        while (at < text.length() && !Character.isWhitespace(text.charAt(at)) && text.charAt(at) != ';' && text.charAt(at) != '=') {
            at++;
        }
        if (at == start) {
            throw new IllegalArgumentException("it ends where " + expected + " is expected; does it end with a semicolon?");
        }
        return text.substring(start, at);
    }

    private String quoted(String name) {
        StringBuilder value = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return value.toString();
            }
            value.append(c == '\\' && at + 1 < text.length() ? text.charAt(++at) : c);
        }
        throw new IllegalArgumentException("the value of " + name + " has no quote at its end");
    }
}
