package io.partita.broker.config;

import java.util.ArrayList;
import java.util.List;

/** The types of Kafka's settings, with the ids DescribeConfigs carries (KIP-569). */
public enum ConfigType {
    BOOLEAN(1, "true or false"),
    STRING(2, "a text"),
    INT(3, "a whole number of 32 bits"),
    SHORT(4, "a whole number of 16 bits"),
    LONG(5, "a whole number of 64 bits"),
    DOUBLE(6, "a number"),
    LIST(7, "a list separated by commas"),
    CLASS(8, "the name of a class"),
    PASSWORD(9, "a secret text");

    private final byte id;
    private final String wanted;

    ConfigType(int id, String wanted) {
        this.id = (byte) id;
        this.wanted = wanted;
    }

    /** The id in a DescribeConfigs response. */
    public byte id() {
        return id;
    }

    /** What a value of this type looks like, to be read after "must be". */
    String wanted() {
        return wanted;
    }

    /** The normal form of {@code value} (trimmed, numbers without leading zeros, lists without blanks), or {@code null} when it is none of this type. */
    String canonical(String value) {
        String trimmed = value.trim();
        try {
            return switch (this) {
                case BOOLEAN -> trimmed.equalsIgnoreCase("true") ? "true" : trimmed.equalsIgnoreCase("false") ? "false" : null;
                case INT -> Integer.toString(Integer.parseInt(trimmed));
                case SHORT -> Short.toString(Short.parseShort(trimmed));
                case LONG -> Long.toString(Long.parseLong(trimmed));
                case DOUBLE -> {
                    double number = Double.parseDouble(trimmed);
                    yield Double.isNaN(number) ? null : Double.toString(number);
                }
                case LIST -> String.join(",", elements(trimmed));
                case STRING, CLASS -> trimmed;
                case PASSWORD -> value;
            };
        } catch (NumberFormatException notOne) {
            return null;
        }
    }

    /** The elements of a list value, without blanks around them; empty for an empty text. */
    static List<String> elements(String list) {
        ArrayList<String> elements = new ArrayList<>(2);
        int start = 0;
        while (start <= list.length()) {
            int comma = list.indexOf(',', start);
            int end = comma < 0 ? list.length() : comma;
            String element = list.substring(start, end).trim();
            if (!element.isEmpty()) {
                elements.add(element);
            }
            start = end + 1;
        }
        return elements;
    }
}
