package io.partita.broker;

import io.partita.broker.env.Clock;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.transaction.TopicPartition;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Whether a partition that the image here does not show is gone, or only not shown: by an image that is behind, a watch that shows too little, a state that is lost. That it is
 * gone is what the store says when it is asked, seldom; until then it is not.
 *
 * <p>Any thread.
 */
final class PartitionsGone {

    /** How long the store is left alone when it has named nothing that is gone; a tenth of it where it has. */
    private static final long APART_MILLIS = 1_000;

    private final MetadataStore store;
    private final Clock clock;
    /** Whose question waits for the next time that the store is asked. */
    private Set<TopicPartition> wanted = new HashSet<>();
    /** What the store has said is gone, until that is told. */
    private final Set<TopicPartition> gone = new HashSet<>();
    private boolean isAsking;
    private long nextMillis;

    PartitionsGone(MetadataStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
        this.nextMillis = clock.monotonicMillis();
    }

    /** Whether it is known by now. Where it is not, the store is asked meanwhile, and whoever asks again after a while is told. */
    boolean isGone(TopicPartition partition) {
        Set<TopicPartition> asked;
        synchronized (this) {
            if (gone.remove(partition)) {
                return true;
            }
            wanted.add(partition);
            if (isAsking || clock.monotonicMillis() < nextMillis) {
                return false;
            }
            isAsking = true;
            asked = wanted;
            wanted = new HashSet<>();
            gone.clear();
        }
        store.partitionCounts().whenComplete((counts, failure) -> told(asked, counts));
        synchronized (this) {
            // A store that need not ask anybody has answered.
            return gone.remove(partition);
        }
    }

    /** @param counts {@code null} where the store could not say */
    private synchronized void told(Set<TopicPartition> asked, Map<String, Integer> counts) {
        isAsking = false;
        if (counts != null) {
            asked.removeIf(partition -> partition.partition() < counts.getOrDefault(partition.topic(), 0));
            gone.addAll(asked);
        }
        boolean saysNothingNew = counts == null || asked.isEmpty();
        nextMillis = clock.monotonicMillis() + (saysNothingNew ? APART_MILLIS : APART_MILLIS / 10);
    }
}
