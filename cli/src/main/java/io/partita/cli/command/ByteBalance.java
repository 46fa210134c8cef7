package io.partita.cli.command;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Which replicas go to which brokers so that all have about the same number of bytes: again and again one from a broker that has most to one that has least, as large as evens out the two best, until that is
 * within a tolerance. No partition loses a rack, or has two replicas on a broker; the order of replicas stays. Pure.
 */
final class ByteBalance {

    /**
     * A partition as it is.
     *
     * @param replicas the brokers that have it, the preferred leader first
     * @param bytes size of its log
     */
    record Sized(TopicPartition partition, List<Integer> replicas, long bytes) {}

    private record Step(Sized partition, int from, int to, long gain) {}

    private final Map<Integer, String> racks;
    private final Map<TopicPartition, Sized> partitions = new TreeMap<>();
    private final Map<Integer, Long> load = new TreeMap<>();

    /**
     * @param racks the brokers, each with its rack, {@code null} for none
     * @param all those with a replica on another broker stay as they are
     */
    ByteBalance(Map<Integer, String> racks, List<Sized> all) {
        this.racks = new TreeMap<>(racks);
        racks.keySet().forEach(broker -> load.put(broker, 0L));
        all.stream().filter(one -> racks.keySet().containsAll(one.replicas)).forEach(one -> {
            partitions.put(one.partition, one);
            one.replicas.forEach(broker -> load.merge(broker, one.bytes, Long::sum));
        });
    }

    /** Bytes by broker, as they are or will be after the plan. */
    Map<Integer, Long> load() {
        return Map.copyOf(load);
    }

    /**
     * Where partitions are to be.
     *
     * @param tolerance of the average: who has so much more or less is left alone
     * @param max how many partitions at most
     */
    Map<TopicPartition, List<Integer>> plan(double tolerance, int max) {
        Map<TopicPartition, List<Integer>> moves = new LinkedHashMap<>();
        double average = load.values().stream().mapToLong(bytes -> bytes).average().orElse(0);
        for (Step step = best(average, tolerance, moves, max); step != null; step = best(average, tolerance, moves, max)) {
            Sized one = step.partition;
            List<Integer> to = new ArrayList<>(one.replicas);
            to.set(to.indexOf(step.from), step.to);
            partitions.put(one.partition, new Sized(one.partition, List.copyOf(to), one.bytes));
            moves.put(one.partition, List.copyOf(to));
            load.merge(step.from, -one.bytes, Long::sum);
            load.merge(step.to, one.bytes, Long::sum);
        }
        return moves;
    }

    private Step best(double average, double tolerance, Map<TopicPartition, List<Integer>> moves, int max) {
        List<Integer> fullest = load.keySet().stream().sorted(Comparator.comparing((Integer broker) -> -load.get(broker)).thenComparing(broker -> broker))
                .toList();
        for (int from : fullest) {
            for (int to : fullest.reversed()) {
                long difference = load.get(from) - load.get(to);
                boolean isUneven = load.get(from) > average * (1 + tolerance) || load.get(to) < average * (1 - tolerance);
                Step step = difference > 0 && isUneven ? best(from, to, difference, moves, max) : null;
                if (step != null) {
                    return step;
                }
            }
        }
        return null;
    }

    /** The replica whose move leaves the least difference between two brokers, {@code null} where none makes it less. */
    private Step best(int from, int to, long difference, Map<TopicPartition, List<Integer>> moves, int max) {
        Step best = null;
        for (Sized one : partitions.values()) {
            long gain = Math.min(one.bytes, difference - one.bytes);
            boolean isAllowed = gain > 0 && one.replicas.contains(from) && !one.replicas.contains(to)
                    && (moves.size() < max || moves.containsKey(one.partition));
            if (isAllowed && (best == null || gain > best.gain) && racksWith(one.replicas, from, to) >= racksWith(one.replicas, from, from)) {
                best = new Step(one, from, to, gain);
            }
        }
        return best;
    }

    private int racksWith(List<Integer> replicas, int from, int to) {
        return new HashSet<>(replicas.stream().map(broker -> racks.get(broker == from ? Integer.valueOf(to) : broker)).filter(Objects::nonNull).toList())
                .size();
    }
}
