package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectText.Line;
import io.partita.broker.cluster.ObjectText.UnreadableException;
import io.partita.broker.metadata.ClusterImage;
import java.util.Map;
import java.util.TreeMap;

/**
 * The object {@code cluster}: what is one for all brokers.
 *
 * @param id the cluster's id
 * @param level the newest forms that may be written: every broker of the cluster can read them
 * @param settings what was set while brokers run, by broker, {@link ClusterImage#ALL_BROKERS} for all of them
 */
record ClusterObject(String id, int level, Map<Integer, Map<String, String>> settings) {

    static final String NAME = "cluster";

    /** The forms that a cluster begins with, and the newest that this release knows of a whole cluster. Of single objects brokers read newer ones ({@link BrokerObject#level}). */
    static final int LEVEL = 1;

    ClusterObject {
        Map<Integer, Map<String, String>> sorted = new TreeMap<>();
        settings.forEach((broker, values) -> {
            if (!values.isEmpty()) {
                sorted.put(broker, new TreeMap<>(values));
            }
        });
        settings = sorted;
    }

    /** A cluster that begins. */
    static ClusterObject begun(String id) {
        return new ClusterObject(id, LEVEL, Map.of());
    }

    /** The same with other settings of a broker. */
    ClusterObject with(int broker, Map<String, String> values) {
        Map<Integer, Map<String, String>> next = new TreeMap<>(settings);
        next.put(broker, values);
        return new ClusterObject(id, level, next);
    }

    Map<String, String> settings(int broker) {
        return settings.getOrDefault(broker, Map.of());
    }

    String text() {
        ObjectText.Writer writer = new ObjectText.Writer().line("id", id).line("level", level);
        settings.forEach((broker, values) -> values.forEach((name, value) -> writer.line("setting",
                (broker == ClusterImage.ALL_BROKERS ? "all" : broker) + " " + name + " " + value)));
        return writer.text();
    }

    static ClusterObject read(String text) throws UnreadableException {
        String id = null;
        int level = 0;
        Map<Integer, Map<String, String>> settings = new TreeMap<>();
        for (Line line : ObjectText.read(text)) {
            switch (line.word()) {
                case "id" -> id = line.says();
                case "level" -> level = line.number();
                case "setting" -> {
                    String[] words = line.words(3);
                    int broker = words[0].equals("all") ? ClusterImage.ALL_BROKERS : ObjectText.number(words[0]);
                    settings.computeIfAbsent(broker, none -> new TreeMap<>()).put(words[1], words[2]);
                }
                default -> throw new UnreadableException("nobody knows what '" + line.word() + "' is");
            }
        }
        if (id == null || level < 1) {
            throw new UnreadableException("it has no id or no level");
        }
        return new ClusterObject(id, level, settings);
    }
}
