package io.partita.broker.group;

/** A change that must survive of a group whose coordinator assigns, as a record of {@code __consumer_offsets} has it. */
public interface EpochRecord {

    String groupId();

    /** What it says; null where it deletes what it names. */
    Object value();

    default boolean deletes() {
        return value() == null;
    }

    /** @param hash of what is to be assigned: names, ids and partitions of the topics that the group reads */
    record Metadata(int epoch, long hash) {
        public static final Metadata NONE = new Metadata(0, 0);
    }

    /**
     * For which epoch the target is.
     *
     * @param millis by the wall clock; 0 when nobody said
     */
    record Target(int epoch, long millis) {
        static final Target NONE = new Target(0, 0);
    }
}
