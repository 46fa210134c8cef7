package io.partita.broker.share;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Workers;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.share.state.ShareKey;
import io.partita.broker.share.state.StateAccess;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** The share-partitions that are fetched from here. Callable from any thread; a share-partition is touched on its own event loop. */
public final class SharePartitions {

    private final Clock clock;
    private final Workers workers;
    private final StateAccess states;
    private final DeadLetterQueue deadLetters;
    private final Supplier<Function<String, SharePartitionConfig>> configs;
    private final Map<ShareKey, SharePartition> partitions = new ConcurrentHashMap<>();

    /** @param configs the settings of share groups at the moment, by id */
    public SharePartitions(Clock clock, Workers workers, StateAccess states, DeadLetterQueue deadLetters,
            Supplier<Function<String, SharePartitionConfig>> configs) {
        this.clock = clock;
        this.workers = workers;
        this.states = states;
        this.deadLetters = deadLetters;
        this.configs = configs;
    }

    /** The settings of a share group. */
    public SharePartitionConfig config(String groupId) {
        return configs.get().apply(groupId);
    }

    /** The share-partition of a partition that is led here; it is made if there is none, and loads its state. */
    public SharePartition of(ShareKey key, PartitionLeader leader) {
        SharePartition there = partitions.get(key);
        if (there != null && there.leader() == leader) {
            return there;
        }
        SharePartition made = new SharePartition(key, leader, clock, workers, states, () -> config(key.groupId()), deadLetters, this::forget);
        SharePartition former = partitions.put(key, made);
        if (former != null) {
            former.loop().run(() -> former.end(ErrorCode.NOT_LEADER_OR_FOLLOWER));
        }
        made.loop().run(made::load);
        return made;
    }

    /** The share-partition that is there, null for none. */
    public SharePartition find(ShareKey key, PartitionLeader leader) {
        SharePartition there = partitions.get(key);
        return there != null && there.leader() == leader ? there : null;
    }

    private void forget(SharePartition ended) {
        partitions.remove(ended.key(), ended);
    }

    /** Some partitions may not be led here any more. */
    public void leadersChanged() {
        for (SharePartition partition : List.copyOf(partitions.values())) {
            if (partition.leader().isClosed()) {
                partition.loop().run(() -> partition.end(ErrorCode.NOT_LEADER_OR_FOLLOWER));
            }
        }
    }

    public int size() {
        return partitions.size();
    }
}
