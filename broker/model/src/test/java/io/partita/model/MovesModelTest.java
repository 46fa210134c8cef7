package io.partita.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.model.MovesChecker.Bounds;
import io.partita.model.MovesChecker.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import java.util.stream.Stream;

/** Moves hold within bounds that take a few seconds, and each of their rules is needed: without it the checker finds what it prevents. */
class MovesModelTest {

    private static final List<Integer> ONE = List.of(0);
    private static final List<Integer> TWO = List.of(0, 1);

    private static Bounds bounds(List<Integer> from, int min, List<List<Integer>> targets, int wishes, int versions, int crashes) {
        return new Bounds(from, min, targets, wishes, versions, crashes);
    }

    static Stream<Arguments> runs() {
        return Stream.of(
                Arguments.of("to two others", bounds(TWO, 2, List.of(List.of(2, 3)), 1, 5, 0)),
                Arguments.of("one stays", bounds(TWO, 2, List.of(List.of(2, 1)), 1, 5, 0)),
                Arguments.of("called back", bounds(TWO, 2, List.of(List.of(1, 2)), 2, 5, 0)),
                Arguments.of("sent elsewhere", bounds(ONE, 1, List.of(List.of(1), List.of(2)), 2, 5, 0)),
                Arguments.of("more replicas than before", bounds(ONE, 2, List.of(List.of(1, 2)), 1, 6, 0)),
                Arguments.of("fewer replicas than the minimum", bounds(TWO, 2, List.of(List.of(2)), 1, 6, 0)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("runs")
    void movesHold(String name, Bounds bounds) {
        MovesChecker checker = new MovesChecker(bounds);
        long began = System.nanoTime();

        String verdict = checker.run();

        System.out.println(name + ": " + checker.states + " states, " + (System.nanoTime() - began) / 1_000_000 + " ms");
        assertEquals("ok", verdict, checker.trace::toString);
        assertTrue(checker.states > 500, checker.states + " states");
    }

    static Stream<Arguments> withoutRules() {
        return Stream.of(
                Arguments.of(Rule.GUARD, "STRAY", bounds(TWO, 1, List.of(List.of(2)), 1, 5, 0)),
                Arguments.of(Rule.WISH_IN_ENTRY, "STRAY", bounds(ONE, 1, List.of(List.of(1)), 2, 5, 0)),
                Arguments.of(Rule.ALL_IN_SYNC, "FEWER", bounds(TWO, 1, List.of(List.of(0, 2)), 1, 5, 0)),
                Arguments.of(Rule.ALL_THERE, "WAIT", bounds(TWO, 2, List.of(List.of(0, 2)), 1, 6, 1)),
                Arguments.of(Rule.LEADER_FIRST, "GAP", bounds(ONE, 1, List.of(List.of(1)), 1, 6, 0)),
                Arguments.of(Rule.MINIMUM_LOWERED, "STUCK", bounds(TWO, 2, List.of(List.of(2)), 1, 6, 0)),
                Arguments.of(Rule.MINIMUM_NOT_RAISED, "WAIT", bounds(ONE, 2, List.of(List.of(0, 1)), 1, 6, 0)),
                Arguments.of(Rule.LAST_KEPT, "COPIES", bounds(ONE, 1, List.of(List.of(1)), 2, 6, 1)),
                Arguments.of(Rule.EPOCH_RAISED, "LOST", bounds(TWO, 1, List.of(ONE, TWO), 2, 6, 1)));
    }

    @ParameterizedTest(name = "without {0}")
    @MethodSource("withoutRules")
    void eachRuleIsNeeded(Rule rule, String expected, Bounds bounds) {
        MovesChecker with = new MovesChecker(bounds);
        MovesChecker without = new MovesChecker(bounds, rule);

        String verdict = without.run();

        System.out.println("without " + rule + ": " + verdict + ", " + without.states + " states\n" + without.trace);
        assertTrue(verdict.startsWith(expected), () -> "expected " + expected + ", was " + verdict + "\n" + without.trace);
        assertEquals("ok", with.run(), with.trace::toString);
    }
}
