package io.partita.broker.metadata;

import java.util.List;
import java.util.Map;

/**
 * A topic to create.
 *
 * @param partitions how many partitions, {@link #DEFAULT} for as many as the brokers' settings say
 * @param replicas how many replicas of each, {@link #DEFAULT} likewise
 * @param assignment the brokers of each partition, by partition number, preferred leader first; {@code null} to leave them to the cluster. With
 *     it, {@code partitions} and {@code replicas} are {@link #DEFAULT}.
 * @param configs settings of the topic, by name
 */
public record NewTopic(String name, int partitions, int replicas, List<List<Integer>> assignment, Map<String, String> configs) {

    /** Stands for "what the brokers' settings say". */
    public static final int DEFAULT = -1;

    /** A topic with the numbers of the brokers' settings and no settings of its own. */
    public static NewTopic withDefaults(String name) {
        return new NewTopic(name, DEFAULT, DEFAULT, null, Map.of());
    }
}
