package io.partita.operator.cluster;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import io.partita.operator.SeenSets;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What has become of leaders and in-sync replicas, as events for people: one for all elections of some seconds, one for all changes of in-sync sets, however many partitions there are. What
 * happened before this operator started is not told. For any thread.
 */
@ApplicationScoped
class StateEvents {

    private static final Duration GATHERED = Duration.ofSeconds(5);
    /** Partitions that a sentence names. */
    private static final int NAMED_MAX = 3;
    private static final int CLUSTERS_MAX = 10_000;

    /**
     * An event.
     *
     * @param isWarning whether it is bad news
     */
    record Said(boolean isWarning, String reason, String message) {}

    private record Seen(Map<String, PartitionSet> sets, long nanos) {}

    private final LongSupplier nanos;
    private final Map<String, Seen> seen = new HashMap<>();

    StateEvents() {
        this(System::nanoTime);
    }

    StateEvents(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * What is new since this was asked with an answer last.
     *
     * @param id of the cluster
     * @param names names of topics by id, {@code null} for those that are gone
     * @param why what is the matter with a broker, the end of a sentence, {@code null} for nothing
     */
    synchronized List<Said> since(String id, SeenSets now, Function<UUID, String> names, Function<Integer, String> why) {
        Seen before = seen.get(id);
        long at = nanos.getAsLong();
        if (before != null && at - before.nanos < GATHERED.toNanos()) {
            return List.of();
        }
        if (seen.size() > CLUSTERS_MAX) {
            seen.clear();
        }
        seen.put(id, new Seen(now.sets(), at));
        return before == null ? List.of() : difference(before.sets, now.sets(), names, why);
    }

    private static List<Said> difference(Map<String, PartitionSet> before, Map<String, PartitionSet> now, Function<UUID, String> names,
            Function<Integer, String> why) {
        Map<Integer, List<String>> elected = new TreeMap<>();
        Map<Integer, List<String>> replaced = new TreeMap<>();
        Map<Integer, List<String>> unclean = new TreeMap<>();
        Map<Integer, List<String>> without = new TreeMap<>();
        Map<Integer, List<String>> left = new TreeMap<>();
        Map<Integer, List<String>> joined = new TreeMap<>();
        now.forEach((name, set) -> {
            PartitionSet old = before.get(name);
            if (old == null || old == set) {
                return;
            }
            set.states().forEach((key, state) -> {
                PartitionState was = old.states().get(key);
                String topic = was == null || was.equals(state) ? null : names.apply(key.topicId());
                if (topic != null) {
                    String partition = topic + "-" + key.partition();
                    leaders(was, state, partition, elected, replaced, unclean, without);
                    members(was, state, partition, left, joined);
                }
            });
        });
        List<Said> said = new ArrayList<>();
        unclean.forEach((broker, partitions) -> said.add(new Said(true, "UncleanElection", "Broker " + broker + " leads " + listed(partitions)
                + " although its log may lack acknowledged records, because unclean.leader.election.enable is set.")));
        without.forEach((broker, partitions) -> said.add(new Said(true, "NoLeader", capital(listed(partitions)) + ", led by broker " + broker
                + " before, " + (partitions.size() == 1 ? "has" : "have") + " no leader: " + because(broker, why, "it gave them up, and nobody else is in sync")
                + ".")));
        if (!elected.isEmpty()) {
            List<String> parts = new ArrayList<>();
            elected.forEach((broker, partitions) -> parts.add("broker " + broker + " for " + listed(partitions)));
            said.add(new Said(false, "LeadersElected", "Leaders were elected: " + String.join("; ", parts) + "." + reasons(replaced.keySet(), why)));
        }
        left.forEach((broker, partitions) -> said.add(new Said(true, "InSyncShrunk", "Broker " + broker + " is out of sync with " + listed(partitions) + ": "
                + because(broker, why, "it is there, and was too slow or restarted") + ".")));
        joined.forEach(
                (broker, partitions) -> said.add(new Said(false, "InSyncGrown", "Broker " + broker + " is in sync with " + listed(partitions) + " again.")));
        return said;
    }

    private static void leaders(PartitionState was, PartitionState state, String partition, Map<Integer, List<String>> elected,
            Map<Integer, List<String>> replaced,
            Map<Integer, List<String>> unclean,
            Map<Integer, List<String>> without) {
        BrokerProcess leader = state.leader();
        if (leader == null && was.leader() != null) {
            add(without, was.leader().broker(), partition);
        } else if (leader != null && state.uncleanEpoch() > was.uncleanEpoch()) {
            add(unclean, leader.broker(), partition);
        } else
            if (leader != null && was.leader() != null && leader.broker() != was.leader().broker()
                    || leader != null && was.leader() == null && !was.isUntouched()) {
                        add(elected, leader.broker(), partition);
                        if (was.leader() != null) {
                            add(replaced, was.leader().broker(), partition);
                        }
                    }
    }

    private static void members(PartitionState was, PartitionState state, String partition, Map<Integer, List<String>> left,
            Map<Integer, List<String>> joined) {
        if (was.isUntouched()) {
            return;
        }
        for (InSyncReplica member : was.isr()) {
            if (!state.isInSync(member.broker()) && state.replicas().contains(member.broker())) {
                add(left, member.broker(), partition);
            }
        }
        for (InSyncReplica member : state.isr()) {
            if (!was.isInSync(member.broker()) && was.replicas().contains(member.broker())) {
                add(joined, member.broker(), partition);
            }
        }
    }

    private static void add(Map<Integer, List<String>> by, int broker, String partition) {
        by.computeIfAbsent(broker, none -> new ArrayList<>()).add(partition);
    }

    private static String because(int broker, Function<Integer, String> why, String otherwise) {
        String trouble = why.apply(broker);
        return trouble == null ? otherwise : "broker " + broker + " " + (trouble.endsWith(".") ? trouble.substring(0, trouble.length() - 1) : trouble);
    }

    /** Why others lead what these brokers led. */
    private static String reasons(Set<Integer> replaced, Function<Integer, String> why) {
        StringBuilder reasons = new StringBuilder();
        for (int broker : replaced) {
            reasons.append(" Before that led broker ").append(broker).append(": ")
                    .append(because(broker, why, "it is there, and handed over, gave back what others are to lead, or was not heard of for a moment"))
                    .append('.');
        }
        return reasons.toString();
    }

    private static String listed(List<String> partitions) {
        String first = String.join(", ", partitions.subList(0, Math.min(NAMED_MAX, partitions.size())));
        String noun = partitions.size() == 1 ? "partition " : partitions.size() + " partitions (";
        return noun + first + (partitions.size() == 1 ? "" : partitions.size() > NAMED_MAX ? ", …)" : ")");
    }

    private static String capital(String sentence) {
        return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
    }
}
