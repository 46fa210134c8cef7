package io.partita.broker.group;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** Topics as a test makes them. */
public final class TestTopics implements Topics {

    private final Map<String, Topic> topics = new TreeMap<>();
    private long ids;

    /** Makes a topic, or gives the one of that name more partitions. Returns its id. */
    public UUID put(String name, int partitions) {
        Topic known = topics.get(name);
        UUID id = known == null ? new UUID(7, ++ids) : known.id();
        topics.put(name, new Topic(name, id, partitions));
        return id;
    }

    public void remove(String name) {
        topics.remove(name);
    }

    @Override
    public Topic find(String name) {
        return topics.get(name);
    }

    @Override
    public Topic find(UUID id) {
        return topics.values().stream().filter(topic -> topic.id().equals(id)).findAny().orElse(null);
    }

    @Override
    public Collection<String> names() {
        return List.copyOf(topics.keySet());
    }
}
