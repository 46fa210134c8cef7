package io.partita.broker.group.streams;

/** Something that members are to know of their group beside their tasks. */
public record StreamsStatus(Code code, String detail) {

    /** With the protocol's numbers. */
    public enum Code {
        STALE_TOPOLOGY(0),
        MISSING_SOURCE_TOPICS(1),
        INCORRECTLY_PARTITIONED_TOPICS(2),
        MISSING_INTERNAL_TOPICS(3),
        SHUTDOWN_APPLICATION(4),
        ASSIGNMENT_DELAYED(5);

        private final byte id;

        Code(int id) {
            this.id = (byte) id;
        }

        public byte id() {
            return id;
        }
    }
}
