package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectStore.Outcome;
import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.cluster.SeenCluster.SeenBroker;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that this process is there as its broker, and renews that. One that is registered already under the number is waited for as long as it may be dead; if it lives, this one is refused.
 * A former process on the same logs, which is dead for certain, is replaced at once. Where another process has taken the place of one that was in, this one stands back for good and is
 * to end. Owned by the store's loop.
 */
final class Membership {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    /** A broker that nobody hears of counts as gone after so long; peers that are connected to it notice in a fraction of that. */
    static final long TTL_MILLIS = 6_000;
    private static final long RENEW_MILLIS = TTL_MILLIS / 3;
    private static final long AGAIN_MILLIS = 500;
    /** A store may take so much longer to notice that a registration has run out. */
    private static final long GRACE_MILLIS = 3_000;

    private final ObjectStore store;
    private final SeenCluster seen;
    private final EventLoop loop;
    private final Clock clock;
    private final Supplier<String> standstill;
    private final Consumer<Stored> news;
    private final VersionNews versions;
    private BrokerObject self;
    private Predicate<BrokerObject> isDead;
    /** Whether this process has been registered. */
    private boolean isJoined;
    /** The registration of another process that is waited for: its version, and until when. */
    private long waitedFor = ObjectStore.ABSENT;
    private long waitUntilMillis;
    private final CompletableFuture<String> replaced = new CompletableFuture<>();
    private boolean isAway;
    private boolean closed;
    /** What keeps this broker from its work, as it was said last. */
    private String stood;

    /** Told of the version that the store has, and when it was asked for it, in monotonic milliseconds. */
    interface VersionNews {

        void known(long version, long askedMillis);
    }

    /**
     * @param standstill says what keeps this broker from its work, {@code null} for nothing: while there is something it does not renew its registration
     * @param news told of the registration as it was stored
     * @param versions told with each renewal
     */
    Membership(ObjectStore store, SeenCluster seen, EventLoop loop, Clock clock, Supplier<String> standstill, Consumer<Stored> news, VersionNews versions) {
        this.store = store;
        this.seen = seen;
        this.loop = loop;
        this.clock = clock;
        this.standstill = standstill;
        this.news = news;
        this.versions = versions;
    }

    /**
     * Takes this broker's place; completes when it is stored, and fails when another process has it and lives.
     *
     * @param provesDead whether it is certain of a process that is registered as this broker that it is dead
     */
    CompletionStage<Void> join(BrokerObject broker, Predicate<BrokerObject> provesDead) {
        self = broker;
        isDead = provesDead;
        CompletableFuture<Void> joined = new CompletableFuture<>();
        take(joined, seen.broker(broker.broker().id()));
        joined.thenRun(() -> loop.schedule(RENEW_MILLIS, this::renew));
        return joined;
    }

    /** Completes with a sentence when another process has taken this broker's place. */
    CompletionStage<String> replaced() {
        return replaced;
    }

    /** Whether another process has taken this broker's place. */
    boolean isReplaced() {
        return replaced.isDone();
    }

    /** Whether what is registered of this broker is this process. */
    boolean isSeen() {
        SeenBroker present = self == null ? null : seen.broker(self.broker().id());
        return present != null && isSelf(present.object());
    }

    private boolean isSelf(BrokerObject registered) {
        return registered.process().equals(self.process());
    }

    /** Registers, in place of who is there if that is this process or a dead one; else waits until it is gone. */
    private void take(CompletableFuture<Void> joined, SeenBroker present) {
        if (present == null || isSelf(present.object()) || isDead.test(present.object())) {
            register(joined, present == null ? ObjectStore.ABSENT : present.version());
            return;
        }
        long now = clock.monotonicMillis();
        if (present.version() != waitedFor) {
            waitedFor = present.version();
            waitUntilMillis = now + TTL_MILLIS + GRACE_MILLIS;
            LOG.warn("Broker {} is registered already: {}. This start waits up to {} s for that registration to run out, as it does if its process is gone.",
                    self.broker().id(), present.object().says(), (TTL_MILLIS + GRACE_MILLIS) / 1_000);
        }
        if (now >= waitUntilMillis) {
            joined.completeExceptionally(new IllegalStateException("Another process is broker " + self.broker().id() + ", and lives: " + present.object().says()
                    + ". Stop it, or give this one a node.id of its own."));
        } else {
            loop.schedule(AGAIN_MILLIS, () -> look(joined));
        }
    }

