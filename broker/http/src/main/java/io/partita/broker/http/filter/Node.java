package io.partita.broker.http.filter;

import com.google.re2j.Pattern;
import java.util.List;

/** A part of a filter. Immutable. */
sealed interface Node {

    /** @param value null, Boolean, Long, Double or String */
    record Literal(Object value) implements Node {}

    record ListOf(List<Node> elements) implements Node {}

    record Variable(String name) implements Node {}

    /** A field of a map. */
    record Field(Node of, String name) implements Node {}

    /** An element of a list, or of a map by a computed name. */
    record Element(Node of, Node index) implements Node {}

    record Has(Field field) implements Node {}

    record Not(Node of) implements Node {}

    record Minus(Node of) implements Node {}

    record And(Node left, Node right) implements Node {}

    record Or(Node left, Node right) implements Node {}

    record Choice(Node condition, Node then, Node otherwise) implements Node {}

    /** @param operator {@code ==}, {@code !=}, {@code <}, {@code <=}, {@code >}, {@code >=}, {@code in}, {@code +}, {@code -}, {@code *}, {@code /} or {@code %} */
    record Binary(String operator, Node left, Node right) implements Node {}

    /** @param of what it is called of, or its first argument */
    record Call(String function, Node of, List<Node> arguments) implements Node {}

    record Matches(Node of, Pattern pattern) implements Node {}
}
