package io.partita.broker.metadata;

import java.util.ArrayList;
import java.util.List;

/** Which brokers get the replicas of new partitions, where the broker itself decides that. On Kubernetes the operator does, by a rule of its own. */
final class Placement {

    private Placement() {}

    /**
     * Replicas for {@code count} partitions, evenly over the brokers, those of one partition in different racks as far as there are enough.
     *
     * @param first number of the first of these partitions; goes on where the topic's earlier partitions ended
     * @param seed something that differs between topics, so that their first partitions do not all begin on one broker
     */
    static List<List<Integer>> spread(List<BrokerImage> brokers, int first, int count, int replicas, int seed) {
        List<Integer> order = rackByRack(brokers);
        int brokerCount = order.size();
        int start = Math.floorMod(seed, brokerCount);
        List<List<Integer>> rotations = new ArrayList<>(brokerCount);
        for (int begin = 0; begin < brokerCount; begin++) {
            List<Integer> rotation = new ArrayList<>(replicas);
            for (int i = 0; i < replicas; i++) {
                rotation.add(order.get((begin + i) % brokerCount));
            }
            // Shared by all partitions that begin on this broker.
            rotations.add(List.copyOf(rotation));
        }
        List<List<Integer>> placed = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            placed.add(rotations.get((start + first + i) % brokerCount));
        }
        return placed;
    }

    /** The same, each with further replicas on brokers that are to come, at the end: they lead nothing until they have it. */
    static List<List<Integer>> withMore(List<List<Integer>> placed, int first, List<Integer> awaited, int replicas) {
        List<List<Integer>> more = new ArrayList<>(placed.size());
        for (int i = 0; i < placed.size(); i++) {
            List<Integer> all = new ArrayList<>(placed.get(i));
            for (int next = first + i; all.size() < replicas; next++) {
                all.add(awaited.get(next % awaited.size()));
            }
            more.add(List.copyOf(all));
        }
        return more;
    }

    /** The brokers in an order in which neighbours are in different racks while that is possible: one of each rack, again and again. */
    private static List<Integer> rackByRack(List<BrokerImage> brokers) {
        List<BrokerImage> left = new ArrayList<>(brokers);
        List<Integer> order = new ArrayList<>(brokers.size());
        List<String> racksOfRound = new ArrayList<>();
        while (!left.isEmpty()) {
            racksOfRound.clear();
            for (int i = 0; i < left.size();) {
                BrokerImage broker = left.get(i);
                if (broker.rack() == null || !racksOfRound.contains(broker.rack())) {
                    racksOfRound.add(broker.rack());
                    order.add(broker.id());
                    left.remove(i);
                } else {
                    i++;
                }
            }
        }
        return order;
    }
}
