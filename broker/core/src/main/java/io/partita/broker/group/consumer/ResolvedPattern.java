package io.partita.broker.group.consumer;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * The topics that a pattern stands for, as the log has it.
 *
 * @param topics sorted
 * @param millis when it was looked at, by the wall clock
 */
record ResolvedPattern(List<String> topics, long version, long millis) {

    static ResolvedPattern of(Collection<String> topics, long millis) {
        return new ResolvedPattern(List.copyOf(new TreeSet<>(topics)), 0, millis);
    }
}
