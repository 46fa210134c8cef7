package io.partita.broker.metadata;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * One step from an image to the next, with what differs, so that nobody has to compare ten thousand topics.
 *
 * @param deleted topics of {@code before} that are gone
 * @param created topics of {@code after} that are new; one may have the name of a deleted one, under another id
 * @param changed topics of {@code after} whose partitions or settings are others than before
 * @param settingsChanged whether settings of a broker or of all brokers are others than before
 * @param basis what the step rests on, and so what may be deleted by it
 * @param hidden topics that exist beside those of {@code after}, but are not shown: their logs must stay
 * @param removed topics that are known to have been deleted before: what is left of their logs can go
 */
public record ImageChange(
        ClusterImage before,
        ClusterImage after,
        List<TopicImage> deleted,
        List<TopicImage> created,
        List<TopicImage> changed,
        boolean settingsChanged,
        Basis basis,
        Set<UUID> hidden,
        Set<UUID> removed) {

    /** What a step rests on. No log is deleted because a topic is missing: whoever keeps topics may have lost some. */
    public enum Basis {
        /** The store decides by itself: logs of topics it deletes are deleted. */
        DECIDED,
        /** All there is was just read from the store's own files: logs of topics that are neither in it nor hidden are set aside and kept. */
        READ,
        /**
         * All there is was just asked for where others delete topics: logs of topics that are neither in it nor hidden are set aside, and deleted when the time is over
         * in which that can be undone.
         */
        ASKED,
        /** Events were followed: what is gone is not led any more, but its logs stay in their place until the next step that was asked for. */
        FOLLOWED,
        /** What a broker remembers stands in for what it cannot read: logs stay where they are, even where they are in the way. */
        REMEMBERED
    }

    /**
     * The step between two images of one cluster, {@code null} when they say the same and nothing was read anew. For stores that learn of whole states rather
     * than of changes.
     */
    public static ImageChange between(ClusterImage before, ClusterImage after, Basis basis, Set<UUID> hidden) {
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
        boolean groups = !before.configuredGroups().equals(after.configuredGroups())
                || after.configuredGroups().stream().anyMatch(group -> !after.groupConfigs(group).equals(before.groupConfigs(group)));
        boolean same = !groups && deleted.isEmpty() && created.isEmpty() && changed.isEmpty() && !settings && before.brokers().equals(after.brokers())
                && before.acls().equals(after.acls()) && before.quotas().equals(after.quotas()) && before.hasUsersOf(after);
        return same && basis != Basis.READ && basis != Basis.ASKED
                ? null
                : new ImageChange(before, after, deleted, created, changed, settings, basis, hidden, Set.of());
    }

    private static Map<Integer, Map<String, String>> settings(ClusterImage image) {
        Map<Integer, Map<String, String>> settings = new HashMap<>();
        for (int broker : image.configuredBrokers()) {
            settings.put(broker, image.brokerConfigs(broker));
        }
        return settings;
    }

    /** The step from nothing to {@code after}, with which every listener begins. */
    public static ImageChange first(ClusterImage after, Basis basis, Set<UUID> hidden) {
        return first(after, basis, hidden, Set.of());
    }

    /** As {@link #first(ClusterImage, Basis, Set)}, where it is known which topics were deleted of late. */
    public static ImageChange first(ClusterImage after, Basis basis, Set<UUID> hidden, Set<UUID> removed) {
        return new ImageChange(ClusterImage.empty(after.clusterId()), after, List.of(), after.topics(), List.of(), true, basis, hidden, removed);
    }
}
