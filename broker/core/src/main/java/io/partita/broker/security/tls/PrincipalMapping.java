package io.partita.broker.security.tls;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * From the distinguished name of a client's certificate to the name of its user ({@code ssl.principal.mapping.rules}): the first rule whose pattern
 * matches all of the name says what it becomes. Immutable.
 */
public final class PrincipalMapping {

    private static final String DEFAULT = "DEFAULT";
    private static final String RULE = "RULE:";

    private sealed interface Rule {
        /** The user's name, or {@code null} when the rule is not for this one. */
        String apply(String distinguishedName);
    }

    private record Whole() implements Rule {
        @Override
        public String apply(String distinguishedName) {
            return distinguishedName;
        }
    }

    private enum Case {
        AS_IS,
        LOWER,
        UPPER
    }

    private record Replacing(Pattern pattern, String replacement, Case letters) implements Rule {
        @Override
        public String apply(String distinguishedName) {
            Matcher matcher = pattern.matcher(distinguishedName);
            if (!matcher.matches()) {
                return null;
            }
            String name = matcher.replaceAll(replacement);
            return switch (letters) {
                case AS_IS -> name;
                case LOWER -> name.toLowerCase(Locale.ENGLISH);
                case UPPER -> name.toUpperCase(Locale.ENGLISH);
            };
        }
    }

    private final List<Rule> rules;

    private PrincipalMapping(List<Rule> rules) {
        this.rules = rules;
    }

    /**
     * Reads {@code RULE:pattern/replacement/[LU]} and {@code DEFAULT}, separated by commas or line ends. A slash within a pattern has a backslash before it.
     *
     * @throws IllegalArgumentException when it cannot be read; the message says what is wrong
     */
    public static PrincipalMapping parse(String text) {
        List<Rule> rules = new ArrayList<>(2);
        Reader in = new Reader(text);
        while (in.skipSeparators()) {
            rules.add(in.rule());
        }
        if (rules.isEmpty()) {
            rules.add(new Whole());
        }
        return new PrincipalMapping(List.copyOf(rules));
    }

    /** The user's name, or {@code null} when no rule is for this certificate. */
    public String nameOf(String distinguishedName) {
        for (Rule rule : rules) {
            String name = rule.apply(distinguishedName);
            if (name != null) {
                return name;
            }
        }
        return null;
    }

    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        boolean skipSeparators() {
            while (at < text.length() && (Character.isWhitespace(text.charAt(at)) || text.charAt(at) == ',')) {
                at++;
            }
            return at < text.length();
        }

        Rule rule() {
            int start = at;
            if (text.startsWith(DEFAULT, at)) {
                at += DEFAULT.length();
                end(start);
                return new Whole();
            }
            if (!text.startsWith(RULE, at)) {
                throw wrong(start);
            }
            at += RULE.length();
            String pattern = part(start);
            String replacement = part(start);
            Case letters = Case.AS_IS;
            if (at < text.length() && (text.charAt(at) == 'L' || text.charAt(at) == 'U')) {
                letters = text.charAt(at++) == 'L' ? Case.LOWER : Case.UPPER;
            }
            end(start);
            try {
                Pattern compiled = Pattern.compile(pattern);
                // Found now rather than with the first client: a group that the pattern does not have.
                Matcher groups = compiled.matcher("");
                for (int i = 0; i + 1 < replacement.length(); i++) {
                    if (replacement.charAt(i) == '$' && Character.isDigit(replacement.charAt(i + 1))
                            && replacement.charAt(i + 1) - '0' > groups.groupCount()) {
                        throw new IllegalArgumentException("the rule " + text.substring(start, at) + " names a group that its pattern does not have");
                    }
                }
                return new Replacing(compiled, replacement, letters);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException("the pattern of " + text.substring(start, at) + " cannot be read: " + e.getDescription(), e);
            }
        }

        /** What stands before the next slash that has no backslash before it. */
        private String part(int ruleStart) {
            StringBuilder part = new StringBuilder();
            while (at < text.length()) {
                char c = text.charAt(at++);
                if (c == '/') {
                    return part.toString();
                }
                if (c == '\\' && at < text.length()) {
                    char escaped = text.charAt(at++);
                    part.append(escaped == '/' ? "" : "\\").append(escaped);
                } else {
                    part.append(c);
                }
            }
            throw wrong(ruleStart);
        }

        private void end(int ruleStart) {
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
                at++;
            }
            if (at < text.length() && text.charAt(at) != ',' && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
                throw wrong(ruleStart);
            }
        }

        private IllegalArgumentException wrong(int start) {
            return new IllegalArgumentException(
                    "'" + text.substring(start) + "' cannot be read: write DEFAULT or RULE:pattern/replacement/ with L or U behind it");
        }
    }
}