    private void register(CompletableFuture<Void> joined, long ifVersion) {
        String name = BrokerObject.objectName(self.broker().id());
        String text = self.text();
        store.register(name, ifVersion, text, TTL_MILLIS).whenComplete((outcome, failure) -> loop.execute(() -> {
            if (closed) {
                return;
            }
            switch (outcome) {
                case Outcome.Written(long version) -> {
                    heard();
                    news.accept(new Stored(name, version, text));
                    joined.complete(null);
                }
                case Outcome.Overtaken overtaken -> look(joined);
                case null -> {
                    unheard(failure);
                    // It may have been stored: then the next attempt is overtaken by this very process.
                    loop.schedule(AGAIN_MILLIS, () -> register(joined, ifVersion));
                }
            }
        }));
    }

    private void look(CompletableFuture<Void> joined) {
        store.get(BrokerObject.objectName(self.broker().id())).whenComplete((found, failure) -> loop.execute(() -> {
            if (closed) {
                return;
            }
            if (failure != null) {
                unheard(failure);
                // Who cannot reach the store now cannot renew either.
                waitedFor = ObjectStore.ABSENT;
                loop.schedule(AGAIN_MILLIS, () -> look(joined));
                return;
            }
            if (found == null) {
                register(joined, ObjectStore.ABSENT);
                return;
            }
            news.accept(found);
            SeenBroker present = seen.broker(self.broker().id());
            boolean isOther = present != null && !isSelf(present.object());
            if (isOther && isJoined) {
                standBack(present.object());
            } else if (isOther) {
                take(joined, present);
            } else {
                register(joined, found.version());
            }
        }));
    }

    private void standBack(BrokerObject other) {
        if (!replaced.isDone()) {
            String sentence = "Another process has become broker " + self.broker().id() + ": " + other.says()
                    + ". This one leads nothing any more and ends; give each process a node.id of its own.";
            LOG.error(sentence);
            replaced.complete(sentence);
        }
    }

    /** A broker's registration was seen. */
    void brokersSeen() {
        SeenBroker present = self == null ? null : seen.broker(self.broker().id());
        if (present != null && !isSelf(present.object()) && isJoined) {
            standBack(present.object());
        }
    }

    private void renew() {
        if (closed || isReplaced()) {
            return;
        }
        loop.schedule(RENEW_MILLIS, this::renew);
        String stands = standstill.get();
        if (stands != null) {
            if (!stands.equals(stood)) {
                LOG.error("This broker does not say any more that it is there, because {}.", stands);
            }
            stood = stands;
            return;
        }
        stood = null;
        long asked = clock.monotonicMillis();
        store.renew(BrokerObject.objectName(self.broker().id())).whenComplete((renewal, failure) -> loop.execute(() -> {
            if (closed) {
                return;
            }
            if (failure != null) {
                unheard(failure);
            } else {
                heard();
                versions.known(renewal.version(), asked);
                if (!renewal.isThere()) {
                    look(new CompletableFuture<>());
                }
            }
        }));
    }

    private void heard() {
        isJoined = true;
        if (isAway) {
            isAway = false;
            LOG.info("The store of the cluster's objects answers again.");
        }
    }

    private void unheard(Throwable failure) {
        if (!isAway) {
            isAway = true;
            LOG.warn(
                    "The store of the cluster's objects does not take this broker's registration: {}. What is known is served; it is tried again until it does.",
                    failure.getMessage());
        }
    }

    /** Says that this broker stops and is not to be elected; completes when it is stored, or will not be. */
    CompletionStage<Void> beLeaving() {
        CompletableFuture<Void> stored = new CompletableFuture<>();
        SeenBroker present = seen.broker(self.broker().id());
        if (isReplaced() || present == null) {
            stored.complete(null);
            return stored;
        }
        self = self.leaving();
        register(stored, present.version());
        return stored;
    }

    /** Says whether this broker had better not be given leaderships; completes when that is stored, or was. */
    CompletionStage<Void> beHindered(boolean isNow) {
        CompletableFuture<Void> stored = new CompletableFuture<>();
        if (self != null && isSeen() && self.isHindered() != isNow) {
            self = self.hindered(isNow);
            register(stored, seen.broker(self.broker().id()).version());
        } else {
            stored.complete(null);
        }
        return stored;
    }

    /** Says no more; the registration runs out. */
    void fallSilent() {
        closed = true;
    }

    /** Gives the registration up, and says no more. */
    CompletionStage<?> leave() {
        closed = true;
        SeenBroker present = self == null ? null : seen.broker(self.broker().id());
        return isSeen() ? store.delete(BrokerObject.objectName(self.broker().id()), present.version()) : CompletableFuture.completedStage(null);
    }
}
