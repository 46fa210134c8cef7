package io.partita.broker.control;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Which partitions are to go to which brokers: those of a broker that is gone to others, and a fair share of all to one that is new. It counts where partitions are to be, not where they still
 * are, so that what was decided is not decided again. Pure; changed by {@link #decide} as a plan is made.
 */
public final class Spreading {

    private final Map<Integer, String> racks;
    private final Set<Integer> there;
    private final SortedStates states = new SortedStates();
    private final Map<Integer, Integer> replicas = new HashMap<>();
    private final Map<Integer, Integer> firsts = new HashMap<>();
    private final Map<String, Integer> ofTopics = new HashMap<>();
    private int total;

    private static final class SortedStates extends TreeMap<PartitionKey, PartitionState> {
        private static final long serialVersionUID = 1;
    }

    /**
     * A partition and the brokers that it is to be on.
     *
     * @param from the state that this was worked out from
     */
    public record Wish(PartitionKey partition, PartitionState from, List<Integer> to) {}

    /**
     * @param racks the brokers that are there, each with its rack, {@code null} for none
     * @param sets all partitions
     */
    public Spreading(Map<Integer, String> racks, Collection<PartitionSet> sets) {
        this(racks, racks.keySet(), sets);
    }

    /**
     * @param racks the brokers that take partitions, each with its rack, {@code null} for none
     * @param there the brokers that are there, also those that are to go
     * @param sets all partitions
     */
    public Spreading(Map<Integer, String> racks, Set<Integer> there, Collection<PartitionSet> sets) {
        this.racks = new TreeMap<>(racks);
        this.there = Set.copyOf(there);
        sets.forEach(set -> set.states().forEach((key, state) -> {
            states.put(key, state);
            count(key.topicId(), wished(state), 1);
        }));
    }

    private void count(UUID topic, List<Integer> brokers, int sign) {
        for (int broker : brokers) {
            replicas.merge(broker, sign, Integer::sum);
            ofTopics.merge(topic + "/" + broker, sign, Integer::sum);
        }
        firsts.merge(brokers.getFirst(), sign, Integer::sum);
        total += sign * brokers.size();
    }

    /** Where a partition is to be in the end. */
    public static List<Integer> wished(PartitionState state) {
        return state.reassignment() == null ? state.replicas() : state.reassignment().to();
    }

    /** How many partitions are on their way. */
    public int moving() {
        return (int) states.values().stream().filter(state -> state.reassignment() != null).count();
    }

    /** How many replicas a broker has, or is to have. */
    public int replicas(int broker) {
        return replicas.getOrDefault(broker, 0);
    }

    /** How many replicas each broker that is there would have, if all had the same number. */
    public int share() {
        return racks.isEmpty() ? 0 : total / racks.size();
    }

    private Wish decide(PartitionKey key, PartitionState state, List<Integer> to) {
        count(key.topicId(), wished(state), -1);
        count(key.topicId(), to, 1);
        return new Wish(key, state, to);
    }

    private int racksOf(List<Integer> brokers) {
        return (int) brokers.stream().map(racks::get).filter(Objects::nonNull).distinct().count();
    }

    private static List<Integer> with(List<Integer> brokers, int gone, int instead) {
        return brokers.stream().map(broker -> broker == gone ? instead : broker).toList();
    }

    // ---- instead of brokers that are gone

    /**
     * Replicas that brokers which are gone had get other places: on the brokers with the fewest replicas, in other racks than the rest if there are any. Only where a leader is there to copy from;
     * where no broker is left that has none of the partition already, it stays as it is.
     *
     * @param max how many partitions at most
     */
    public List<Wish> insteadOf(Set<Integer> gone, int max) {
        List<Wish> wishes = new ArrayList<>();
        states.forEach((key, state) -> {
            Wish wish = wishes.size() < max ? place(key, state, gone, wished(state).size()) : null;
            if (wish != null) {
                wishes.add(wish);
            }
        });
        return wishes;
    }

    /**
     * The partitions of a topic get so many replicas, and none on brokers that are gone, or are to go; else as {@link #insteadOf}. Those that are too many go from the end on, first those that are
     * not in sync.
     *
     * @param count how many replicas each is to have; {@code null} for as many as it has
     * @param max how many partitions at most
     */
    public List<Wish> ofTopic(UUID topic, Integer count, Set<Integer> gone, int max) {
        List<Wish> wishes = new ArrayList<>();
        states.forEach((key, state) -> {
            Wish wish = wishes.size() < max && key.topicId().equals(topic) ? place(key, state, gone, count == null ? wished(state).size() : count) : null;
            if (wish != null) {
                wishes.add(wish);
            }
        });
        return wishes;
    }

    /** A partition on so many brokers, none of which is gone; {@code null} where it is so already, or cannot be. */
    private Wish place(PartitionKey key, PartitionState state, Set<Integer> gone, int count) {
        boolean isLed = state.leader() != null && there.contains(state.leader().broker());
        if (!isLed || wished(state).size() == count && wished(state).stream().noneMatch(gone::contains)) {
            return null;
        }
        List<Integer> to = new ArrayList<>(wished(state));
        for (int i = 0; i < to.size(); i++) {
            Integer instead = gone.contains(to.get(i)) ? placeBeside(to, to.get(i)) : null;
            to.set(i, instead == null ? to.get(i) : instead);
        }
        while (to.size() > count) {
            to.remove(leastNeeded(state, to));
        }
        for (Integer more = placeBeside(to, null); to.size() < count && more != null; more = placeBeside(to, null)) {
            to.add(more);
        }
        return to.equals(wished(state)) ? null : decide(key, state, List.copyOf(to));
    }

    /** The last one that is not in sync, or the last. */
    private static int leastNeeded(PartitionState state, List<Integer> to) {
        for (int i = to.size() - 1; i > 0; i--) {
            if (!state.isInSync(to.get(i))) {
                return i;
            }
        }
        return to.size() - 1;
    }

    /** The best broker for one more replica, or one in place of another; {@code null} for none. */
    private Integer placeBeside(List<Integer> present, Integer insteadOf) {
        List<Integer> rest = present.stream().filter(broker -> !broker.equals(insteadOf)).toList();
        Integer best = null;
        for (int broker : racks.keySet()) {
            if (present.contains(broker)) {
                continue;
            }
            int racksMore = best == null ? 1 : racksOf(and(rest, broker)) - racksOf(and(rest, best));
            if (racksMore > 0 || racksMore == 0 && replicas(broker) < replicas(best)) {
                best = broker;
            }
        }
        return best;
    }

    private static List<Integer> and(List<Integer> brokers, int more) {
        List<Integer> all = new ArrayList<>(brokers);
        all.add(more);
        return all;
    }

    // ---- onto brokers that are new

    /**
     * The next partition that a new broker gets in place of the one that has most; {@code null} when it has its share, or nobody can give it anything. Of a topic that the other has more of, and
     * one that it is to lead as long as it leads fewer than its share. Partitions that are not whole, or on their way already, are left in peace.
     *
     * @param share how many replicas it is to have
     */
    public Wish onto(int newcomer, int share) {
        if (replicas(newcomer) >= share) {
            return null;
        }
        List<Integer> donors = new ArrayList<>(racks.keySet());
        donors.remove((Integer) newcomer);
        donors.sort((a, b) -> Integer.compare(replicas(b), replicas(a)));
        for (int donor : donors) {
            if (replicas(donor) - replicas(newcomer) < 2) {
                return null;
            }
            PartitionKey best = null;
            int bestScore = Integer.MIN_VALUE;
            for (Map.Entry<PartitionKey, PartitionState> entry : states.entrySet()) {
                int score = score(entry.getKey(), entry.getValue(), donor, newcomer);
                if (score > bestScore) {
                    best = entry.getKey();
                    bestScore = score;
                }
            }
            if (best != null) {
                PartitionState state = states.get(best);
                Wish wish = decide(best, state, with(state.replicas(), donor, newcomer));
                states.put(best, Moves.begin(state, wish.to()).nextOr(state));
                return wish;
            }
        }
        return null;
    }

    /** How good it is that a partition goes from one broker to another; the smallest number where it may not. */
    private int score(PartitionKey key, PartitionState state, int donor, int newcomer) {
        boolean isWhole = state.reassignment() == null && state.isr().size() == state.replicas().size() && racks.keySet().containsAll(state.replicas());
        if (!isWhole || !state.replicas().contains(donor) || state.replicas().contains(newcomer)
                || racksOf(with(state.replicas(), donor, newcomer)) < racksOf(state.replicas())) {
            return Integer.MIN_VALUE;
        }
        int moreOfTopic = ofTopics.getOrDefault(key.topicId() + "/" + donor, 0) - ofTopics.getOrDefault(key.topicId() + "/" + newcomer, 0);
        boolean isToLead = firsts.getOrDefault(newcomer, 0) * racks.size() < states.size();
        return 2 * moreOfTopic + ((state.replicas().getFirst() == donor) == isToLead ? 1 : 0);
    }
}
