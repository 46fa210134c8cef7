package io.partita.broker.group.consumer;

import io.partita.broker.coordinator.BoundedPattern;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/** Patterns of topic names. */
final class TopicPatterns {

    private TopicPatterns() {}

    /** What is wrong with a pattern, null when nothing is. */
    static String problem(String regex) {
        return BoundedPattern.problem("SubscribedTopicRegex", regex);
    }

    /** Which of {@code names} a pattern stands for. It must be one that nothing is wrong with. */
    static List<String> matching(String regex, Collection<String> names, Predicate<String> mayRead) {
        BoundedPattern pattern = BoundedPattern.of(regex);
        var matching = new ArrayList<String>();
        for (String name : names) {
            if (pattern.fits(name) && mayRead.test(name)) {
                matching.add(name);
            }
        }
        return matching;
    }
}
