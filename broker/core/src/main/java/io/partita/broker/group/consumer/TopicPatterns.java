package io.partita.broker.group.consumer;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * Patterns of topic names with the semantics of RE2, which looks at each letter once: none can run for ever. A pattern must fit the whole name.
 */
final class TopicPatterns {

    private static final int LENGTH_MAX = 8_192;
    /** Steps of a program, of which each takes some hundred bytes; a name takes as many looks at most as it has letters times that. */
    private static final int SIZE_MAX = 10_000;

    private TopicPatterns() {}

    /** What is wrong with a pattern, null when nothing is. */
    static String problem(String regex) {
        if (regex.length() > LENGTH_MAX) {
            return "SubscribedTopicRegex has " + regex.length() + " characters, more than the " + LENGTH_MAX + " it may have.";
        }
        if (PatternSize.of(regex) > SIZE_MAX) {
            return "SubscribedTopicRegex is too large: what is repeated in it, taken as often as it may be, is longer than " + SIZE_MAX + ".";
        }
        try {
            Pattern.compile(regex);
            return null;
        } catch (PatternSyntaxException e) {
            return "SubscribedTopicRegex `" + regex + "` is not a valid regular expression: " + e.getDescription() + ".";
        }
    }

    /** Which of {@code names} a pattern stands for. It must be one that nothing is wrong with. */
    static List<String> matching(String regex, Collection<String> names, Predicate<String> mayRead) {
        Pattern pattern = Pattern.compile(regex);
        var matching = new ArrayList<String>();
        for (String name : names) {
            if (pattern.matches(name) && mayRead.test(name)) {
                matching.add(name);
            }
        }
        return matching;
    }
}
