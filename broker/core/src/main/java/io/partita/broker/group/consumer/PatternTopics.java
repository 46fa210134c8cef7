package io.partita.broker.group.consumer;

import io.partita.broker.group.ShardContext;
import io.partita.broker.group.Topics;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Keeps what members' patterns stand for up to date: looked at once when a member brings one, then topic by topic as they come and go. What is shown
 * by a pattern is what whoever brought it last may read.
 */
final class PatternTopics {

    /** Topics that are the broker's own begin so. A pattern stands for them only if it does, too: whoever reads everything does not mean them. */
    private static final String INTERNAL = "__";

    private final ShardContext shard;
    /** By group and pattern, what those may read who brought it to this process. */
    private final Map<String, Map<String, Predicate<String>>> readers = new HashMap<>();

    PatternTopics(ShardContext shard) {
        this.shard = shard;
    }

    /** A member has a pattern: looks at the topics if nobody has since the group was loaded. */
    void use(ConsumerGroup group, ConsumerMember member, Predicate<String> mayRead) {
        if (!member.metadata().hasPattern()) {
            return;
        }
        String regex = member.metadata().topicRegex();
        boolean looked = readers.computeIfAbsent(group.groupId(), id -> new HashMap<>()).put(regex, mayRead) != null;
        if (!looked || !group.patterns().containsKey(regex)) {
            write(group, regex, TopicPatterns.matching(regex, shard.topics().names(), visible(regex, mayRead)));
        }
    }

    /** Topics of these names came, went or changed. */
    void topicsChanged(ConsumerGroup group, Collection<String> names) {
        Map<String, Predicate<String>> known = readers.getOrDefault(group.groupId(), Map.of());
        Topics topics = shard.topics();
        for (var pattern : List.copyOf(group.patterns().entrySet())) {
            Predicate<String> mayRead = known.get(pattern.getKey());
            var matching = new TreeSet<>(pattern.getValue().topics());
            matching.removeIf(name -> topics.find(name) == null);
            if (mayRead != null) {
                List<String> there = names.stream().filter(name -> topics.find(name) != null).toList();
                matching.addAll(TopicPatterns.matching(pattern.getKey(), there, visible(pattern.getKey(), mayRead)));
            }
            write(group, pattern.getKey(), matching);
        }
    }

    private static Predicate<String> visible(String regex, Predicate<String> mayRead) {
        return regex.startsWith("_") ? mayRead : name -> !name.startsWith(INTERNAL) && mayRead.test(name);
    }

    private void write(ConsumerGroup group, String regex, Collection<String> topics) {
        var resolved = ResolvedPattern.of(topics, shard.clock.wallMillis());
        ResolvedPattern known = group.patterns().get(regex);
        if (known == null || !known.topics().equals(resolved.topics())) {
            shard.write(List.of(ConsumerGroup.record(new ConsumerRecord.Pattern(group.groupId(), regex, resolved))));
        }
    }

    /** The group, or what it was, is gone. */
    void forget(String groupId) {
        readers.remove(groupId);
    }
}
