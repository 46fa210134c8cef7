package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectStore.Outcome;
import io.partita.broker.cluster.ObjectStore.Stored;
import java.util.concurrent.CompletionStage;

/**
 * Texts under names that change by compare-and-set: as much of an {@link ObjectStore} as it takes to change them. A later change of an object has a higher version. Callable from any thread;
 * answers come on any thread, each within a bounded time. A stage that fails says nothing of whether the change was stored, or will be.
 */
public interface VersionedObjects {

    /** The object of a name, {@code null} when there is none. Never older than what any write before had stored. */
    CompletionStage<Stored> get(String name);

    /** Puts an object in place of the one of this version, or {@link ObjectStore#ABSENT}. */
    CompletionStage<Outcome> put(String name, long ifVersion, String text);
}
