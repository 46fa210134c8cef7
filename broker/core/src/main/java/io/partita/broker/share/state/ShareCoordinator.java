package io.partita.broker.share.state;

import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.env.Clock;
import io.partita.broker.protocol.ErrorCode;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the shard of a share-partition and takes requests there. Callable from any thread; results are given on the event loops of the shards. */
public final class ShareCoordinator implements StateAccess {

    private static final Logger LOG = LoggerFactory.getLogger(ShareCoordinator.class);

    /** The internal topic that the state is kept in. */
    public static final String TOPIC = "__share_group_state";

    /** The level of the feature {@code share.version}: share groups are served, dead-letter topics with them. */
    public static final short SHARE_GROUPS = 2;

    private final CoordinatorShards<ShareStateShard> shards;
    private final AtomicInteger defectCount = new AtomicInteger();

    public ShareCoordinator(Clock clock, ShareStateConfig config) {
        this.shards = new CoordinatorShards<>(TOPIC, (name, loop, log, failed) -> new ShareStateShard(name, loop, clock, config, log, failed, defect -> {
            defectCount.incrementAndGet();
            LOG.error("The state of {} is thrown away. This is a defect of the broker; please report it.", name, defect);
        }));
    }

    /** How often something went wrong in a shard, which was then loaded anew. */
    public int defectCount() {
        return defectCount.get();
    }

    /** The partitions that are led here. */
    public CoordinatorShards<ShareStateShard> shards() {
        return shards;
    }

    @Override
    public void initialize(ShareKey key, int stateEpoch, long startOffset, Consumer<ErrorCode> answer) {
        serve(key, shard -> shard.initialize(key, stateEpoch, startOffset, answer), answer);
    }

    @Override
    public void read(ShareKey key, int leaderEpoch, Consumer<Stored> answer) {
        serve(key, shard -> shard.read(key, leaderEpoch, answer), code -> answer.accept(Stored.failed(code)));
    }

    @Override
    public void write(ShareKey key, Change change, Consumer<ErrorCode> answer) {
        serve(key, shard -> shard.write(key, change, answer), answer);
    }

    @Override
    public void delete(ShareKey key, Consumer<ErrorCode> answer) {
        serve(key, shard -> shard.delete(key, answer), answer);
    }

    @Override
    public void summary(ShareKey key, Consumer<Stored> answer) {
        serve(key, shard -> shard.summary(key, answer), code -> answer.accept(Stored.failed(code)));
    }

    private void serve(ShareKey key, Consumer<ShareStateShard> request, Consumer<ErrorCode> refuse) {
        ShareStateShard shard = shards.of(key.coordinatorKey());
        if (shard == null) {
            refuse.accept(ErrorCode.NOT_COORDINATOR);
        } else {
            shard.loop().run(() -> request.accept(shard));
        }
    }
}
