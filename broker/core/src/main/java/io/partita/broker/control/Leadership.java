package io.partita.broker.control;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Who could lead what instead, for people who move leadership: away from a broker before it is worked on, and evenly again afterwards. Holds what would be led if all that was asked for were done. Used
 * by one thread.
 */
public final class Leadership {

    /** A partition, as far as its leader is concerned. @param inSync in the order of the replicas */
    public record Led(String topic, int partition, int leader, List<Integer> replicas, List<Integer> inSync) {}

    /** A change of one: the replicas in the order that makes the first of them the preferred leader. */
    public record Change(Led of, int to, List<Integer> replicas) {}

    private final Map<Integer, Integer> leads = new TreeMap<>();
    private final List<Led> partitions;

    public Leadership(List<Led> partitions, List<Integer> brokers) {
        this.partitions = partitions;
        brokers.forEach(broker -> leads.put(broker, 0));
        partitions.forEach(one -> leads.merge(one.leader(), 1, Integer::sum));
    }

    /** Others lead what a broker leads, as evenly as their replicas allow. What nobody else could lead is left out. */
    public List<Change> away(int broker) {
        List<Change> changes = new ArrayList<>();
        for (Led one : partitions) {
            if (one.leader() == broker) {
                one.inSync().stream().filter(candidate -> candidate != broker && leads.containsKey(candidate))
                        .min(Comparator.comparing(leads::get)).ifPresent(to -> changes.add(change(one, to, broker)));
            }
        }
        return changes;
    }

    /** All brokers lead as many as the others, as far as replicas in sync allow, by as few changes as that takes. */
    public List<Change> spread() {
        Map<Led, Change> changes = new LinkedHashMap<>();
        boolean better = true;
        while (better) {
            better = false;
            for (Led one : partitions) {
                int now = changes.containsKey(one) ? changes.get(one).to() : one.leader();
                Integer least = one.inSync().stream().filter(leads::containsKey).min(Comparator.comparing(leads::get)).orElse(null);
                if (least != null && leads.containsKey(now) && leads.get(now) - leads.get(least) > 1) {
                    leads.merge(now, -1, Integer::sum);
                    leads.merge(least, 1, Integer::sum);
                    changes.put(one, new Change(one, least, first(one.replicas(), least, -1)));
                    better = true;
                }
            }
        }
        changes.values().removeIf(change -> change.to() == change.of().leader());
        return List.copyOf(changes.values());
    }

    private Change change(Led one, int to, int last) {
        leads.merge(one.leader(), -1, Integer::sum);
        leads.merge(to, 1, Integer::sum);
        return new Change(one, to, first(one.replicas(), to, last));
    }

    /** The replicas with one at the beginning and one at the end, the others in their order. */
    private static List<Integer> first(List<Integer> replicas, int first, int last) {
        List<Integer> ordered = new ArrayList<>(replicas);
        ordered.remove((Integer) first);
        ordered.addFirst(first);
        if (ordered.remove((Integer) last)) {
            ordered.addLast(last);
        }
        return ordered;
    }
}
