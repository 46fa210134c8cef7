package io.partita.broker.cluster;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import io.partita.broker.env.EventLoop;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ElectionWish;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Elections of leaders that somebody has asked for (ElectLeaders, KIP-460). Any thread. */
final class WishedElections {

    private final EventLoop loop;
    private final SeenCluster seen;
    private final SetWrites writes;
    private final Supplier<Peers> peers;

    /** @param loop owns the others */
    WishedElections(EventLoop loop, SeenCluster seen, SetWrites writes, Supplier<Peers> peers) {
        this.loop = loop;
        this.seen = seen;
        this.writes = writes;
        this.peers = peers;
    }

    /**
     * Elects them, with one write for each set.
     *
     * @param image the newest there is; asked on the loop
     * @return an answer for each wish, in their order
     */
    CompletionStage<List<Result<Void>>> elect(List<ElectionWish> wishes, Supplier<ClusterImage> image) {
        CompletableFuture<List<Result<Void>>> all = new CompletableFuture<>();
        loop.execute(() -> {
            Map<String, Map<PartitionKey, ElectionWish>> bySet = new HashMap<>();
            List<Supplier<Result<Void>>> results = new ArrayList<>();
            for (ElectionWish wish : wishes) {
                Result<Void> refusal = TopicRules.refusal(wish, image.get());
                if (refusal != null) {
                    results.add(() -> refusal);
                    continue;
                }
                PartitionKey key = new PartitionKey(image.get().topic(wish.topic()).id(), wish.partition());
                PartitionState before = seen.state(key);
                bySet.computeIfAbsent(seen.setOf(key), set -> new HashMap<>()).put(key, wish);
                results.add(() -> {
                    PartitionState after = seen.state(key);
                    boolean isElected = after != null && before != null && after.epoch() > before.epoch();
                    return isElected ? Result.done(null) : TopicRules.notThere(wish, image.get());
                });
            }
            List<CompletableFuture<Void>> written = new ArrayList<>();
            bySet.forEach((set, wanted) -> written.add(writes.change(set, present -> elected(present, wanted))));
            CompletableFuture.allOf(written.toArray(CompletableFuture[]::new))
                    .thenRun(() -> all.complete(results.stream().map(Supplier::get).toList()));
        });
        return all;
    }

    private PartitionSet elected(PartitionSet set, Map<PartitionKey, ElectionWish> wishes) {
        Map<Integer, BrokerProcess> electable = peers.get().electable();
        Map<Integer, String> logs = new HashMap<>();
        seen.brokers().forEach(broker -> logs.put(broker.object().broker().id(), broker.object().incarnation()));
        TreeMap<PartitionKey, PartitionState> states = new TreeMap<>(set.states());
        wishes.forEach((key, wish) -> states.computeIfPresent(key,
                (same, state) -> wish.unclean() ? Handovers.anybody(state, electable, logs) : Handovers.preferred(state, electable)));
        return new PartitionSet(states);
    }
}
