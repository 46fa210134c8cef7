package io.partita.broker.log;

import io.netty.util.collection.LongObjectHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The producers of one log by id, and in the order in which they were last heard of. A {@link #freeze frozen} view of them costs the owner next to
 * nothing, however many there are: what is changed afterwards is copied first, a part of the table and an entry at a time.
 *
 * <p>Threads: the log's owner; while a log is loaded, the loading thread. Any one thread reads a frozen view.
 */
final class ProducerTable {

    /** A table of more than this is split, so that no change copies or moves more than a part of it. */
    private static final int UNSPLIT_MAX = 1_024;
    private static final int PARTS = 256;

    private LongObjectHashMap<ProducerEntry>[] parts = maps(1);
    /** Which parts a frozen view has. */
    private boolean[] shared = new boolean[1];
    /** Counts frozen views: entries of an earlier one may be in it. */
    private int generation;
    private int size;

    /** Ends of the list of entries, linked by {@link ProducerEntry#older} and {@link ProducerEntry#newer}. */
    private ProducerEntry oldest;
    private ProducerEntry newest;

    @SuppressWarnings("unchecked")
    private static LongObjectHashMap<ProducerEntry>[] maps(int count) {
        LongObjectHashMap<ProducerEntry>[] maps = new LongObjectHashMap[count];
        for (int i = 0; i < count; i++) {
            maps[i] = new LongObjectHashMap<>(4);
        }
        return maps;
    }

    int size() {
        return size;
    }

    ProducerEntry get(long producerId) {
        return parts[part(producerId)].get(producerId);
    }

    /** The producer that has been silent for longest, {@code null} when there is none; {@link ProducerEntry#newer} leads on. */
    ProducerEntry oldest() {
        return oldest;
    }

    /** Adds a producer as the one heard of last, in the place of one with its id. */
    void put(ProducerEntry entry) {
        ProducerEntry before = get(entry.producerId);
        if (before != null) {
            unlink(before);
        } else {
            size++;
            if (size > UNSPLIT_MAX && parts.length == 1) {
                split();
            }
        }
        entry.generation = generation;
        ownPart(entry.producerId).put(entry.producerId, entry);
        linkLast(entry);
    }

    /** The entry to be changed in the place of {@code entry}, which is in the table: itself, or a copy where a frozen view has it. */
    ProducerEntry forChange(ProducerEntry entry) {
        if (entry.generation == generation) {
            return entry;
        }
        ProducerEntry own = entry.copy();
        own.generation = generation;
        ownPart(entry.producerId).put(entry.producerId, own);
        return replaceInList(entry, own);
    }

    /** Says that the producer was just heard of. */
    void touch(ProducerEntry entry) {
        if (newest != entry) {
            unlink(entry);
            linkLast(entry);
        }
    }

    void remove(ProducerEntry entry) {
        ownPart(entry.producerId).remove(entry.producerId);
        unlink(entry);
        size--;
    }

    /** All entries, for the owner. */
    List<ProducerEntry> all() {
        List<ProducerEntry> all = new ArrayList<>(size);
        for (ProducerEntry entry = oldest; entry != null; entry = entry.newer) {
            all.add(entry);
        }
        return all;
    }

    /** The entries as they are now, to be read by one other thread, later. */
    Frozen freeze() {
        generation++;
        shared = new boolean[parts.length];
        Arrays.fill(shared, true);
        return new Frozen(parts.clone(), size);
    }

    private int part(long producerId) {
        long mixed = producerId * 0x9E3779B97F4A7C15L; // ids are handed out in sequence, and in blocks to brokers
        return parts.length == 1 ? 0 : (int) (mixed >>> 56);
    }

    private LongObjectHashMap<ProducerEntry> ownPart(long producerId) {
        int part = part(producerId);
        if (shared[part]) {
            LongObjectHashMap<ProducerEntry> own = new LongObjectHashMap<>(Math.max(4, 2 * parts[part].size()));
            own.putAll(parts[part]);
            parts[part] = own;
            shared[part] = false;
        }
        return parts[part];
    }

    private void split() {
        LongObjectHashMap<ProducerEntry> all = parts[0];
        parts = maps(PARTS);
        shared = new boolean[PARTS];
        for (ProducerEntry entry : all.values()) {
            parts[part(entry.producerId)].put(entry.producerId, entry);
        }
    }

    private void linkLast(ProducerEntry entry) {
        entry.older = newest;
        entry.newer = null;
        if (newest == null) {
            oldest = entry;
        } else {
            newest.newer = entry;
        }
        newest = entry;
    }

    private void unlink(ProducerEntry entry) {
        if (entry.older == null) {
            oldest = entry.newer;
        } else {
            entry.older.newer = entry.newer;
        }
        if (entry.newer == null) {
            newest = entry.older;
        } else {
            entry.newer.older = entry.older;
        }
        entry.older = null;
        entry.newer = null;
    }

    private ProducerEntry replaceInList(ProducerEntry entry, ProducerEntry own) {
        own.older = entry.older;
        own.newer = entry.newer;
        if (own.older == null) {
            oldest = own;
        } else {
            own.older.newer = own;
        }
        if (own.newer == null) {
            newest = own;
        } else {
            own.newer.older = own;
        }
        entry.older = null;
        entry.newer = null;
        return own;
    }

    /** The entries of a moment. They are not to be changed, and their places in the list are not theirs any more. */
    static final class Frozen {
        private final LongObjectHashMap<ProducerEntry>[] parts;
        private final int size;

        private Frozen(LongObjectHashMap<ProducerEntry>[] parts, int size) {
            this.parts = parts;
            this.size = size;
        }

        List<ProducerEntry> entries() {
            List<ProducerEntry> all = new ArrayList<>(size);
            for (LongObjectHashMap<ProducerEntry> part : parts) {
                all.addAll(part.values());
            }
            return all;
        }
    }
}
