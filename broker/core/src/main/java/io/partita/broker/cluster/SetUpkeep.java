package io.partita.broker.cluster;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.EventLoop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * When this process changes sets, whatever store they are in: at once what is its own or its turn, after a while what others have left undone; {@link Duties} and {@link Handovers} say what is to
 * be changed, {@link SetWrites} changes it. Owned by the store's loop.
 */
final class SetUpkeep {

    /** Whoever is to see to something before others has so long at least, and as long again by chance. */
    private static final long TURN_MILLIS = 250;
    /** A broker that is back is given its partitions after so long, some at a time. */
    private static final long SETTLED_MILLIS = 5_000;
    private static final int GIVEN_BACK_MAX = 100;

    private final SeenCluster seen;
    private final SetWrites writes;
    private final Peers peers;
    private final Duties duties;
    private final BrokerProcess self;
    private final EventLoop loop;
    private final Clock clock;
    private final Entropy entropy;
    private final BooleanSupplier mayAct;
    /** Sets of which somebody else is to do something first. */
    private final Set<String> watched = new HashSet<>();
    /** Since when processes have been there. */
    private final Map<BrokerProcess, Long> thereSince = new HashMap<>();
    /** Since when topics of entries have been gone. */
    private final Map<UUID, Long> goneSince = new HashMap<>();

    /** @param mayAct whether this process counts as its broker, sees what there is, and is not on its way out */
    SetUpkeep(SeenCluster seen, SetWrites writes, Peers peers, Duties duties, BrokerProcess self, EventLoop loop, Clock clock, Entropy entropy,
            BooleanSupplier mayAct) {
        this.seen = seen;
        this.writes = writes;
        this.peers = peers;
        this.duties = duties;
        this.self = self;
        this.loop = loop;
        this.clock = clock;
        this.entropy = entropy;
        this.mayAct = mayAct;
    }

    /** Sees to all sets, also to those that are still to be. */
    void considerAll() {
        Set<String> names = new HashSet<>(seen.setNames());
        seen.unstored().forEach(topic -> topic.places().forEach(place -> names.add(place.set())));
        names.forEach(this::consider);
    }

    /** Sees to a set, now and again once what that changes is stored, until there is nothing to do. */
    void consider(String set) {
        if (!mayChange(set) || step(set, false) || watched.contains(set) || !isToDo(set, true)) {
            return;
        }
        watched.add(set);
        loop.schedule(TURN_MILLIS + Math.floorMod(entropy.nextLong(), TURN_MILLIS), () -> {
            watched.remove(set);
            // Somebody else had time enough.
            if (mayChange(set)) {
                step(set, true);
            }
        });
    }

    /** Whether there was something to do. */
    private boolean step(String set, boolean isLate) {
        boolean isToDo = isToDo(set, isLate);
        if (isToDo) {
            change(set, present -> duties.next(set, present, isLate)).thenRun(() -> consider(set));
        }
        return isToDo;
    }

    private boolean isToDo(String set, boolean isLate) {
        PartitionSet now = seen.set(set).set();
        return !duties.next(set, now, isLate).equals(now);
    }

    /** Somebody keeps this broker, which is there, from being elected: then it is not to lead what it leads either. */
    void giveUpWhereFenced() {
        Map<Integer, BrokerProcess> electable = peers.electable();
        if (seen.broker(self.broker()) == null || !self.equals(seen.process(self.broker())) || electable.containsKey(self.broker())) {
            return;
        }
        for (String set : seen.setNames()) {
            if (mayChange(set) && !Handovers.fenced(seen.set(set).set(), self, electable, peers::isHindered).equals(seen.set(set).set())) {
                change(set, present -> Handovers.fenced(present, self, electable, peers::isHindered));
            }
        }
    }

    /**
     * Gives some of what this broker leads back to those that are to lead it, once they have been there for a while. One set at a time, so that it does not all change hands at once.
     *
     * @param isWanted whether that is wanted now; who has been there since when is noted in any case
     */
    void giveBack(boolean isWanted) {
        long now = clock.monotonicMillis();
        Map<Integer, BrokerProcess> settled = peers.electable();
        thereSince.keySet().retainAll(settled.values());
        settled.values().removeIf(other -> now - thereSince.computeIfAbsent(other, first -> now) < SETTLED_MILLIS || peers.isHindered(other.broker()));
        if (!isWanted) {
            return;
        }
        for (String set : seen.setNames()) {
            PartitionSet present = seen.set(set).set();
            if (mayChange(set) && Handovers.toPreferred(present, self, settled, GIVEN_BACK_MAX) != present) {
                change(set, stored -> Handovers.toPreferred(stored, self, settled, GIVEN_BACK_MAX));
                return;
            }
        }
    }

    /**
     * Entries of topics that have been gone for a while leave their sets.
     *
     * @param isThere whether there is a topic, or there may be one
     * @param keptMillis for how long entries stay
     */
    void dropOrphans(Predicate<UUID> isThere, long keptMillis) {
        long now = clock.monotonicMillis();
        Set<UUID> orphans = new HashSet<>();
        for (String set : seen.setNames()) {
            for (PartitionKey key : seen.set(set).set().states().keySet()) {
                if (!isThere.test(key.topicId())) {
                    orphans.add(key.topicId());
                }
            }
        }
        goneSince.keySet().retainAll(orphans);
        orphans.removeIf(id -> now - goneSince.computeIfAbsent(id, first -> now) < keptMillis);
        if (orphans.isEmpty()) {
            return;
        }
        Map<Integer, BrokerProcess> electable = peers.electable();
        for (String set : List.copyOf(seen.setNames())) {
            boolean isMine = Peers.firstFor(set, electable) == self.broker();
            if (isMine && mayChange(set) && seen.set(set).set().states().keySet().stream().anyMatch(key -> orphans.contains(key.topicId()))) {
                change(set, stored -> {
                    PartitionSet next = stored;
                    for (PartitionKey key : stored.states().keySet()) {
                        next = orphans.contains(key.topicId()) && !isThere.test(key.topicId()) ? next.without(key) : next;
                    }
                    return next;
                });
            }
        }
    }

    /** Gives up all that this process leads, to others where there are any, and leaves in-sync sets. Completes when that is stored; not while it cannot be. */
    CompletableFuture<Void> handOver() {
        return giveUp(Handovers::all);
    }

    /** Gives up what others can lead, and stays in in-sync sets. Completes as {@link #handOver} does. */
    CompletableFuture<Void> passOn() {
        return giveUp(Handovers::fenced);
    }

    /** What a set is after a process has given up what it leads, to those of others that can be elected. */
    private interface Handover {
        PartitionSet of(PartitionSet set, BrokerProcess leader, Map<Integer, BrokerProcess> others, IntPredicate isHindered);
    }

    private CompletableFuture<Void> giveUp(Handover handover) {
        return CompletableFuture.allOf(seen.setNames().stream()
                .filter(set -> !seen.set(set).isDamaged())
                .map(set -> writes.change(set, present -> {
                    Map<Integer, BrokerProcess> others = peers.electable();
                    others.remove(self.broker());
                    return handover.of(present, self, others, peers::isHindered);
                }))
                .toArray(CompletableFuture[]::new));
    }

    /** Whoever may not act any more by the time a change is worked out changes nothing. */
    private CompletableFuture<Void> change(String set, UnaryOperator<PartitionSet> rule) {
        return writes.change(set, present -> mayAct.getAsBoolean() ? rule.apply(present) : present);
    }

    private boolean mayChange(String set) {
        return mayAct.getAsBoolean() && !writes.isChanging(set) && !seen.set(set).isDamaged();
    }
}
