package io.partita.broker.control;

import java.util.HashSet;
import java.util.List;

/**
 * Where a partition is on its way to, kept with its state so that anybody can take the next step, or turn back, by what is stored alone ({@link Moves}).
 *
 * @param from the brokers it was on when the move began, in their order; whoever cancels wants them back
 * @param to the brokers it is to be on, the preferred leader first
 */
public record Reassignment(List<Integer> from, List<Integer> to) {

    public Reassignment {
        from = List.copyOf(from);
        to = List.copyOf(to);
        check(from);
        check(to);
    }

    private static void check(List<Integer> brokers) {
        if (brokers.isEmpty() || new HashSet<>(brokers).size() != brokers.size() || brokers.stream().anyMatch(broker -> broker < 0)) {
            throw new IllegalArgumentException("a partition moves between distinct brokers, at least one: " + brokers);
        }
    }

    /** The brokers that get it. */
    public List<Integer> adding() {
        return to.stream().filter(broker -> !from.contains(broker)).toList();
    }

    /** Those of some replicas that are to give it up. */
    public List<Integer> removing(List<Integer> replicas) {
        return replicas.stream().filter(broker -> !to.contains(broker)).toList();
    }
}
