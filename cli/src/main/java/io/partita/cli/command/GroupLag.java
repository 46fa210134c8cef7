package io.partita.cli.command;

/**
 * How far a group is in a partition.
 *
 * @param committed null where it has committed nothing
 * @param end null where the partition has no leader
 * @param member who reads it now, or null
 */
record GroupLag(TopicPartition partition, Long committed, Long end, String metadata, GroupMember member) {

    /** Records behind the last one that can be read; null when that is not known. */
    Long lag() {
        return committed == null || end == null ? null : Math.max(0, end - committed);
    }
}
