package io.partita.broker.group.consumer;

import io.partita.broker.group.classic.Member;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Gives each member a range of the partitions of each topic that it reads, one more to the first members where that does not come out even. Topics with
 * as many partitions and the same readers are cut alike, so what belongs together by its key comes to one member. Static members come first, by
 * instance id, so that a restart under another member id moves nothing.
 */
final class RangeAssignor implements Assignor {

    private static final Comparator<Member> ORDER = Comparator.comparing(Member::instanceId, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Member::memberId);

    @Override
    public String name() {
        return "range";
    }

    @Override
    public Map<String, Partitions> assign(List<Member> members, Map<UUID, Integer> partitionCounts) {
        var sorted = new ArrayList<>(members);
        sorted.sort(ORDER);
        var assigned = new LinkedHashMap<String, Partitions.Builder>();
        sorted.forEach(member -> assigned.put(member.memberId(), new Partitions.Builder()));
        for (var topic : new TreeMap<>(partitionCounts).entrySet()) {
            List<Member> readers = sorted.stream().filter(member -> member.topics().contains(topic.getKey())).toList();
            int next = 0;
            for (int i = 0; i < readers.size(); i++) {
                int count = topic.getValue() / readers.size() + (i < topic.getValue() % readers.size() ? 1 : 0);
                Partitions.Builder of = assigned.get(readers.get(i).memberId());
                for (int end = next + count; next < end; next++) {
                    of.add(topic.getKey(), next);
                }
            }
        }
        var result = new LinkedHashMap<String, Partitions>();
        assigned.forEach((memberId, builder) -> result.put(memberId, builder.build()));
        return result;
    }
}
