package io.partita.cli.command;

import java.util.List;
import java.util.function.Function;

/**
 * How far a group is in a partition.
 *
 * @param committed null where it has committed nothing; of a share group, where it starts
 * @param end null where the partition has no leader
 * @param lag records that are still to be read; null when that is not known
 * @param readers who reads it now: one at most, but in a share group
 */
record GroupLag(TopicPartition partition, Long committed, Long end, Long lag, String metadata, List<GroupMember> readers) {

    GroupLag(TopicPartition partition, Long committed, Long end, String metadata, GroupMember member) {
        this(partition, committed, end, committed == null || end == null ? null : Math.max(0, end - committed), metadata,
                member == null ? List.of() : List.of(member));
    }

    /** Of those who read it, one value each; null where nobody does, and a single one alone. */
    Object of(Function<GroupMember, String> value) {
        List<String> all = readers.stream().map(value).distinct().toList();
        return all.isEmpty() ? null : all.size() == 1 ? all.getFirst() : all;
    }
}
