package io.partita.broker.group;

import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** The topics of the cluster as groups need to know them, at one moment. Immutable; read by every thread. */
public interface Topics {

    /** No topics at all. */
    Topics NONE = new Topics() {
        @Override
        public Topic find(String name) {
            return null;
        }

        @Override
        public Topic find(UUID id) {
            return null;
        }

        @Override
        public Collection<String> names() {
            return List.of();
        }
    };

    record Topic(String name, UUID id, int partitionCount) {}

    /** Null when there is none. */
    Topic find(String name);

    /** Null when there is none. */
    Topic find(UUID id);

    Collection<String> names();
}
