package io.partita.broker.metadata;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One step from an image to the next, with what differs, so that nobody has to compare ten thousand topics.
 *
 * @param deleted topics of {@code before} that are gone
 * @param created topics of {@code after} that are new; one may have the name of a deleted one, under another id
 * @param changed topics of {@code after} whose partitions or settings are others than before
 * @param settingsChanged whether settings of a broker or of all brokers are others than before
 * @param whole whether {@code after} was just read from where the metadata are kept, so that logs of topics it does not have are of deleted topics. It is not
 *         while what a broker remembers stands in for that.
 */
public record ImageChange(
        ClusterImage before,
        ClusterImage after,
        List<TopicImage> deleted,
        List<TopicImage> created,
        List<TopicImage> changed,
        boolean settingsChanged,
        boolean whole) {

    /**
     * The step between two images of one cluster, {@code null} when they say the same and that is nothing new. For stores that learn of whole states rather
     * than of changes.
     *
     * @param whole see {@link #whole()}; such a step is always worth telling
     */
    public static ImageChange between(ClusterImage before, ClusterImage after, boolean whole) {
        List<TopicImage> deleted = new ArrayList<>();
        List<TopicImage> created = new ArrayList<>();
        List<TopicImage> changed = new ArrayList<>();
        for (TopicImage old : before.topics()) {
            if (after.topic(old.id()) == null) {
                deleted.add(old);
            }
        }
        for (TopicImage now : after.topics()) {
            TopicImage old = before.topic(now.id());
            if (old == null) {
                created.add(now);
            } else if (!old.equals(now)) {
                changed.add(now);
            }
        }
        boolean settings = !settings(before).equals(settings(after));
        boolean same = deleted.isEmpty() && created.isEmpty() && changed.isEmpty() && !settings && before.brokers().equals(after.brokers());
        return same && !whole ? null : new ImageChange(before, after, deleted, created, changed, settings, whole);
    }

    private static Map<Integer, Map<String, String>> settings(ClusterImage image) {
        Map<Integer, Map<String, String>> settings = new HashMap<>();
        for (int broker : image.configuredBrokers()) {
            settings.put(broker, image.brokerConfigs(broker));
        }
        return settings;
    }

    /**
     * The step from nothing to {@code after}, with which every listener begins.
     *
     * @param whole see {@link #whole()}
     */
    public static ImageChange first(ClusterImage after, boolean whole) {
        return new ImageChange(ClusterImage.empty(after.clusterId()), after, List.of(), after.topics(), List.of(), true, whole);
    }
}
