package io.partita.broker.kubernetes;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionState;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import java.util.function.Predicate;

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
     * @param logs name of the broker's logs
     * @param isStuck whether nothing can be stored of a partition for now
     */
    static Standing of(BrokerProcess process, boolean isReplaced, String logs, ClusterImage image, Predicate<PartitionKey> isStuck) {
        int broker = process.broker();
        int leads = 0;
        int waiting = 0;
        int behind = 0;
        int needed = 0;
        for (TopicImage topic : image.topics()) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                PartitionImage partition = topic.partition(i);
                boolean isHere = partition.replicas().contains(broker);
                boolean isLed = partition.leader() != PartitionImage.NO_LEADER;
                PartitionState state = partition.stored().state();
                boolean isInSync = state.isInSync(broker);
                leads += partition.leader() == broker ? 1 : 0;
                waiting += isHere && !isLed && mayLead(state, broker, logs) && !isStuck.test(new PartitionKey(topic.id(), i)) ? 1 : 0;
                behind += isHere && isLed && !isInSync ? 1 : 0;
                needed += state.replicas().size() > 1 && isInSync && state.isr().size() - 1 < state.effectiveMin() ? 1 : 0;
            }
        }
        return new Standing(process.process(), isReplaced, leads, waiting, behind, needed);
    }

    /** Whether the broker's log, as it is, is one that may lead. */
    private static boolean mayLead(PartitionState state, int broker, String logs) {
        InSyncReplica member = state.member(broker);
        return state.isUntouched() || member != null && (member.isAnyLog() || member.incarnation().equals(logs));
    }
}
