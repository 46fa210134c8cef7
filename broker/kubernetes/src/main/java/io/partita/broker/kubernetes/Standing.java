package io.partita.broker.kubernetes;

import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * How a broker stands in its cluster: what an operator that rolls brokers one after the other has to know.
 *
 * @param process name of the run of its process, {@code null} before it is one
 * @param isReplaced whether another process counts as this broker, so that this one leads nothing
 * @param leads partitions it leads
 * @param waiting partitions placed on it that nobody leads and that it is about to lead; not those whose log is lost, of which nobody can say when
 * @param behind partitions placed on it whose ISR it is not in
 * @param needed partitions that would have fewer than min.insync.replicas in sync without it; with one replica no partition has another broker that it could wait for
 */
public record Standing(String process, boolean isReplaced, int leads, int waiting, int behind, int needed) {

    /** Before there is anything to stand in. */
    static final Standing NONE = new Standing(null, false, 0, 0, 0, 0);

    /** Whether it leads, and has in sync, all that it should. */
    public boolean hasCaughtUp() {
        return process != null && !isReplaced && waiting == 0 && behind == 0;
    }

    /**
     * @param isHopeless whether nothing is to be had in a topic for now
     * @param minInSync min.insync.replicas of a topic
     */
    static Standing of(
            String process, boolean isReplaced, int broker, ClusterImage image, Predicate<TopicImage> isHopeless, ToIntFunction<TopicImage> minInSync) {
        int leads = 0;
        int waiting = 0;
        int behind = 0;
        int needed = 0;
        for (TopicImage topic : image.topics()) {
            for (PartitionImage partition : topic.partitions()) {
                boolean isHere = partition.replicas().contains(broker);
                boolean isInSync = partition.inSyncReplicas().contains(broker);
                leads += partition.leader() == broker ? 1 : 0;
                waiting += isHere && partition.leader() == PartitionImage.NO_LEADER && !isHopeless.test(topic) ? 1 : 0;
                behind += isHere && !isInSync && partition.leader() != PartitionImage.NO_LEADER ? 1 : 0;
                boolean hasOthers = partition.replicas().size() > 1;
                int wanted = Math.min(minInSync.applyAsInt(topic), partition.replicas().size());
                needed += hasOthers && isInSync && partition.inSyncReplicas().size() - 1 < wanted ? 1 : 0;
            }
        }
        return new Standing(process, isReplaced, leads, waiting, behind, needed);
    }
}
