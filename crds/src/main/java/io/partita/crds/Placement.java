package io.partita.crds;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which brokers hold the partitions of a topic. What is placed stays where it is; new partitions go where the topic, and then the whole cluster, has
 * fewest; replicas of one partition go to distinct brokers, and to distinct zones and nodes as far as there are enough.
 */
public final class Placement {

    private Placement() {}

    /**
     * A broker that may take partitions.
     *
     * @param id its number
     * @param node its node, {@code null} when unknown
     * @param zone its zone, {@code null} when unknown
     * @param load replicas of other topics on it
     */
    public record Candidate(int id, String node, String zone, int load) {}

    /**
     * Replicas of all partitions, the preferred leader of each first.
     *
     * @param placed replicas of the partitions that are there, which stay as they are
     * @param partitions how many partitions there shall be; fewer than there are changes nothing
     * @param replicas replicas of each new partition, at most as many as there are candidates
     * @param seed something that differs between topics, so that their first partitions do not all go to one broker
     */
    public static List<List<Integer>> place(List<Candidate> candidates, List<List<Integer>> placed, int partitions, int replicas, int seed) {
        if (partitions > placed.size() && replicas > candidates.size()) {
            throw new IllegalArgumentException(replicas + " replicas do not fit on " + candidates.size() + " brokers");
        }
        List<List<Integer>> all = new ArrayList<>(Math.max(partitions, placed.size()));
        all.addAll(placed);
        Tally tally = new Tally(candidates, placed, seed);
        while (all.size() < partitions) {
            List<Integer> chosen = choose(candidates, replicas, tally);
            tally.add(chosen);
            all.add(chosen);
        }
        return all;
    }

    private static List<Integer> choose(List<Candidate> candidates, int replicas, Tally tally) {
        List<Integer> chosen = new ArrayList<>(replicas);
        Set<String> zones = new HashSet<>();
        Set<String> nodes = new HashSet<>();
        for (int i = 0; i < replicas; i++) {
            boolean leads = i == 0;
            Candidate best = candidates.stream()
                    .filter(candidate -> !chosen.contains(candidate.id()))
                    .min(Comparator.<Candidate>comparingInt(candidate -> isIn(zones, candidate.zone()))
                            .thenComparingInt(candidate -> isIn(nodes, candidate.node()))
                            .thenComparingInt(candidate -> leads ? tally.leads(candidate.id()) : 0)
                            .thenComparingInt(candidate -> tally.holds(candidate.id()))
                            .thenComparingInt(candidate -> candidate.load())
                            .thenComparingInt(candidate -> tally.turn(candidate.id())))
                    .orElseThrow();
            chosen.add(best.id());
            if (best.zone() != null) {
                zones.add(best.zone());
            }
            if (best.node() != null) {
                nodes.add(best.node());
            }
        }
        return List.copyOf(chosen);
    }

    private static int isIn(Set<String> taken, String place) {
        return place != null && taken.contains(place) ? 1 : 0;
    }

    /** How much of this topic each broker has. */
    private static final class Tally {

        private final Map<Integer, Integer> leads = new HashMap<>();
        private final Map<Integer, Integer> holds = new HashMap<>();
        private final Map<Integer, Integer> turns = new HashMap<>();

        Tally(List<Candidate> candidates, List<List<Integer>> placed, int seed) {
            placed.forEach(this::add);
            int start = Math.floorMod(seed, Math.max(1, candidates.size()));
            for (int i = 0; i < candidates.size(); i++) {
                turns.put(candidates.get(i).id(), Math.floorMod(i - start, candidates.size()));
            }
        }

        void add(List<Integer> replicas) {
            if (!replicas.isEmpty()) {
                leads.merge(replicas.getFirst(), 1, Integer::sum);
            }
            for (int broker : replicas) {
                holds.merge(broker, 1, Integer::sum);
            }
        }

        int leads(int broker) {
            return leads.getOrDefault(broker, 0);
        }

        int holds(int broker) {
            return holds.getOrDefault(broker, 0);
        }

        int turn(int broker) {
            return turns.get(broker);
        }
    }
}
