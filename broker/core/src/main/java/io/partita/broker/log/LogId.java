package io.partita.broker.log;

/** Names a partition's log: its directory is {@code topic-partition}. */
public record LogId(String topic, int partition) {

    /** The log a directory is of, or {@code null} when its name is none of a log. */
    static LogId parse(String directoryName) {
        int dash = directoryName.lastIndexOf('-');
        if (dash <= 0) {
            return null;
        }
        long partition = CheckpointFile.number(directoryName.substring(dash + 1));
        return partition < 0 || partition > Integer.MAX_VALUE ? null : new LogId(directoryName.substring(0, dash), (int) partition);
    }

    /** The name of the log's directory. */
    public String directoryName() {
        return topic + "-" + partition;
    }

    @Override
    public String toString() {
        return directoryName();
    }
}
