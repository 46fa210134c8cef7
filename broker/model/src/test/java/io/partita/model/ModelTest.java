package io.partita.model;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The protocol holds within the bounds of {@code runs.txt}, and each rule is needed: without it the checker finds the failure that the rule prevents.
 */
class ModelTest {

    private static final String COMMON = "elr=false electKeepsMin=true shrinkKeepsMin=true";

    /** One line of {@code runs.txt}. */
    record Run(String when, String name, String expected, String settings) {

        static Run of(String line) {
            String[] columns = line.split(" \\| ", -1);
            return new Run(columns[0], columns[1], columns[2], columns.length > 3 ? columns[3].trim() : "");
        }

        boolean isWanted() {
            return when.equals("quick") || "all".equals(System.getProperty("partita.model"));
        }

        String verdict(StringBuilder out) {
            if (name.startsWith("move ")) {
                Move.Options options = new Move.Options();
                words().filter(setting -> !setting.isEmpty()).forEach(options::set);
                return Move.run(name, options, out);
            }
            Rules rules = new Rules();
            Stream.concat(Stream.of(COMMON.split(" ")), words()).forEach(rules::set);
            Checker checker = new Checker(rules);
            String verdict = checker.run(name);
            out.append(checker.out);
            return verdict;
        }

        private Stream<String> words() {
            return Stream.of(settings.split(" "));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Run> runs() throws IOException {
        try (InputStream in = ModelTest.class.getResourceAsStream("runs.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#")).map(Run::of).filter(Run::isWanted).toList().stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("runs")
    void itIsAsItWasFound(Run run) {
        StringBuilder out = new StringBuilder();

        String verdict = run.verdict(out);

        System.out.print(out);
        switch (run.expected()) {
            case "ok" -> assertTrue(verdict.startsWith("ok"), verdict + "\n" + out);
            case "*" -> assertFalse(verdict.startsWith("ok"), "the rule was not needed\n" + out);
            default -> assertTrue(verdict.startsWith(run.expected()), "expected " + run.expected() + ", was " + verdict + "\n" + out);
        }
    }
}
