package io.partita.broker.replication;

import io.partita.broker.control.PartitionState;
import java.util.ArrayList;
import java.util.List;

/** The followers of a partition whose fetches wait at the end of the log. Threads: the partition's owner. */
final class WaitingFollowers {

    /** A follower, by its broker. */
    static final class Follower {

        private final int broker;
        private ReplicaFetch fetch;
        private int maxBytes;
        private ReplicaFetchCallback callback;

        private Follower(int broker) {
            this.broker = broker;
        }
    }

    /** Answers a fetch that waited. */
    interface Answer {
        void to(ReplicaFetch fetch, int maxBytes, ReplicaFetchCallback callback);
    }

    private final List<Follower> followers = new ArrayList<>(2);

    private Follower of(int broker) {
        for (int i = 0; i < followers.size(); i++) {
            if (followers.get(i).broker == broker) {
                return followers.get(i);
            }
        }
        Follower follower = new Follower(broker);
        followers.add(follower);
        return follower;
    }

    /** Notes a fetch that waits. One that its broker sent before waits no more: whoever sent it has given it up, or is another process. */
    void add(ReplicaFetch fetch, int maxBytes, ReplicaFetchCallback callback) {
        Follower follower = of(fetch.broker());
        ReplicaFetchCallback before = follower.callback;
        follower.fetch = fetch;
        follower.maxBytes = maxBytes;
        follower.callback = callback;
        if (before != null) {
            before.refused();
        }
    }

    /** Whether somebody waits who knows less. */
    boolean knowsLess(long highWatermark, long logStartOffset) {
        for (int i = 0; i < followers.size(); i++) {
            if (knowsLess(followers.get(i), highWatermark, logStartOffset)) {
                return true;
            }
        }
        return false;
    }

    private static boolean knowsLess(Follower follower, long highWatermark, long logStartOffset) {
        return follower.callback != null && (follower.fetch.highWatermark() < highWatermark || follower.fetch.logStartOffset() < logStartOffset);
    }

    /** Has those answered who wait before {@code logEnd}. */
    void wakeBefore(long logEnd, Answer answer) {
        for (int i = 0; i < followers.size(); i++) {
            Follower follower = followers.get(i);
            if (follower.callback != null && follower.fetch.offset() < logEnd) {
                answer(follower, answer);
            }
        }
    }

    /** Has those answered who know less. */
    void wakeThoseWhoKnowLess(long highWatermark, long logStartOffset, Answer answer) {
        for (int i = 0; i < followers.size(); i++) {
            if (knowsLess(followers.get(i), highWatermark, logStartOffset)) {
                answer(followers.get(i), answer);
            }
        }
    }

    /** Has those answered of whom nothing is in sync any more: if they can, they come again. */
    void wakeThoseOutside(PartitionState state, Answer answer) {
        for (int i = 0; i < followers.size(); i++) {
            if (followers.get(i).callback != null && !state.isInSync(followers.get(i).broker)) {
                answer(followers.get(i), answer);
            }
        }
    }

    private static void answer(Follower follower, Answer answer) {
        ReplicaFetch fetch = follower.fetch;
        ReplicaFetchCallback callback = follower.callback;
        follower.fetch = null;
        follower.callback = null;
        answer.to(fetch, follower.maxBytes, callback);
    }

    /** Whether a fetch of the broker waits and can still be answered. */
    boolean isWaiting(int broker) {
        for (int i = 0; i < followers.size(); i++) {
            if (followers.get(i).broker == broker) {
                return followers.get(i).callback != null && followers.get(i).callback.isOpen();
            }
        }
        return false;
    }

    /** The brokers whose fetches wait and can still be answered; the others' are forgotten. */
    List<Integer> present() {
        List<Integer> present = new ArrayList<>(followers.size());
        for (Follower follower : followers) {
            if (follower.callback != null && !follower.callback.isOpen()) {
                follower.fetch = null;
                follower.callback = null;
            }
            if (follower.callback != null) {
                present.add(follower.broker);
            }
        }
        return present;
    }

    /** Refuses everybody. */
    void end() {
        for (Follower follower : followers) {
            ReplicaFetchCallback callback = follower.callback;
            follower.fetch = null;
            follower.callback = null;
            if (callback != null) {
                callback.refused();
            }
        }
    }
}
