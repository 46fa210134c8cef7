package io.partita.broker.http.filter;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads filters, by CEL's grammar. For one text. */
final class Parser {

    private static final int DEPTH_MAX = 40;
    /** How tightly operators hold, as in CEL. */
    private static final Map<String, Integer> BINDING = Map.ofEntries(Map.entry("||", 1), Map.entry("&&", 2), Map.entry("==", 3), Map.entry("!=", 3),
            Map.entry("<", 3), Map.entry("<=", 3), Map.entry(">", 3), Map.entry(">=", 3), Map.entry("in", 3), Map.entry("+", 4), Map.entry("-", 4),
            Map.entry("*", 5), Map.entry("/", 5), Map.entry("%", 5));
    /** Functions by how many arguments they have beside what they are called of. */
    private static final Map<String, Integer> METHODS = Map.of("size", 0, "contains", 1, "startsWith", 1, "endsWith", 1, "matches", 1, "lowerAscii", 0);
    private static final Set<String> FUNCTIONS = Set.of("size", "int", "double", "string");
    private static final Set<String> MACROS = Set.of("all", "exists", "exists_one", "map", "filter");

    private final Lexer lexer;
    private final Set<String> variables = new HashSet<>();
    private int depth;

    Parser(String text, Iterable<String> variables) {
        this.lexer = new Lexer(text);
        variables.forEach(this.variables::add);
    }

    Node whole() {
        Node node = expression();
        if (lexer.kind() != Lexer.Kind.END) {
            throw lexer.problem("'" + lexer.text() + "' was not expected");
        }
        return node;
    }

    private Node expression() {
        if (++depth > DEPTH_MAX) {
            throw lexer.problem("it is nested too deeply");
        }
        Node condition = binary(1);
        if (lexer.takes("?")) {
            Node then = binary(1);
            lexer.expect(":");
            condition = new Node.Choice(condition, then, expression());
        }
        depth--;
        return condition;
    }

    private Node binary(int least) {
        Node left = unary();
        while (true) {
            String operator = lexer.kind() == Lexer.Kind.OPERATOR || lexer.isWord("in") ? lexer.text() : "";
            int binding = BINDING.getOrDefault(operator, 0);
            if (binding < least) {
                return left;
            }
            lexer.next();
            Node right = binary(binding + 1);
            left = switch (operator) {
                case "||" -> new Node.Or(left, right);
                case "&&" -> new Node.And(left, right);
                default -> new Node.Binary(operator, left, right);
            };
        }
    }

    private Node unary() {
        if (++depth > DEPTH_MAX) {
            throw lexer.problem("it is nested too deeply");
        }
        Node node;
        if (lexer.takes("!")) {
            node = new Node.Not(unary());
        } else if (lexer.takes("-")) {
            node = new Node.Minus(unary());
        } else {
            node = member();
        }
        depth--;
        return node;
    }

    private Node member() {
        Node node = primary();
        while (true) {
            if (lexer.takes(".")) {
                String name = lexer.word();
                node = lexer.takes("(") ? method(node, name) : new Node.Field(node, name);
            } else if (lexer.takes("[")) {
                node = new Node.Element(node, expression());
                lexer.expect("]");
            } else {
                return node;
            }
        }
    }

    private Node method(Node of, String name) {
        if (MACROS.contains(name)) {
            throw lexer.problem("there is no macro " + name + " here: filters do not go through lists");
        }
        Integer count = METHODS.get(name);
        if (count == null) {
            throw lexer.problem("there is no function " + name);
        }
        List<Node> arguments = arguments(name, count);
        return name.equals("matches") ? matches(of, arguments.getFirst()) : new Node.Call(name, of, arguments);
    }

    private Node matches(Node of, Node pattern) {
        if (!(pattern instanceof Node.Literal(String regex))) {
            throw lexer.problem("the pattern of matches is a text as it stands there");
        }
        try {
            return new Node.Matches(of, Pattern.compile(regex));
        } catch (PatternSyntaxException e) {
            throw lexer.problem("the pattern of matches cannot be read (" + e.getMessage() + ")");
        }
    }

    /** Up to the closing bracket. */
    private List<Node> arguments(String name, int count) {
        List<Node> arguments = new ArrayList<>();
        while (!lexer.takes(")")) {
            if (!arguments.isEmpty()) {
                lexer.expect(",");
            }
            arguments.add(expression());
        }
        if (arguments.size() != count) {
            throw lexer.problem(name + " has " + count + (count == 1 ? " argument" : " arguments"));
        }
        return arguments;
    }

    private Node primary() {
        if (lexer.takes("(")) {
            Node node = expression();
            lexer.expect(")");
            return node;
        }
        if (lexer.takes("[")) {
            List<Node> elements = new ArrayList<>();
            while (!lexer.takes("]")) {
                if (!elements.isEmpty()) {
                    lexer.expect(",");
                }
                elements.add(expression());
            }
            return new Node.ListOf(elements);
        }
        if (lexer.kind() == Lexer.Kind.LITERAL) {
            return new Node.Literal(lexer.literal());
        }
        String name = lexer.word();
        switch (name) {
            case "true" :
                return new Node.Literal(true);
            case "false" :
                return new Node.Literal(false);
            case "null" :
                return new Node.Literal(null);
            default :
                break;
        }
        if (lexer.takes("(")) {
            return function(name);
        }
        if (!variables.contains(name)) {
            throw lexer.problem("there is no " + name + ": there are " + String.join(", ", new TreeSet<>(variables)));
        }
        return new Node.Variable(name);
    }

    private Node function(String name) {
        if (name.equals("has")) {
            if (!(arguments(name, 1).getFirst() instanceof Node.Field field)) {
                throw lexer.problem("has is asked of a field, as in has(value.item)");
            }
            return new Node.Has(field);
        }
        if (name.equals("matches")) {
            List<Node> both = arguments(name, 2);
            return matches(both.getFirst(), both.getLast());
        }
        if (!FUNCTIONS.contains(name)) {
            throw lexer.problem("there is no function " + name);
        }
        return new Node.Call(name, arguments(name, 1).getFirst(), List.of());
    }
}
