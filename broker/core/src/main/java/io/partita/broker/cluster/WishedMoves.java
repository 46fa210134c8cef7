package io.partita.broker.cluster;

import io.partita.broker.control.Decision;
import io.partita.broker.control.Decision.Granted;
import io.partita.broker.control.Moves;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import io.partita.broker.env.EventLoop;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.ReassignmentRules;
import io.partita.broker.metadata.ReassignmentWish;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Moves that somebody has asked for (AlterPartitionReassignments, KIP-455): what is wanted is written into the partitions' states, one write for each set. From there on it is everybody's
 * ({@link Duties}). Any thread.
 */
final class WishedMoves {

    private final EventLoop loop;
    private final SeenCluster seen;
    private final SetWrites writes;
    private final Function<BooleanSupplier, CompletionStage<?>> until;

    /**
     * @param loop owns the others
     * @param until completes when something holds of the image that is shown, or takes too long
     */
    WishedMoves(EventLoop loop, SeenCluster seen, SetWrites writes, Function<BooleanSupplier, CompletionStage<?>> until) {
        this.loop = loop;
        this.seen = seen;
        this.writes = writes;
        this.until = until;
    }

    /**
     * Begins them, and turns those back that are to be cancelled.
     *
     * @param image the newest there is; asked on the loop
     * @param shown the one that is shown
     * @return an answer for each wish, in their order, when they are stored and shown
     */
    CompletionStage<List<Result<Void>>> begin(List<ReassignmentWish> wishes, Supplier<ClusterImage> image, Supplier<ClusterImage> shown) {
        CompletableFuture<List<Result<Void>>> all = new CompletableFuture<>();
        loop.execute(() -> {
            Map<String, Map<PartitionKey, ReassignmentWish>> bySet = new HashMap<>();
            List<Result<Void>> results = new ArrayList<>();
            Result<Void> older = olderRelease();
            for (ReassignmentWish wish : wishes) {
                Result<Void> refusal = ReassignmentRules.refusal(wish, image.get());
                refusal = refusal == null ? older : refusal;
                results.add(refusal == null ? Result.done(null) : refusal);
                if (refusal == null) {
                    PartitionKey key = new PartitionKey(image.get().topic(wish.topic()).id(), wish.partition());
                    bySet.computeIfAbsent(seen.setOf(key), set -> new HashMap<>()).put(key, wish);
                }
            }
            List<CompletableFuture<Void>> written = new ArrayList<>();
            bySet.forEach((set, wanted) -> written.add(writes.change(set, present -> begun(present, wanted))));
            CompletableFuture.allOf(written.toArray(CompletableFuture[]::new))
                    .thenCompose(nothing -> until.apply(shows(bySet, shown)))
                    .thenRun(() -> all.complete(results));
        });
        return all;
    }

    /** Whoever knows nothing of moves could not read what is stored of one. */
    private Result<Void> olderRelease() {
        return seen.brokers().stream().filter(broker -> broker.object().level() < BrokerObject.LEVEL_MOVES).findFirst()
                .<Result<Void>>map(old -> Result.refused(ErrorCode.UNSUPPORTED_VERSION, "-".equals(old.object().version())
                        ? "Partitions can be moved once all brokers are of a release that knows it and the upgrade is finalized: see condition UpgradePending of the Cluster."
                        : "Broker " + old.object().broker().id() + " runs release " + old.object().version()
                                + ", which cannot move partitions: update it first."))
                .orElse(null);
    }

    private static PartitionSet begun(PartitionSet set, Map<PartitionKey, ReassignmentWish> wishes) {
        TreeMap<PartitionKey, PartitionState> states = new TreeMap<>(set.states());
        wishes.forEach((key, wish) -> states.computeIfPresent(key, (same, state) -> {
            Decision decision = wish.replicas() == null ? Moves.cancel(state) : Moves.begin(state, wish.replicas());
            return decision instanceof Granted(PartitionState next) ? next : state;
        }));
        return new PartitionSet(states);
    }

    private BooleanSupplier shows(Map<String, Map<PartitionKey, ReassignmentWish>> bySet, Supplier<ClusterImage> shown) {
        Map<PartitionKey, Integer> versions = new HashMap<>();
        bySet.values().forEach(wishes -> wishes.keySet().forEach(key -> {
            PartitionState state = seen.state(key);
            versions.put(key, state == null ? 0 : state.version());
        }));
        return () -> versions.entrySet().stream().allMatch(entry -> {
            TopicImage topic = shown.get().topic(entry.getKey().topicId());
            PartitionImage partition = topic == null ? null : topic.partition(entry.getKey().partition());
            return partition == null || partition.version() >= entry.getValue();
        });
    }
}
