package io.partita.broker.group.streams;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/** What follows from a {@link Topology} with the topics that there are. */
public sealed interface ResolvedTopology {

    /**
     * All topics are there.
     *
     * @param taskCounts by subtopology, how many tasks it has
     */
    record Ready(SortedMap<String, Integer> taskCounts) implements ResolvedTopology {
        public Ready {
            taskCounts = Collections.unmodifiableSortedMap(taskCounts);
        }
    }

    /**
     * It cannot run with the topics that there are.
     *
     * @param missing topics that the coordinator is to make
     */
    record NotReady(StreamsStatus status, List<MissingTopic> missing) implements ResolvedTopology {
        public NotReady {
            missing = List.copyOf(missing);
        }
    }

    /** It could not run with any topics. */
    record Impossible(String reason) implements ResolvedTopology {}

    /** A topic to make. */
    record MissingTopic(Topology.InternalTopic topic, int partitions) {}
}
