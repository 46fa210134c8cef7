package io.partita.broker.group.streams;

/** A part of an application's work: what one subtopology does with one partition of what it reads. */
public record TaskId(String subtopology, int partition) implements Comparable<TaskId> {

    @Override
    public int compareTo(TaskId other) {
        int bySubtopology = subtopology.compareTo(other.subtopology);
        return bySubtopology != 0 ? bySubtopology : Integer.compare(partition, other.partition);
    }

    @Override
    public String toString() {
        return subtopology + "_" + partition;
    }
}
