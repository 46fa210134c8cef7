package io.partita.broker.group.share;

import io.partita.broker.group.consumer.Partitions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Says who takes records of which partitions. Of each topic every partition has somebody, and every member that reads the topic has a partition, as even as it
 * goes: with more partitions than members each has one member, with more members than partitions each member has one. What a member had it keeps as
 * far as that allows. The same question always has the same answer.
 */
final class SimpleAssignor {

    /** The name that Kafka's tools show. */
    static final String NAME = "simple";

    private SimpleAssignor() {}

    /**
     * @param topics that it reads
     * @param before what it was to have
     */
    record Member(String memberId, Set<UUID> topics, Partitions before) {}

    /**
     * The partitions of each member.
     *
     * @param members in a fixed order
     * @param partitions those that may be assigned, by topic
     */
    static Map<String, Partitions> assign(List<Member> members, Map<UUID, List<Integer>> partitions) {
        Map<String, Partitions.Builder> builders = new HashMap<>();
        members.forEach(member -> builders.put(member.memberId, new Partitions.Builder()));
        Map<String, Integer> load = new HashMap<>();
        new TreeMap<>(partitions).forEach((topic, numbers) -> {
            List<Member> readers = members.stream().filter(member -> member.topics.contains(topic)).toList();
            if (!readers.isEmpty() && !numbers.isEmpty()) {
                assign(topic, numbers, readers, load, builders);
            }
        });
        Map<String, Partitions> assigned = new HashMap<>();
        builders.forEach((memberId, builder) -> assigned.put(memberId, builder.build()));
        return assigned;
    }

    private static void assign(
            UUID topic, List<Integer> numbers, List<Member> readers, Map<String, Integer> load, Map<String, Partitions.Builder> builders) {
        boolean fewMembers = readers.size() <= numbers.size();
        var perMember = fewMembers ? new Quota(numbers.size(), readers.size()) : new Quota(1, 1);
        var perPartition = fewMembers ? new Quota(1, 1) : new Quota(readers.size(), numbers.size());
        Map<Integer, Integer> taken = new HashMap<>();
        Map<String, Integer> has = new HashMap<>();
        for (Member member : readers) {
            for (int number : member.before.of(topic)) {
                int mine = has.getOrDefault(member.memberId, 0);
                int others = taken.getOrDefault(number, 0);
                if (numbers.contains(number) && perMember.allows(mine) && perPartition.allows(others)) {
                    perMember.took(mine);
                    perPartition.took(others);
                    give(topic, number, member, taken, has, load, builders);
                }
            }
        }
        if (fewMembers) {
            List<Integer> free = numbers.stream().filter(number -> !taken.containsKey(number)).toList();
            for (int number : free) {
                give(topic, number, least(readers, has, load), taken, has, load, builders);
            }
            return;
        }
        for (Member member : readers) {
            if (!has.containsKey(member.memberId)) {
                int emptiest = numbers.getFirst();
                for (int number : numbers) {
                    if (taken.getOrDefault(number, 0) < taken.getOrDefault(emptiest, 0)) {
                        emptiest = number;
                    }
                }
                give(topic, emptiest, member, taken, has, load, builders);
            }
        }
    }

    /** How many each of {@code shares} may keep of {@code all}: all the same, and of what is left over some one more. */
    private static final class Quota {
        private final int each;
        private int more;

        private Quota(int all, int shares) {
            this.each = all / shares;
            this.more = all % shares;
        }

        boolean allows(int count) {
            return count < each || count == each && more > 0;
        }

        void took(int count) {
            if (count == each) {
                more--;
            }
        }
    }

    private static Member least(List<Member> readers, Map<String, Integer> has, Map<String, Integer> load) {
        Member best = null;
        for (Member member : readers) {
            if (best == null || has.getOrDefault(member.memberId, 0) < has.getOrDefault(best.memberId, 0)
                    || has.getOrDefault(member.memberId, 0).equals(has.getOrDefault(best.memberId, 0))
                            && load.getOrDefault(member.memberId, 0) < load.getOrDefault(best.memberId, 0)) {
                best = member;
            }
        }
        return best;
    }

    private static void give(UUID topic, int number, Member member, Map<Integer, Integer> taken, Map<String, Integer> has, Map<String, Integer> load,
            Map<String, Partitions.Builder> builders) {
        builders.get(member.memberId).add(topic, number);
        taken.merge(number, 1, Integer::sum);
        has.merge(member.memberId, 1, Integer::sum);
        load.merge(member.memberId, 1, Integer::sum);
    }
}
