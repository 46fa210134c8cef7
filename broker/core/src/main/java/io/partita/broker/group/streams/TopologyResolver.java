package io.partita.broker.group.streams;

import io.partita.broker.group.Topics;
import io.partita.broker.group.streams.ResolvedTopology.MissingTopic;
import io.partita.broker.group.streams.Topology.Copartition;
import io.partita.broker.group.streams.Topology.InternalTopic;
import io.partita.broker.group.streams.Topology.Subtopology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Finds out how many partitions each topic of an application must have, which of them are missing, and how many tasks there are. Repartition topics have as
 * many as what is written to them is read from, unless the application says a number, and as many as what they are joined with; changelogs as many as
 * their subtopology has tasks.
 */
final class TopologyResolver {

    private final Topology topology;
    private final Topics topics;
    private final Map<String, InternalTopic> repartitions = new TreeMap<>();
    /** Of topics that are read, as far as is known. */
    private final Map<String, Integer> partitions = new HashMap<>();

    private TopologyResolver(Topology topology, Topics topics) {
        this.topology = topology;
        this.topics = topics;
    }

    static ResolvedTopology resolve(Topology topology, Topics topics) {
        return new TopologyResolver(topology, topics).resolve();
    }

    private ResolvedTopology resolve() {
        var missing = new TreeSet<String>();
        for (Subtopology subtopology : topology.subtopologies()) {
            for (String name : subtopology.sourceTopics()) {
                Topics.Topic topic = topics.find(name);
                if (topic == null) {
                    missing.add(name);
                } else {
                    partitions.put(name, topic.partitionCount());
                }
            }
            for (InternalTopic topic : subtopology.repartitionSources()) {
                repartitions.put(topic.name(), topic);
                if (topic.partitions() > 0) {
                    partitions.put(topic.name(), topic.partitions());
                }
            }
        }
        if (!missing.isEmpty()) {
            return notReady(StreamsStatus.Code.MISSING_SOURCE_TOPICS, "Missing source topics: " + String.join(", ", missing));
        }
        String impossible = countRepartitions();
        if (impossible != null) {
            return new ResolvedTopology.Impossible(impossible);
        }
        String unequal = copartition();
        return unequal == null ? compare() : notReady(StreamsStatus.Code.INCORRECTLY_PARTITIONED_TOPICS, unequal);
    }

    private static ResolvedTopology notReady(StreamsStatus.Code code, String detail) {
        return new ResolvedTopology.NotReady(new StreamsStatus(code, detail), List.of());
    }

    /** Gives a number to each repartition topic that has none. What is wrong if that cannot be done, else null. */
    private String countRepartitions() {
        var open = new TreeSet<>(repartitions.keySet());
        open.removeAll(partitions.keySet());
        for (String name : open) {
            if (writers(name).isEmpty()) {
                return "The number of partitions of repartition topic " + name + " cannot be known: no subtopology writes to it.";
            }
        }
        // First those of whose writers all is known; where topics are written in a circle, what is known of them.
        while (!open.isEmpty()) {
            if (!open.removeIf(name -> count(name, true)) && !removeFirst(open)) {
                return "The numbers of partitions of repartition topics " + String.join(", ", open)
                        + " cannot be known: each follows from another one's. Give one of them a number.";
            }
        }
        return null;
    }

    private boolean removeFirst(TreeSet<String> open) {
        for (String name : open) {
            if (count(name, false)) {
                open.remove(name);
                return true;
            }
        }
        return false;
    }

    private boolean count(String name, boolean whole) {
        int most = 0;
        for (Subtopology writer : writers(name)) {
            for (String read : reads(writer)) {
                Integer known = partitions.get(read);
                if (known == null && whole) {
                    return false;
                }
                most = Math.max(most, known == null ? 0 : known);
            }
        }
        if (most > 0) {
            partitions.put(name, most);
        }
        return most > 0;
    }

    private List<Subtopology> writers(String topic) {
        return topology.subtopologies().stream().filter(subtopology -> subtopology.repartitionSinks().contains(topic)).toList();
    }

    private static List<String> reads(Subtopology subtopology) {
        var names = new ArrayList<>(subtopology.sourceTopics());
        subtopology.repartitionSources().forEach(topic -> names.add(topic.name()));
        return names;
    }

    /** Makes topics that are joined equal where that is free. What is wrong where it is not, else null. */
    private String copartition() {
        for (Subtopology subtopology : topology.subtopologies()) {
            for (Copartition group : subtopology.copartitions()) {
                var names = new TreeSet<String>();
                group.sourceTopics().forEach(index -> names.add(subtopology.sourceTopics().get(index)));
                group.repartitionSources().forEach(index -> names.add(subtopology.repartitionSources().get(index).name()));
                Set<Integer> given = new HashSet<>();
                int most = 0;
                for (String name : names) {
                    most = Math.max(most, partitions.get(name));
                    if (!isFree(name)) {
                        given.add(partitions.get(name));
                    }
                }
                if (given.size() > 1) {
                    return "Following topics do not have the same number of partitions: ["
                            + names.stream().filter(name -> !isFree(name)).map(name -> name + " (" + partitions.get(name) + ")")
                                    .collect(Collectors.joining(", "))
                            + "]";
                }
                int count = given.isEmpty() ? most : given.iterator().next();
                names.stream().filter(this::isFree).forEach(name -> partitions.put(name, count));
            }
        }
        return null;
    }

    /** Whether the number of partitions is ours to say. */
    private boolean isFree(String name) {
        InternalTopic topic = repartitions.get(name);
        return topic != null && topic.partitions() == 0;
    }

    /** What must be there with what is there. */
    private ResolvedTopology compare() {
        var taskCounts = new TreeMap<String, Integer>();
        var missing = new TreeMap<String, MissingTopic>();
        var wrong = new TreeSet<String>();
        for (Subtopology subtopology : topology.subtopologies()) {
            int tasks = reads(subtopology).stream().mapToInt(partitions::get).max().orElse(0);
            taskCounts.put(subtopology.id(), tasks);
            subtopology.repartitionSources().forEach(topic -> look(topic, partitions.get(topic.name()), missing, wrong));
            subtopology.changelogs().forEach(topic -> look(topic, tasks, missing, wrong));
        }
        if (!wrong.isEmpty()) {
            return notReady(StreamsStatus.Code.INCORRECTLY_PARTITIONED_TOPICS, String.join("; ", wrong));
        }
        if (!missing.isEmpty()) {
            return new ResolvedTopology.NotReady(
                    new StreamsStatus(StreamsStatus.Code.MISSING_INTERNAL_TOPICS, "Internal topics are missing: " + missing.keySet()),
                    List.copyOf(missing.values()));
        }
        return new ResolvedTopology.Ready(taskCounts);
    }

    private void look(InternalTopic topic, int wanted, Map<String, MissingTopic> missing, Set<String> wrong) {
        Topics.Topic there = topics.find(topic.name());
        if (there == null) {
            missing.put(topic.name(), new MissingTopic(topic, wanted));
        } else if (there.partitionCount() != wanted) {
            wrong.add("Existing topic " + topic.name() + " has different number of partitions: expected " + wanted + ", found " + there.partitionCount());
        }
    }
}
