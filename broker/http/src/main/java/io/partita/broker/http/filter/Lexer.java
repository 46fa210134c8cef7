package io.partita.broker.http.filter;

/** Words, literals and operators of a filter, one after the other. For one text. */
final class Lexer {

    enum Kind {
        WORD,
        LITERAL,
        OPERATOR,
        END
    }

    private static final String TWO = "&& || == != <= >=";
    private static final String ONE = "()[]{}.,?:!<>+-*/%";

    private final String all;
    private int at;
    private int begin;
    private Kind kind;
    private String text;
    private Object literal;

    Lexer(String all) {
        this.all = all;
        next();
    }

    Kind kind() {
        return kind;
    }

    String text() {
        return text;
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equals(word);
    }

    /** Goes on if this operator comes now. */
    boolean takes(String operator) {
        boolean comes = kind == Kind.OPERATOR && text.equals(operator);
        if (comes) {
            next();
        }
        return comes;
    }

    void expect(String operator) {
        if (!takes(operator)) {
            throw problem("'" + operator + "' was expected" + (kind == Kind.END ? " before its end" : " before '" + text + "'"));
        }
    }

    /** The word that comes now. */
    String word() {
        if (kind != Kind.WORD) {
            throw problem(kind == Kind.END ? "something was expected at its end" : "a name was expected before '" + text + "'");
        }
        String word = text;
        next();
        return word;
    }

    /** The literal that comes now. */
    Object literal() {
        Object value = literal;
        next();
        return value;
    }

    FilterException problem(String what) {
        return new FilterException("The filter cannot be read at character " + (begin + 1) + ": " + what + ".");
    }

    void next() {
        while (at < all.length() && Character.isWhitespace(all.charAt(at))) {
            at++;
        }
        begin = at;
        if (at == all.length()) {
            kind = Kind.END;
            text = "";
            return;
        }
        char c = all.charAt(at);
        if (Character.isLetter(c) || c == '_') {
            while (at < all.length() && (Character.isLetterOrDigit(all.charAt(at)) || all.charAt(at) == '_')) {
                at++;
            }
            kind = Kind.WORD;
            text = all.substring(begin, at);
        } else if (c >= '0' && c <= '9') {
            number();
        } else if (c == '"' || c == '\'') {
            string(c);
        } else if (at + 2 <= all.length() && TWO.contains(all.substring(at, at + 2)) && c != ' ') {
            operator(2);
        } else if (ONE.indexOf(c) >= 0) {
            operator(1);
        } else {
            throw problem("'" + c + "' was not expected");
        }
    }

    private void operator(int length) {
        kind = Kind.OPERATOR;
        text = all.substring(at, at + length);
        at += length;
    }

    private void number() {
        boolean isDouble = false;
        while (at < all.length()) {
            char c = all.charAt(at);
            boolean isExponent = (c == '+' || c == '-') && (all.charAt(at - 1) == 'e' || all.charAt(at - 1) == 'E');
            if (c == '.' || c == 'e' || c == 'E' || isExponent) {
                isDouble = true;
            } else if (c < '0' || c > '9') {
                break;
            }
            at++;
        }
        kind = Kind.LITERAL;
        text = all.substring(begin, at);
        try {
            literal = isDouble ? (Object) Double.valueOf(text) : (Object) Long.valueOf(text);
        } catch (NumberFormatException e) {
            throw problem("'" + text + "' is no number");
        }
    }

    private void string(char quote) {
        StringBuilder value = new StringBuilder();
        at++;
        while (at < all.length() && all.charAt(at) != quote) {
            char c = all.charAt(at++);
            if (c == '\\' && at < all.length()) {
                char escaped = all.charAt(at++);
                value.append(switch (escaped) {
                    case 'n' -> '\n';
                    case 't' -> '\t';
                    case 'r' -> '\r';
                    case '\\', '\'', '"' -> escaped;
                    default -> throw problem("there is no \\" + escaped + " in texts here; a backslash itself is written twice");
                });
            } else {
                value.append(c);
            }
        }
        if (at == all.length()) {
            throw problem("the text has no end");
        }
        at++;
        kind = Kind.LITERAL;
        text = all.substring(begin, at);
        literal = value.toString();
    }
}
