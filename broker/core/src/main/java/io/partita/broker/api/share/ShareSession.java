package io.partita.broker.api.share;

import io.partita.broker.api.ClientInfo;
import io.partita.broker.share.SharePartition;
import io.partita.broker.share.state.ShareKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What a member fetches from this broker, from fetch to fetch. There is one for each member, and it ends with its connection: what the member had is given to
 * others then. Thread-safe, since one may be ended by whoever takes its place.
 */
final class ShareSession {

    /** So many partitions a session may have; requests for more are refused. */
    static final int PARTITIONS_MAX = 100_000;

    /** A partition that is fetched. */
    record Place(UUID topicId, int partition) {}

    final String groupId;
    final String memberId;
    final ClientInfo client;
    /** The epoch of the next request. */
    private int epoch = 1;
    private boolean ended;
    /** Whether something came since this was asked last. */
    private boolean used;
    /** With the share-partition that was entered, null when none was yet. In the order in which they are fetched from. */
    private final Map<Place, SharePartition> partitions = new LinkedHashMap<>();

    ShareSession(String groupId, String memberId, ClientInfo client) {
        this.groupId = groupId;
        this.memberId = memberId;
        this.client = client;
    }

    ShareKey key(Place place) {
        return new ShareKey(groupId, place.topicId, place.partition);
    }

    /** Whether this is the request that comes next; then the one after it may come. */
    synchronized boolean enter(int requestEpoch) {
        if (ended || requestEpoch != epoch) {
            return false;
        }
        used = true;
        epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
        return true;
    }

    synchronized boolean isEnded() {
        return ended;
    }

    /** Whether something has come since this was asked the last time. */
    synchronized boolean wasUsed() {
        boolean was = used;
        used = false;
        return was;
    }

    /** Whether there is room for it. */
    synchronized boolean add(Place place) {
        if (partitions.size() >= PARTITIONS_MAX && !partitions.containsKey(place)) {
            return false;
        }
        partitions.putIfAbsent(place, null);
        return true;
    }

    /** The share-partition is left. */
    synchronized void remove(Place place) {
        leave(partitions.remove(place));
    }

    /** Those that are fetched from; the one that comes first now comes last the next time. */
    synchronized List<Place> next() {
        List<Place> all = new ArrayList<>(partitions.keySet());
        if (all.size() > 1) {
            Place first = all.getFirst();
            SharePartition entered = partitions.remove(first);
            partitions.put(first, entered);
        }
        return all;
    }

    synchronized int size() {
        return partitions.size();
    }

    /** The member fetches from this share-partition, perhaps for the first time. */
    synchronized void uses(Place place, SharePartition partition) {
        if (ended || !partitions.containsKey(place)) {
            return;
        }
        SharePartition before = partitions.put(place, partition);
        if (before != partition) {
            leave(before);
            partition.loop().run(partition::entered);
        }
    }

    /** All of them are left. */
    synchronized void end() {
        ended = true;
        partitions.values().forEach(this::leave);
        partitions.clear();
    }

    private void leave(SharePartition partition) {
        if (partition != null) {
            partition.loop().run(() -> partition.left(memberId));
        }
    }
}
