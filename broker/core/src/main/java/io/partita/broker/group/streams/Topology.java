package io.partita.broker.group.streams;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * What an application reads and keeps, as its members say it.
 *
 * @param epoch of what members said; lower is older
 * @param subtopologies by their ids, in ascending order
 */
public record Topology(int epoch, List<Subtopology> subtopologies) {

    /** Beside the characters of a thing. */
    private static final int OVERHEAD_BYTES = 24;

    public Topology {
        subtopologies = subtopologies.stream().sorted(Comparator.comparing(Subtopology::id)).toList();
    }

    /**
     * A part whose tasks need nothing of the others' but what is in topics.
     *
     * @param sourceTopics what it reads, that is not the application's own
     * @param repartitionSources topics of the application that it reads
     * @param repartitionSinks topics of the application that it writes
     * @param changelogs topics of the application that have its state
     * @param copartitions topics that must have equally many partitions
     */
    public record Subtopology(
            String id,
            List<String> sourceTopics,
            List<InternalTopic> repartitionSources,
            List<String> repartitionSinks,
            List<InternalTopic> changelogs,
            List<Copartition> copartitions) {

        public Subtopology {
            sourceTopics = List.copyOf(sourceTopics);
            repartitionSources = List.copyOf(repartitionSources);
            repartitionSinks = List.copyOf(repartitionSinks);
            changelogs = List.copyOf(changelogs);
            copartitions = List.copyOf(copartitions);
        }

        /** Whether its tasks have state that would have to be built up again elsewhere. */
        boolean isStateful() {
            return !changelogs.isEmpty();
        }

        boolean reads(String topic) {
            return sourceTopics.contains(topic) || repartitionSources.stream().anyMatch(one -> one.name().equals(topic));
        }
    }

    /**
     * A topic that the coordinator makes.
     *
     * @param partitions 0 for as many as follow from what is read
     * @param replicationFactor 0 for the brokers' default
     */
    public record InternalTopic(String name, int partitions, short replicationFactor, SortedMap<String, String> configs) {

        public InternalTopic {
            configs = Collections.unmodifiableSortedMap(configs);
        }
    }

    /** Topics that must have equally many partitions, by their places in the lists of the subtopology. */
    public record Copartition(List<Short> sourceTopics, List<Short> repartitionSources) {

        public Copartition {
            sourceTopics = List.copyOf(sourceTopics);
            repartitionSources = List.copyOf(repartitionSources);
        }
    }

    /** Null when there is none of that id. */
    Subtopology subtopology(String id) {
        for (Subtopology subtopology : subtopologies) {
            if (subtopology.id().equals(id)) {
                return subtopology;
            }
        }
        return null;
    }

    /** The task that has a partition to read, null when none has. */
    TaskId readerOf(String topic, int partition) {
        for (Subtopology subtopology : subtopologies) {
            if (subtopology.reads(topic)) {
                return new TaskId(subtopology.id(), partition);
            }
        }
        return null;
    }

    /** The names of all topics that must be there, in ascending order. */
    public TreeSet<String> topicNames() {
        var names = new TreeSet<String>();
        for (Subtopology subtopology : subtopologies) {
            names.addAll(subtopology.sourceTopics());
            subtopology.repartitionSources().forEach(topic -> names.add(topic.name()));
            subtopology.changelogs().forEach(topic -> names.add(topic.name()));
        }
        return names;
    }

    /** About the bytes that it takes in a record; twice as many at most in memory. */
    long length() {
        long length = 0;
        for (Subtopology subtopology : subtopologies) {
            length += OVERHEAD_BYTES + subtopology.id().length();
            length += length(subtopology.sourceTopics()) + length(subtopology.repartitionSinks());
            for (InternalTopic topic : subtopology.repartitionSources()) {
                length += length(topic);
            }
            for (InternalTopic topic : subtopology.changelogs()) {
                length += length(topic);
            }
            for (Copartition copartition : subtopology.copartitions()) {
                length += 2L * (copartition.sourceTopics().size() + copartition.repartitionSources().size());
            }
        }
        return length;
    }

    private static long length(List<String> names) {
        return names.stream().mapToLong(name -> OVERHEAD_BYTES + name.length()).sum();
    }

    private static long length(InternalTopic topic) {
        return OVERHEAD_BYTES + topic.name().length() + length(topic.configs());
    }

    /** The same of names with values. */
    static long length(Map<String, String> pairs) {
        return pairs.entrySet().stream().mapToLong(pair -> OVERHEAD_BYTES + pair.getKey().length() + pair.getValue().length()).sum();
    }
}
