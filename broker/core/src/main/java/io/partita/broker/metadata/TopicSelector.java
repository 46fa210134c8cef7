package io.partita.broker.metadata;

import java.util.UUID;

/** A topic meant by a client: by its name or by its id; the other one is {@code null}. */
public record TopicSelector(String name, UUID id) {

    public static TopicSelector byName(String name) {
        return new TopicSelector(name, null);
    }

    public static TopicSelector byId(UUID id) {
        return new TopicSelector(null, id);
    }
}
