package io.partita.broker.metadata;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.IntUnaryOperator;

/**
 * A topic.
 *
 * @param id tells it from another topic of the same name before or after it
 * @param partitions by partition number
 * @param configs the settings given for this topic, in normal form, by name
 */
public record TopicImage(String name, UUID id, List<PartitionImage> partitions, Map<String, String> configs) {

    public TopicImage {
        partitions = List.copyOf(partitions);
        configs = configs.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(configs));
    }

    /** The partition of a number, or {@code null} when there is none. */
    public PartitionImage partition(int index) {
        return index >= 0 && index < partitions.size() ? partitions.get(index) : null;
    }

    /** Whether the cluster itself keeps its state in this topic. */
    public boolean internal() {
        return TopicNames.isInternal(name);
    }

    TopicImage withConfigs(Map<String, String> newConfigs) {
        return new TopicImage(name, id, partitions, newConfigs);
    }

    TopicImage withMorePartitions(List<PartitionImage> more) {
        List<PartitionImage> all = new ArrayList<>(partitions.size() + more.size());
        all.addAll(partitions);
        all.addAll(more);
        return new TopicImage(name, id, all, configs);
    }

    /** This topic with the next leader epoch for each partition that {@code broker} leads; the same object when it leads none. */
    TopicImage inNextEpochOf(int broker) {
        List<PartitionImage> next = null;
        for (int i = 0; i < partitions.size(); i++) {
            if (partitions.get(i).leader() == broker) {
                if (next == null) {
                    next = new ArrayList<>(partitions);
                }
                next.set(i, partitions.get(i).inNextEpoch());
            }
        }
        return next == null ? this : new TopicImage(name, id, next, configs);
    }

    /** This topic with every partition that {@code broker} leads in an epoch above that of its log; the same object when all are. */
    TopicImage inEpochsAbove(int broker, IntUnaryOperator latestEpochs) {
        List<PartitionImage> next = null;
        for (int i = 0; i < partitions.size(); i++) {
            PartitionImage partition = partitions.get(i);
            int latest = partition.leader() == broker ? latestEpochs.applyAsInt(i) : -1;
            if (latest >= partition.leaderEpoch()) {
                next = next == null ? new ArrayList<>(partitions) : next;
                next.set(i, partition.inEpoch(latest + 1));
            }
        }
        return next == null ? this : new TopicImage(name, id, next, configs);
    }
}
