package io.partita.cli.client;

import io.partita.cli.client.Failure.Kind;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Names that somebody may have meant who wrote another one. */
public record NearNames(Collection<String> known) {

    private static final int SHOWN_MAX = 3;

    /** A failure about the name that is not there. */
    public Failure unknown(String kind, String name, String otherwise) {
        List<String> near = near(name);
        return new Failure(Kind.NOT_FOUND, "There is no " + kind + " " + name + ".",
                near.isEmpty() ? otherwise : "Did you mean " + String.join(" or ", near) + "?");
    }

    /** The most alike first. */
    List<String> near(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        int far = Math.max(1, wanted.length() / 3);
        record Candidate(String name, int distance) {}
        return known.stream()
                .map(candidate -> new Candidate(candidate, distance(wanted, candidate.toLowerCase(Locale.ROOT))))
                .filter(candidate -> candidate.distance <= far)
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(SHOWN_MAX)
                .map(Candidate::name)
                .toList();
    }

    /** Letters to be put in, taken away or replaced (Levenshtein's). */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[other.length()];
    }
}
