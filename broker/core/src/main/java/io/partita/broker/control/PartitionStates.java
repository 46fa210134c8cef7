package io.partita.broker.control;

import java.util.function.Consumer;

/** Where what is stored of partitions gets changed by those who lead them. Any thread. */
public interface PartitionStates {

    /**
     * A state as it was seen.
     *
     * @param objectVersion the version of the object in which it was seen; higher for later ones
     */
    record Seen(PartitionState state, long objectVersion) {}

    /**
     * Has a state stored in place of the one it was worked out from. It is tried until the object was seen in a newer version than the one it was guarded by,
     * whatever any answer or its absence said: only that decides (rule 18). Asks of many partitions that come together are one write.
     *
     * @param from the state that {@code next} was worked out from; where the store has another one, nothing is stored
     * @param decided told once, on any thread, of the partition as it was seen in that newer version; never when the partition is gone, or the store closed
     */
    void ask(PartitionKey partition, PartitionState from, PartitionState next, Consumer<Seen> decided);
}
