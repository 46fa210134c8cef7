package io.partita.broker.metadata;

import java.util.List;

/**
 * One step from an image to the next, with what differs, so that nobody has to compare ten thousand topics.
 *
 * @param deleted topics of {@code before} that are gone
 * @param created topics of {@code after} that are new; one may have the name of a deleted one, under another id
 * @param changed topics of {@code after} whose partitions or settings are others than before
 * @param settingsChanged whether settings of a broker or of all brokers are others than before
 */
public record ImageChange(
        ClusterImage before,
        ClusterImage after,
        List<TopicImage> deleted,
        List<TopicImage> created,
        List<TopicImage> changed,
        boolean settingsChanged) {

    /** The step from nothing to {@code after}, with which every listener begins. */
    static ImageChange first(ClusterImage after) {
        return new ImageChange(ClusterImage.empty(after.clusterId()), after, List.of(), after.topics(), List.of(), true);
    }
}
