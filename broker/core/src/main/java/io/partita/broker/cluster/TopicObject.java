package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectText.Line;
import io.partita.broker.cluster.ObjectText.UnreadableException;
import io.partita.broker.control.PartitionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * An object {@code topics/NAME}: a topic with its settings, and in which set each of its partitions has its entry. It is written before the entries, and says of how many of them it is
 * known that they were stored: those that are not yet, anybody may add; one that is missing though it was stored is lost, and is not made anew from nothing.
 *
 * @param places by partition
 * @param storedCount so many of the partitions, from the first on, have had their entries
 * @param configs the settings given for this topic, in normal form, by name
 */
public record TopicObject(String name, UUID id, List<Place> places, int storedCount, Map<String, String> configs) {

    private static final String FOLDER = "topics/";

    /**
     * Where a partition is.
     *
     * @param set name of the set that has its entry
     * @param replicas the brokers that it begins on, the preferred leader first
     */
    public record Place(String set, List<Integer> replicas) {}

    public TopicObject {
        places = List.copyOf(places);
        configs = new TreeMap<>(configs);
    }

    static String objectName(String topic) {
        return FOLDER + topic;
    }

    /** The topic of an object's name, {@code null} when it is another kind of object. */
    static String topicOf(String objectName) {
        return objectName.startsWith(FOLDER) ? objectName.substring(FOLDER.length()) : null;
    }

    PartitionKey key(int partition) {
        return new PartitionKey(id, partition);
    }

    TopicObject withConfigs(Map<String, String> next) {
        return new TopicObject(name, id, places, storedCount, next);
    }

    TopicObject withPlaces(List<Place> next) {
        return new TopicObject(name, id, next, storedCount, configs);
    }

    TopicObject withStored(int count) {
        return new TopicObject(name, id, places, count, configs);
    }

    String text() {
        ObjectText.Writer writer = new ObjectText.Writer().line("id", id).line("stored", storedCount);
        configs.forEach((name, value) -> writer.line("config", name + " " + value));
        for (int i = 0; i < places.size(); i++) {
            writer.line("partition", i + " " + places.get(i).set + " " + ObjectText.numbers(places.get(i).replicas));
        }
        return writer.text();
    }

    static TopicObject read(String name, String text) throws UnreadableException {
        UUID id = null;
        int stored = 0;
        Map<String, String> configs = new TreeMap<>();
        List<Place> places = new ArrayList<>();
        for (Line line : ObjectText.read(text)) {
            switch (line.word()) {
                case "id" -> id = id(line.says());
                case "stored" -> stored = line.number();
                case "config" -> {
                    String[] words = line.words(2);
                    configs.put(words[0], words[1]);
                }
                case "partition" -> {
                    String[] words = line.words(3);
                    if (ObjectText.number(words[0]) != places.size()) {
                        throw new UnreadableException("partition " + places.size() + " is missing");
                    }
                    places.add(new Place(words[1], ObjectText.numbers(words[2])));
                }
                default -> throw new UnreadableException("nobody knows what '" + line.word() + "' is");
            }
        }
        if (id == null || places.isEmpty() || stored < 0 || stored > places.size()) {
            throw new UnreadableException("it has no id or no partitions, or has stored more of them than there are");
        }
        return new TopicObject(name, id, places, stored, configs);
    }

    private static UUID id(String text) throws UnreadableException {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new UnreadableException("'" + text + "' is no id");
        }
    }
}
