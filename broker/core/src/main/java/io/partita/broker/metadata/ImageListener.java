package io.partita.broker.metadata;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Makes what the metadata say true on this broker: opens and closes logs, applies settings. */
@FunctionalInterface
public interface ImageListener {

    /** What {@link #apply} returns when there is nothing to wait for. */
    CompletionStage<Void> APPLIED = CompletableFuture.completedStage(null);

    /**
     * Applies a step. Until the returned stage completes, readers see the image before it and the command that caused it is not answered: a topic
     * that clients can see is one they can write to. The next step comes after that. Called on a thread of the store, which must not be blocked for
     * long. A stage that fails is logged and undoes nothing: the step is already on disk.
     */
    CompletionStage<Void> apply(ImageChange change);
}
