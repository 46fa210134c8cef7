package io.partita.broker.metadata;

import java.util.Arrays;
import java.util.UUID;

/**
 * Topics by name and by id, immutable. A change copies the two tables of buckets and the buckets it touches, nothing else: a few microseconds
 * with ten thousand topics. Buckets are chosen by a hash that is equal for names that collide, so that a collision is found by one look-up.
 */
final class TopicTable {

    static final TopicTable EMPTY = new TopicTable(new TopicImage[16][], new TopicImage[16][], 0);

    private static final TopicImage[] NONE = {};
    private static final int TOPICS_PER_BUCKET_MAX = 4;

    private final TopicImage[][] byName;
    private final TopicImage[][] byId;
    private final int size;

    private TopicTable(TopicImage[][] byName, TopicImage[][] byId, int size) {
        this.byName = byName;
        this.byId = byId;
        this.size = size;
    }

    int size() {
        return size;
    }

    TopicImage find(String name) {
        for (TopicImage topic : bucket(byName, nameHash(name))) {
            if (topic.name().equals(name)) {
                return topic;
            }
        }
        return null;
    }

    TopicImage find(UUID id) {
        for (TopicImage topic : bucket(byId, idHash(id))) {
            if (topic.id().equals(id)) {
                return topic;
            }
        }
        return null;
    }

    /** A topic with another name that collides with {@code name}, or {@code null}. */
    TopicImage collision(String name) {
        for (TopicImage topic : bucket(byName, nameHash(name))) {
            if (TopicNames.collide(topic.name(), name) && !topic.name().equals(name)) {
                return topic;
            }
        }
        return null;
    }

    /** All topics in a new array, in no particular order. */
    TopicImage[] toArray() {
        TopicImage[] all = new TopicImage[size];
        int count = 0;
        for (TopicImage[] bucket : byName) {
            if (bucket != null) {
                System.arraycopy(bucket, 0, all, count, bucket.length);
                count += bucket.length;
            }
        }
        return all;
    }

    /** Begins a set of changes. */
    Edit edit() {
        return new Edit(this);
    }

    private static TopicImage[] bucket(TopicImage[][] table, int hash) {
        TopicImage[] bucket = table[hash & table.length - 1];
        return bucket == null ? NONE : bucket;
    }

    private static int nameHash(String name) {
        int hash = TopicNames.foldedHash(name);
        return hash ^ hash >>> 15;
    }

    private static int idHash(UUID id) {
        int hash = id.hashCode();
        return hash ^ hash >>> 15;
    }

    /** A table being changed. Used by one thread. */
    static final class Edit {
        private TopicImage[][] byName;
        private TopicImage[][] byId;
        private int size;

        private Edit(TopicTable from) {
            byName = from.byName.clone();
            byId = from.byId.clone();
            size = from.size;
        }

        TopicTable view() {
            return new TopicTable(byName, byId, size);
        }

        /** Adds a topic, or puts it in place of the one with its id. No other topic may have its name. */
        void put(TopicImage topic) {
            remove(topic.id());
            add(byName, nameHash(topic.name()), topic);
            add(byId, idHash(topic.id()), topic);
            size++;
            if (size > byName.length * TOPICS_PER_BUCKET_MAX) {
                grow();
            }
        }

        /** Takes a topic out and returns it, {@code null} when there is none. */
        TopicImage remove(UUID id) {
            TopicImage old = view().find(id);
            if (old != null) {
                drop(byName, nameHash(old.name()), old);
                drop(byId, idHash(id), old);
                size--;
            }
            return old;
        }

        private void grow() {
            TopicImage[] all = view().toArray();
            byName = new TopicImage[byName.length * 4][];
            byId = new TopicImage[byId.length * 4][];
            for (TopicImage topic : all) {
                add(byName, nameHash(topic.name()), topic);
                add(byId, idHash(topic.id()), topic);
            }
        }

        private static void add(TopicImage[][] table, int hash, TopicImage topic) {
            TopicImage[] old = bucket(table, hash);
            TopicImage[] next = Arrays.copyOf(old, old.length + 1);
            next[old.length] = topic;
            table[hash & table.length - 1] = next;
        }

        private static void drop(TopicImage[][] table, int hash, TopicImage topic) {
            TopicImage[] old = bucket(table, hash);
            TopicImage[] next = new TopicImage[old.length - 1];
            int count = 0;
            for (TopicImage other : old) {
                if (other != topic) {
                    next[count++] = other;
                }
            }
            table[hash & table.length - 1] = next.length == 0 ? null : next;
        }

        /** The table as changed so far. This edit must not be used any more. */
        TopicTable done() {
            return view();
        }
    }
}
