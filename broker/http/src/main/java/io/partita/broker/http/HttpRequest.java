package io.partita.broker.http;

import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * An HTTP request that is there as a whole. Immutable by agreement: nobody changes the body.
 *
 * @param path decoded nowhere, without the query
 * @param query by name, decoded
 * @param headers gives the value of a header by its name in lower case, or null
 * @param address that it comes from
 * @param secure whether nobody on the way could read it
 * @param certified who the certificate of the connection says it is from; null where there is none
 */
public record HttpRequest(
        String method, String path, Map<String, List<String>> query, UnaryOperator<String> headers, byte[] body, InetAddress address, boolean secure,
        String certified) {

    /** More would be somebody's mistake. */
    private static final int PARAMETERS_MAX = 100;

    /** Of a request line's target. @throws RuntimeException when it cannot be read; the message is a sentence */
    public static HttpRequest of(
            String method, String target, UnaryOperator<String> headers, byte[] body, InetAddress address, boolean secure, String certified) {
        int mark = target.indexOf('?');
        String path = mark < 0 ? target : target.substring(0, mark);
        return new HttpRequest(method, path, mark < 0 ? Map.of() : parse(target.substring(mark + 1)), headers, body, address, secure, certified);
    }

    private static Map<String, List<String>> parse(String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        int from = 0;
        for (int count = 0; from < query.length(); count++) {
            if (count == PARAMETERS_MAX) {
                throw Problem.badRequest("There are more than " + PARAMETERS_MAX + " parameters in the query: leave some out.");
            }
            int end = query.indexOf('&', from);
            end = end < 0 ? query.length() : end;
            String one = query.substring(from, end);
            from = end + 1;
            int equals = one.indexOf('=');
            if (!one.isEmpty()) {
                parameters.computeIfAbsent(decoded(equals < 0 ? one : one.substring(0, equals)), name -> new ArrayList<>())
                        .add(equals < 0 ? "" : decoded(one.substring(equals + 1)));
            }
        }
        return parameters;
    }

    static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("'" + text + "' is not encoded as a URL: write a percent sign as %25.");
        }
    }

    String header(String name) {
        return headers.apply(name);
    }

    /** The first value of a parameter, or null. */
    String parameter(String name) {
        List<String> values = query.get(name);
        return values == null ? null : values.getFirst();
    }

    List<String> parameters(String name) {
        return query.getOrDefault(name, List.of());
    }

    boolean flag(String name) {
        String value = parameter(name);
        return switch (value) {
            case null -> false;
            case "", "true" -> true;
            case "false" -> false;
            default -> throw Problem.badRequest("The parameter " + name + " is true or false, not '" + value + "'.");
        };
    }

    long number(String name, long otherwise, long min, long max) {
        String value = parameter(name);
        if (value == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw Problem.badRequest("The parameter " + name + " is a number from " + min + " to " + max + ", not '" + value + "'.");
    }
}
