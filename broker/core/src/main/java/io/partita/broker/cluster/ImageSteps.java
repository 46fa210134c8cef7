package io.partita.broker.cluster;

import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageChange.Basis;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes images of what was seen and lets the broker apply them, one at a time. An image is made of the one before and what has changed; what comes while one is applied goes
 * into the next. Owned by the store's loop.
 */
final class ImageSteps {

    private static final Logger LOG = LoggerFactory.getLogger(ImageSteps.class);

    private final SeenCluster seen;
    private final EventLoop loop;
    private final ImageListener listener;
    private final CompletableFuture<Void> first = new CompletableFuture<>();
    private final List<Waiter<?>> waiters = new ArrayList<>();
    /** Topics in which {@link #made} differs from {@link #applied}. */
    private Set<UUID> differing = new LinkedHashSet<>();
    /** Topics that there are and that are not in {@link #made}. */
    private final Set<UUID> hidden = new HashSet<>();
    private volatile ClusterImage made;
    private boolean started;
    private boolean isApplying;
    private Set<UUID> sweeping;
    private boolean closed;

    private volatile ClusterImage applied;

    private record Waiter<T>(Supplier<Result<T>> outcome, CompletableFuture<Result<T>> future) {

        boolean settled() {
            Result<T> result = future.isDone() ? null : outcome.get();
            if (result != null) {
                future.complete(result);
            }
            return future.isDone();
        }
    }

    ImageSteps(String clusterId, SeenCluster seen, EventLoop loop, ImageListener listener) {
        this.seen = seen;
        this.loop = loop;
        this.listener = listener;
        this.made = ClusterImage.empty(clusterId);
        this.applied = made;
    }

    /** The newest image that was applied. Any thread. */
    ClusterImage applied() {
        return applied;
    }

    /** The newest image, which may not have been applied yet. Any thread. */
    ClusterImage made() {
        return made;
    }

    /** Completes when the first image was applied. */
    CompletionStage<Void> first() {
        return first;
    }

    /**
     * Makes an image of what has changed.
     *
     * @param topics that may have
     * @param brokers that are there
     */
    void look(Set<UUID> topics, List<BrokerImage> brokers) {
        List<UUID> removed = new ArrayList<>();
        List<TopicImage> put = new ArrayList<>();
        for (UUID id : topics) {
            TopicImage before = made.topic(id);
            TopicImage now = seen.image(id, before);
            if (now == null && before != null) {
                removed.add(id);
            } else if (now != null && !now.equals(before)) {
                put.add(now);
            }
        }
        Map<Integer, Map<String, String>> settings = seen.cluster() == null ? Map.of() : seen.cluster().settings();
        topics.forEach(hidden::remove);
        made = made.changed(brokers, removed, put, settings, seen.acls(), seen.quotas(), seen.users());
        for (UUID id : topics) {
            if (made.topic(id) == null && seen.topic(id) != null) {
                hidden.add(id);
            }
        }
        differing.addAll(removed);
        put.forEach(topic -> differing.add(topic.id()));
        step();
    }

    private void step() {
        if (isApplying || closed) {
            return;
        }
        ImageChange change = change();
        if (change == null && sweeping != null) {
            change = new ImageChange(applied, made, List.of(), List.of(), List.of(), false, Basis.ASKED, sweeping, Set.of());
            sweeping = null;
        }
        if (change == null) {
            settle();
            return;
        }
        differing = new LinkedHashSet<>();
        isApplying = true;
        CompletionStage<Void> stage;
        try {
            stage = listener.apply(change);
        } catch (RuntimeException failed) {
            stage = CompletableFuture.failedStage(failed);
        }
        ImageChange applying = change;
        stage.whenComplete((nothing, failure) -> loop.run(() -> shown(applying, failure)));
    }

    /**
     * Has logs set aside whose topics are gone.
     *
     * @param existing ids of all topics there are, as the store has just said
     */
    void sweep(Set<UUID> existing) {
        sweeping = existing;
        step();
    }

    private ImageChange change() {
        if (!started) {
            return ImageChange.first(made, Basis.FOLLOWED, Set.copyOf(hidden));
        }
        List<TopicImage> deleted = new ArrayList<>();
        List<TopicImage> created = new ArrayList<>();
        List<TopicImage> changed = new ArrayList<>();
        for (UUID id : differing) {
            TopicImage before = applied.topic(id);
            TopicImage now = made.topic(id);
            if (before == null && now != null) {
                created.add(now);
            } else if (before != null && now == null) {
                deleted.add(before);
            } else if (now != null && !now.equals(before)) {
                changed.add(now);
            }
        }
        boolean settings = !applied.configuredBrokers().equals(made.configuredBrokers())
                || made.configuredBrokers().stream().anyMatch(broker -> !made.brokerConfigs(broker).equals(applied.brokerConfigs(broker)));
        boolean same = deleted.isEmpty() && created.isEmpty() && changed.isEmpty() && !settings && applied.brokers().equals(made.brokers())
                && applied.acls().equals(made.acls()) && applied.quotas().equals(made.quotas())
                && applied.hasUsersOf(made);
        return same ? null : new ImageChange(applied, made, deleted, created, changed, settings, Basis.FOLLOWED, Set.copyOf(hidden), Set.of());
    }

    private void shown(ImageChange change, Throwable failure) {
        if (failure != null) {
            LOG.error("A change of the metadata could not be applied completely on this broker; a restart applies it anew.", failure);
        }
        applied = change.after();
        isApplying = false;
        if (!started) {
            started = true;
            first.complete(null);
        }
        settle();
        step();
    }

    private void settle() {
        waiters.removeIf(Waiter::settled);
    }

    /** An outcome to be seen in images to come, or the answer that nobody knows. */
    <T> CompletableFuture<Result<T>> wait(Supplier<Result<T>> outcome, long timeoutMillis) {
        Waiter<T> waiter = new Waiter<>(outcome, new CompletableFuture<>());
        if (!waiter.settled()) {
            waiters.add(waiter);
            EventLoop.Timer timer = loop.schedule(timeoutMillis, () -> waiter.future.complete(Result.refused(ErrorCode.REQUEST_TIMED_OUT,
                    "The change is stored, but was not carried out in " + timeoutMillis / 1_000 + " s: see the logs of the brokers that it concerns.")));
            waiter.future.whenComplete((result, failure) -> timer.cancel());
        }
        return waiter.future;
    }

    /** Ends it: no image is applied any more, and whoever waits is told. */
    void close(RuntimeException reason) {
        closed = true;
        first.completeExceptionally(reason);
        waiters.forEach(waiter -> waiter.future.completeExceptionally(reason));
        waiters.clear();
    }
}
