package io.partita.broker.http.filter;

import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** What filters say of values: null, Boolean, Long, Double, String, List and Map. No state. */
final class Evaluation {

    /** Longest text that may be made. */
    static final int TEXT_MAX = 64 * 1024;

    private Evaluation() {}

    /** It cannot be said: no such field, or another kind of value than is asked for. */
    static final class NoValue extends RuntimeException {

        static final NoValue INSTANCE = new NoValue();

        private NoValue() {
            super(null, null, false, false);
        }
    }

    static Object of(Node node, Map<String, Object> variables) {
        return switch (node) {
            case Node.Literal(Object value) -> value;
            case Node.Variable(String name) -> variables.get(name);
            case Node.ListOf(List<Node> elements) -> list(elements, variables);
            case Node.Field(Node from, String name) -> field(of(from, variables), name);
            case Node.Element(Node from, Node index) -> element(of(from, variables), of(index, variables));
            case Node.Has(Node.Field(Node from, String name)) -> map(of(from, variables)).containsKey(name);
            case Node.Not(Node from) -> !truth(of(from, variables));
            case Node.Minus(Node from) -> minus(of(from, variables));
            case Node.And(Node left, Node right) -> logic(left, right, variables, false);
            case Node.Or(Node left, Node right) -> logic(left, right, variables, true);
            case Node.Choice(Node condition, Node then, Node otherwise) -> of(truth(of(condition, variables)) ? then : otherwise, variables);
            case Node.Binary(String operator, Node left, Node right) -> binary(operator, of(left, variables), of(right, variables));
            case Node.Matches(Node from, Pattern pattern) -> pattern.matcher(text(of(from, variables))).find();
            case Node.Call(String function, Node from, List<Node> arguments) -> call(function, of(from, variables),
                    arguments.isEmpty() ? null : of(arguments.getFirst(), variables));
        };
    }

    private static List<Object> list(List<Node> elements, Map<String, Object> variables) {
        List<Object> values = new ArrayList<>();
        elements.forEach(element -> values.add(of(element, variables)));
        return values;
    }

    private static boolean truth(Object value) {
        if (value instanceof Boolean truth) {
            return truth;
        }
        throw NoValue.INSTANCE;
    }

    private static String text(Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw NoValue.INSTANCE;
    }

    private static Map<?, ?> map(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw NoValue.INSTANCE;
    }

    private static Object field(Object of, String name) {
        Map<?, ?> map = map(of);
        if (!map.containsKey(name)) {
            throw NoValue.INSTANCE;
        }
        return map.get(name);
    }

    private static Object element(Object of, Object index) {
        if (of instanceof List<?> list && index instanceof Long at && at >= 0 && at < list.size()) {
            return list.get(at.intValue());
        }
        return field(of, text(index));
    }

    private static Object minus(Object value) {
        return switch (value) {
            case Long number -> -number;
            case Double number -> -number;
            case null, default -> throw NoValue.INSTANCE;
        };
    }

    /** As in CEL one side is enough where it decides, also when the other cannot be said. */
    private static boolean logic(Node left, Node right, Map<String, Object> variables, boolean deciding) {
        boolean known = true;
        try {
            if (truth(of(left, variables)) == deciding) {
                return deciding;
            }
        } catch (NoValue unknown) {
            known = false;
        }
        if (truth(of(right, variables)) == deciding) {
            return deciding;
        }
        if (!known) {
            throw NoValue.INSTANCE;
        }
        return !deciding;
    }

    private static Object binary(String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> equal(left, right);
            case "!=" -> !equal(left, right);
            case "<" -> compare(left, right) < 0;
            case "<=" -> compare(left, right) <= 0;
            case ">" -> compare(left, right) > 0;
            case ">=" -> compare(left, right) >= 0;
            case "in" -> right instanceof List<?> list ? list.stream().anyMatch(one -> equal(left, one)) : (Object) map(right).containsKey(left);
            case "+" -> left instanceof String || left instanceof List<?> ? joined(left, right) : arithmetic(operator, left, right);
            default -> arithmetic(operator, left, right);
        };
    }

    private static boolean equal(Object left, Object right) {
        if (left instanceof Number && right instanceof Number) {
            return compare(left, right) == 0;
        }
        return Objects.equals(left, right);
    }

    private static int compare(Object left, Object right) {
        if (left instanceof Long a && right instanceof Long b) {
            return Long.compare(a, b);
        }
        if (left instanceof Number a && right instanceof Number b) {
            return Double.compare(a.doubleValue(), b.doubleValue());
        }
        if (left instanceof Boolean a && right instanceof Boolean b) {
            return Boolean.compare(a, b);
        }
        return text(left).compareTo(text(right));
    }

    private static String joined(Object left, Object right) {
        String both = text(left) + text(right);
        if (both.length() > TEXT_MAX) {
            throw NoValue.INSTANCE;
        }
        return both;
    }

    private static Object arithmetic(String operator, Object left, Object right) {
        if (left instanceof Double a && right instanceof Double b) {
            return switch (operator) {
                case "+" -> a + b;
                case "-" -> a - b;
                case "*" -> a * b;
                case "/" -> a / b;
                default -> throw NoValue.INSTANCE;
            };
        }
        if (!(left instanceof Long a) || !(right instanceof Long b)) {
            throw NoValue.INSTANCE;
        }
        try {
            return switch (operator) {
                case "+" -> Math.addExact(a, b);
                case "-" -> Math.subtractExact(a, b);
                case "*" -> Math.multiplyExact(a, b);
                case "/" -> a / b;
                default -> a % b;
            };
        } catch (ArithmeticException e) {
            throw NoValue.INSTANCE;
        }
    }

    private static Object call(String function, Object of, Object argument) {
        return switch (function) {
            case "size" -> switch (of) {
                case String text -> (long) text.codePointCount(0, text.length());
                case List<?> list -> (long) list.size();
                case Map<?, ?> map -> (long) map.size();
                case null, default -> throw NoValue.INSTANCE;
            };
            case "contains" -> text(of).contains(text(argument));
            case "startsWith" -> text(of).startsWith(text(argument));
            case "endsWith" -> text(of).endsWith(text(argument));
            case "lowerAscii" -> text(of).toLowerCase(Locale.ROOT);
            case "string" -> of == null || of instanceof Map || of instanceof List ? text(null) : of.toString();
            case "int" -> number(of, false);
            default -> number(of, true);
        };
    }

    private static Object number(Object of, boolean isDouble) {
        try {
            return switch (of) {
                case Number number -> isDouble ? (Object) number.doubleValue() : (Object) number.longValue();
                case String text -> isDouble ? (Object) Double.parseDouble(text) : (Object) Long.parseLong(text);
                case null, default -> throw NoValue.INSTANCE;
            };
        } catch (NumberFormatException e) {
            throw NoValue.INSTANCE;
        }
    }
}
