package io.partita.broker;

import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the broker apply one step after the other, those of the metadata and those that try again what an earlier one could not do: a full disk, a process out of file
 * descriptors and a directory without permissions pass. So does a defect that has ended a partition, once its log is loaded anew. Any thread.
 */
final class SerialImages implements ImageListener {

    private static final Logger LOG = LoggerFactory.getLogger(SerialImages.class);

    private final ImageListener next;
    private final LocalPartitions partitions;
    /** The step under way, or the last one. Guarded by this. */
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

    /** Passes steps on to {@code next}, of which {@code partitions} is a part. */
    SerialImages(ImageListener next, LocalPartitions partitions) {
        this.next = next;
        this.partitions = partitions;
    }

    @Override
    public CompletionStage<Void> apply(ImageChange change) {
        return afterLast(() -> next.apply(change));
    }

    /**
     * Has a worker try again to serve partitions that are led here and not served; nothing where there are none. To be called every second or so, not on a loop.
     */
    void retry(Executor workers) {
        if (partitions.hasUnserved()) {
            workers.execute(() -> afterLast(() -> next.apply(partitions.again())).exceptionally(failed -> {
                LOG.error("Partitions that are not served could not be tried again; they will be.", failed);
                return null;
            }));
        }
    }

    private synchronized CompletableFuture<Void> afterLast(Supplier<CompletionStage<Void>> step) {
        CompletableFuture<Void> now = last.isDone()
                ? step.get().toCompletableFuture()
                : last.handle((nothing, failure) -> null).thenCompose(nothing -> step.get());
        last = now;
        return now;
    }
}
