package io.partita.broker.kubernetes;

import io.partita.broker.env.EventLoop;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageChange.Basis;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes images of the objects and lets the broker apply them, one at a time, on one loop: the owner. Many events are one look at all objects; what comes while an
 * image is applied is one look more. So late, repeated and missed events are nothing special.
 */
final class ImageFollower {

    private static final Logger LOG = LoggerFactory.getLogger(ImageFollower.class);

    /** Sees what there is, and how. Called on the owner thread, which must not be blocked. */
    interface View {

        /** The objects now. */
        SeenObjects objects();

        /** What an image of them rests on. */
        Basis basis();

        /** Told of what an image was made of, which is to be acted on too. */
        void looked(SeenObjects objects);

        /** Told of what was made an image of, and of the change with which the broker has applied it. */
        void applied(SeenObjects objects, ImageChange change);
    }

    /** Makes images of objects. */
    interface Images {

        /** @param last the image before */
        ObjectImages.Look look(SeenObjects objects, ClusterImage last);
    }

    private final String clusterId;
    private final Images images;
    private final ImageListener listener;
    private final EventLoop owner;
    private final AtomicBoolean lookAhead = new AtomicBoolean();
    private final CompletableFuture<Void> first = new CompletableFuture<>();

    // Owned by the owner thread.
    private final List<Waiter<?>> waiters = new ArrayList<>();
    private View view;
    private boolean started;
    private boolean applying;
    private Set<UUID> sweeping;
    private Map<String, String> damage = Map.of();

    private volatile ClusterImage applied;
    private volatile boolean closed;

    /** A command that was written and waits to be seen: {@code outcome} is {@code null} until then. */
    private record Waiter<T>(Supplier<Result<T>> outcome, CompletableFuture<Result<T>> future) {

        boolean settled() {
            Result<T> result = future.isDone() ? null : outcome.get();
            if (result != null) {
                future.complete(result);
            }
            return future.isDone();
        }
    }

    ImageFollower(String clusterId, Images images, ImageListener listener, EventLoop owner) {
        this.clusterId = clusterId;
        this.owner = owner;
        this.images = images;
        this.listener = listener;
        this.applied = ClusterImage.empty(clusterId);
    }

    /** The newest image that was applied. Any thread. */
    ClusterImage image() {
        return applied;
    }

    /** Completes when the first image was applied. */
    CompletionStage<Void> first() {
        return first;
    }

    /** Follows what a view sees, from now on. Any thread. */
    void follow(View next) {
        owner.execute(() -> {
            view = next;
            look();
        });
    }

    /**
     * Has logs set aside whose topics are gone. Any thread.
     *
     * @param existing ids of all topics there are, as the API server has just said, together with the Cluster that is to keep them
     */
    void sweep(Set<UUID> existing) {
        owner.execute(() -> {
            sweeping = existing;
            look();
        });
    }

    /** There is something to look at. Any thread. */
    void changed() {
        if (!closed && lookAhead.compareAndSet(false, true)) {
            owner.execute(() -> {
                lookAhead.set(false);
                look();
            });
        }
    }

    private void look() {
        if (applying || closed || view == null) {
            return;
        }
        View current = view;
        SeenObjects objects = current.objects();
        boolean gone = objects.cluster() == null || !objects.cluster().id().equals(clusterId);
        if (gone || objects.cluster().getMetadata().getDeletionTimestamp() != null) {
            // Deleted, or another one of its name: what there was is served until the pod goes, and no data is deleted.
            first.completeExceptionally(new IllegalStateException("The Cluster of this broker is being deleted."));
            return;
        }
        ObjectImages.Look seen;
        try {
            seen = images.look(objects, applied);
            tellDamage(seen.damage());
            current.looked(objects);
        } catch (RuntimeException defect) {
            LOG.error("The objects of the cluster cannot be read, so the metadata stay as they are. Please report it.", defect);
            return;
        }
        ImageChange change = started
                ? ImageChange.between(applied, seen.image(), current.basis(), seen.hidden())
                : ImageChange.first(seen.image(), current.basis(), seen.hidden());
        if (change == null && sweeping != null) {
            Set<UUID> existing = new HashSet<>(sweeping);
            existing.addAll(seen.hidden());
            sweeping = null;
            change = ImageChange.between(applied, seen.image(), Basis.ASKED, existing);
        }
        if (change == null) {
            settle();
            return;
        }
        apply(change, current, objects);
    }

    private void apply(ImageChange change, View seenBy, SeenObjects objects) {
        applying = true;
        CompletionStage<Void> stage;
        try {
            stage = listener.apply(change);
        } catch (RuntimeException failed) {
            stage = CompletableFuture.failedStage(failed);
        }
        stage.whenComplete((nothing, failure) -> owner.run(() -> shown(change, seenBy, objects, failure)));
    }

    private void shown(ImageChange change, View seenBy, SeenObjects objects, Throwable failure) {
        if (failure != null) {
            LOG.error("A change of the metadata could not be applied completely on this broker; a restart applies it anew.", failure);
        }
        applied = change.after();
        applying = false;
        if (!started) {
            started = true;
            first.complete(null);
        }
        seenBy.applied(objects, change);
        settle();
        look();
    }

    /** Says what is wrong with statuses, each thing once. */
    private void tellDamage(Map<String, String> found) {
        found.forEach((name, what) -> {
            if (!what.equals(damage.get(name))) {
                LOG.error(
                        "The status of topic object {} was changed by somebody else than operator and brokers, and is not used: {}. What was seen before is served;"
                                + " put the status back as it was.",
                        name, what);
            }
        });
        damage = found;
    }

    private void settle() {
        waiters.removeIf(Waiter::settled);
    }

    /** An outcome to be seen in images to come, or the answer that nobody knows. Any thread. */
    <T> CompletableFuture<Result<T>> seen(Supplier<Result<T>> outcome, Duration timeout) {
        CompletableFuture<Result<T>> future = new CompletableFuture<>();
        owner.execute(() -> {
            waiters.add(new Waiter<>(outcome, future));
            settle();
        });
        return future.completeOnTimeout(Result.refused(ErrorCode.REQUEST_TIMED_OUT, "The change is stored, but did not come back in " + timeout.toSeconds()
                + " s: see the object's conditions, and whether the operator runs."), timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Ends it: no image is applied any more, and whoever waits is told. Any thread. */
    void close(RuntimeException reason) {
        closed = true;
        owner.execute(() -> {
            first.completeExceptionally(reason);
            waiters.forEach(waiter -> waiter.future.completeExceptionally(reason));
            waiters.clear();
        });
    }
}
