package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectStore.Outcome;
import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.cluster.SeenCluster.SeenBroker;
import io.partita.broker.env.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that this process is there as its broker, in place of an earlier one, and renews that. Where a later process has done the same, this one stands back for good. Owned by the
 * store's loop.
 */
final class Membership {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    /** A broker that nobody hears of counts as gone after so long; peers that are connected to it notice in a fraction of that. */
    static final long TTL_MILLIS = 6_000;
    private static final long RENEW_MILLIS = TTL_MILLIS / 3;
    private static final long AGAIN_MILLIS = 500;

    private final ObjectStore store;
    private final SeenCluster seen;
    private final EventLoop loop;
    private final Supplier<String> standstill;
    private final Consumer<Stored> news;
    private BrokerObject self;
    private boolean isJoined;
    private boolean isReplaced;
    private boolean isAway;
    private boolean closed;
    /** What keeps this broker from its work, as it was said last. */
    private String stood;

    /**
     * @param standstill says what keeps this broker from its work, {@code null} for nothing: while there is something it does not renew its registration
     * @param news told of the registration as it was stored
     */
    Membership(ObjectStore store, SeenCluster seen, EventLoop loop, Supplier<String> standstill, Consumer<Stored> news) {
        this.store = store;
        this.seen = seen;
        this.loop = loop;
        this.standstill = standstill;
        this.news = news;
    }

    /** Takes this broker's place, from whoever has it; completes when it is stored. */
    CompletionStage<Void> join(BrokerObject broker) {
        self = broker;
        CompletableFuture<Void> joined = new CompletableFuture<>();
        SeenBroker present = seen.broker(broker.broker().id());
        register(joined, present == null ? ObjectStore.ABSENT : present.version(), true);
        joined.thenRun(() -> loop.schedule(RENEW_MILLIS, this::renew));
        return joined;
    }

    /** Whether another process has taken this broker's place. */
    boolean isReplaced() {
        return isReplaced;
    }

    /**
     * @param mayReplace whether whoever is registered is taken for an earlier process
     */
    private void register(CompletableFuture<Void> joined, long ifVersion, boolean mayReplace) {
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
                case Outcome.Overtaken overtaken -> look(joined, mayReplace);
                case null -> {
                    unheard(failure);
                    // It may have been stored: then the next attempt is overtaken by this very process.
                    loop.schedule(AGAIN_MILLIS, () -> register(joined, ifVersion, mayReplace));
                }
            }
        }));
    }

    private void look(CompletableFuture<Void> joined, boolean mayReplace) {
        store.get(BrokerObject.objectName(self.broker().id())).whenComplete((found, failure) -> loop.execute(() -> {
            if (closed) {
                return;
            }
            if (failure != null) {
                unheard(failure);
                loop.schedule(AGAIN_MILLIS, () -> look(joined, mayReplace));
                return;
            }
            if (found != null) {
                news.accept(found);
            }
            SeenBroker present = found == null ? null : seen.broker(self.broker().id());
            boolean isOther = present != null && !present.object().process().equals(self.process());
            if (isOther && !mayReplace) {
                standBack();
            } else {
                register(joined, found == null ? ObjectStore.ABSENT : found.version(), mayReplace);
            }
        }));
    }

    private void standBack() {
        if (!isReplaced) {
            isReplaced = true;
            LOG.error("Another process has become broker {}: this one leads nothing any more. Stop one of the two.", self.broker().id());
        }
    }

    /** A broker's registration was seen. */
    void brokersSeen() {
        SeenBroker present = self == null ? null : seen.broker(self.broker().id());
        if (present != null && !present.object().process().equals(self.process()) && isJoined) {
            standBack();
        }
    }

    private void renew() {
        if (closed || isReplaced) {
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
        store.renew(BrokerObject.objectName(self.broker().id())).whenComplete((isThere, failure) -> loop.execute(() -> {
            if (closed) {
                return;
            }
            if (failure != null) {
                unheard(failure);
            } else {
                heard();
                if (!isThere) {
                    look(new CompletableFuture<>(), false);
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
        if (isReplaced || present == null) {
            stored.complete(null);
            return stored;
        }
        self = self.leaving();
        register(stored, present.version(), false);
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
        boolean isMine = present != null && present.object().process().equals(self.process());
        return isMine ? store.delete(BrokerObject.objectName(self.broker().id()), present.version()) : CompletableFuture.completedStage(null);
    }
}
