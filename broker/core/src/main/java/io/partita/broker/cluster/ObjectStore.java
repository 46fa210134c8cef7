package io.partita.broker.cluster;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Where a cluster's objects are: small texts under names, each with the version of its last change, in a store that all brokers share (etcd, memory). All that is asked of such
 * a store is that one object changes by compare-and-set. Versions come from one counter of the store, so a later change of anything has a higher one. Callable from any
 * thread; answers come on any thread, each within a bounded time. A stage that fails says nothing of whether the change was stored, or will be.
 */
public interface ObjectStore extends VersionedObjects, AutoCloseable {

    /** In place of a version, for an object that is not there. */
    long ABSENT = 0;

    /** An object as it was at one moment. */
    record Stored(String name, long version, String text) {}

    /**
     * What there was at one moment.
     *
     * @param version of the store then: whoever watches from here on misses nothing
     */
    record Listing(List<Stored> objects, long version) {}

    /** What became of a write. */
    sealed interface Outcome {

        /** Stored, in this version. */
        record Written(long version) implements Outcome {}

        /** Not stored, because the object has another version than the writer has seen. */
        record Overtaken() implements Outcome {}
    }

    /**
     * A change of an object.
     *
     * @param text {@code null} when it was deleted
     */
    record Event(String name, long version, String text) {}

    /**
     * What became of a renewal.
     *
     * @param isThere whether what was registered is there, and will be for as long again
     * @param version of the store then: whoever has seen all changes up to it has missed none; {@link #ABSENT} where the store did not say
     */
    record Renewal(boolean isThere, long version) {}

    /** Who watches. Told in the order of versions, by one thread at a time. */
    interface Watcher {

        /** Objects have changed. */
        void changed(List<Event> events);

        /**
         * The watch is over, and nothing comes from it any more.
         *
         * @param isGap whether changes since then cannot be had any more, so that everything has to be listed anew
         */
        void ended(boolean isGap, String reason);
    }

    /** A watch under way. */
    interface Watch {

        /** Ends it; what is on its way may still come. */
        void end();
    }

    /** All objects, none older than what any write before had stored. */
    CompletionStage<Listing> list();

    /** Has a watcher told of all changes after a version. */
    Watch watch(long afterVersion, Watcher watcher);

    /** As {@link #put}; the object goes away by itself unless it is {@linkplain #renew renewed} within {@code ttlMillis}, again and again. */
    CompletionStage<Outcome> register(String name, long ifVersion, String text, long ttlMillis);

    /** Renews what this very store object has registered last under a name, unless that has run out or was replaced. */
    CompletionStage<Renewal> renew(String name);

    /** Deletes the object of this version. */
    CompletionStage<Outcome> delete(String name, long ifVersion);

    /** Ends what is under way. What was registered stays until it runs out. */
    @Override
    void close();
}
