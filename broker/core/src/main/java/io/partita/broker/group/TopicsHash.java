package io.partita.broker.group;

import java.util.Collection;
import java.util.TreeSet;

/** A number for what there is to assign: other ids of topics, or numbers of partitions, give another one. */
public final class TopicsHash {

    private TopicsHash() {}

    /** 0 when there is nothing. */
    public static long of(Collection<String> names, Topics topics) {
        long hash = 0;
        for (String name : new TreeSet<>(names)) {
            Topics.Topic topic = topics.find(name);
            if (topic != null) {
                hash = mix(hash, topic.id().getMostSignificantBits());
                hash = mix(hash, topic.id().getLeastSignificantBits());
                hash = mix(hash, topic.partitionCount());
            }
        }
        return hash;
    }

    /** Each bit of both has its share in half of the bits of the result (the finalizer of SplitMix64). */
    private static long mix(long hash, long value) {
        long z = (hash ^ value) + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
