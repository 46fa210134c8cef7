package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectStore.Event;
import io.partita.broker.cluster.ObjectStore.Listing;
import io.partita.broker.cluster.ObjectStore.Watch;
import io.partita.broker.cluster.ObjectStore.Watcher;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows all objects of a store: lists them, then watches what changes. After a watch that has ended everything is listed again; one that has brought nothing for a while is
 * made anew from where it was, for it may be dead without anybody having noticed, unless the store is known to have had nothing to bring. Owned by the store's loop.
 */
final class ObjectFollower {

    private static final Logger LOG = LoggerFactory.getLogger(ObjectFollower.class);

    private static final long SILENCE_MILLIS = 10_000;
    private static final long PAUSE_MILLIS = 250;
    private static final long PAUSE_MILLIS_MAX = 4_000;

    /** Who is told. On the loop. */
    interface Listener {

        /**
         * Everything there is.
         *
         * @param known a version that the store had when it was asked
         */
        void listed(Listing listing, long known);

        void changed(List<Event> events);
    }

    private final ObjectStore store;
    private final EventLoop loop;
    private final Clock clock;
    private final Listener listener;
    private Watch watch;
    /** Number of the watch; events of earlier ones say nothing of how far this one has come. */
    private int turn;
    private long version;
    private long heardMillis;
    private int failures;
    private boolean closed;

    ObjectFollower(ObjectStore store, EventLoop loop, Clock clock, Listener listener) {
        this.store = store;
        this.loop = loop;
        this.clock = clock;
        this.listener = listener;
    }

    /** Begins. */
    void list() {
        long known = version;
        store.list().whenComplete((listing, failure) -> loop.execute(() -> {
            if (closed) {
                return;
            }
            if (failure != null) {
                failed(failure.getMessage());
                loop.schedule(pauseMillis(), this::list);
                return;
            }
            succeeded();
            version = listing.version();
            watch();
            listener.listed(listing, known);
        }));
    }

    private void watch() {
        if (closed) {
            return;
        }
        if (watch != null) {
            watch.end();
        }
        int mine = ++turn;
        heardMillis = clock.monotonicMillis();
        watch = store.watch(version, new Watcher() {
            @Override
            public void changed(List<Event> events) {
                loop.execute(() -> heard(mine, events));
            }

            @Override
            public void ended(boolean isGap, String reason) {
                loop.execute(() -> over(mine, isGap, reason));
            }
        });
        loop.schedule(SILENCE_MILLIS, () -> checkSilence(mine));
    }

    private void heard(int from, List<Event> events) {
        if (closed) {
            return;
        }
        if (from == turn) {
            heardMillis = clock.monotonicMillis();
            version = Math.max(version, events.getLast().version());
            succeeded();
        }
        listener.changed(events);
    }

    private void over(int from, boolean isGap, String reason) {
        if (closed || from != turn) {
            return;
        }
        failed(reason);
        // Not another watch before this one is over, so that it does not end twice.
        turn++;
        // Everything, also where nothing is missing: what broke may have been the end of this store, and an older copy may be in its place.
        loop.schedule(isGap ? 0 : pauseMillis(), this::list);
    }

    /**
     * Something else was asked of the store, and it said what version it has: of a watch that has brought everything up to that one, silence means nothing. In a store that others use too
     * there are versions that no watch of this one brings; then it is made anew from time to time.
     *
     * @param askedMillis when it was asked, monotonic
     */
    void known(long storeVersion, long askedMillis) {
        if (storeVersion == version) {
            heardMillis = Math.max(heardMillis, askedMillis);
        }
    }

    private void checkSilence(int from) {
        if (closed || from != turn) {
            return;
        }
        long left = heardMillis + SILENCE_MILLIS - clock.monotonicMillis();
        if (left > 0) {
            loop.schedule(left, () -> checkSilence(from));
        } else {
            watch();
        }
    }

    private void failed(String reason) {
        failures++;
        if (failures == 2) {
            LOG.warn("The objects of the cluster cannot be followed: {}. What is known is served; it is tried again until they can.", reason);
        }
    }

    private void succeeded() {
        if (failures > 1) {
            LOG.info("The objects of the cluster are followed again.");
        }
        failures = 0;
    }

    private long pauseMillis() {
        return Math.min(PAUSE_MILLIS_MAX, PAUSE_MILLIS << Math.min(failures, 6));
    }

    /** The newest version that the store is known to have. */
    long version() {
        return version;
    }

    void close() {
        closed = true;
        if (watch != null) {
            watch.end();
        }
    }
}
