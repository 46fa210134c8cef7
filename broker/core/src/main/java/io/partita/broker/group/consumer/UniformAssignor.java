package io.partita.broker.group.consumer;

import io.partita.broker.group.classic.Member;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Gives members as many partitions as each other, as far as what they read lets it, and leaves them what they had as far as that lets it. Where all read
 * the same, nobody has two more than another, and no partition moves that need not ({@link EvenShares}); otherwise none can be handed over to a
 * reader who has two fewer ({@link UnevenShares}).
 */
final class UniformAssignor implements Assignor {

    @Override
    public String name() {
        return "uniform";
    }

    @Override
    public Map<String, Partitions> assign(List<Member> members, Map<UUID, Integer> partitionCounts) {
        if (members.isEmpty()) {
            return Map.of();
        }
        Set<UUID> first = members.getFirst().topics();
        boolean alike = members.stream().allMatch(member -> member.topics().equals(first));
        List<Share> shares = Share.of(members, partitionCounts);
        if (alike) {
            EvenShares.divide(shares, partitionCounts);
        } else {
            UnevenShares.divide(shares, partitionCounts);
        }
        var result = new LinkedHashMap<String, Partitions>();
        shares.forEach(share -> result.put(share.member().memberId(), share.partitions()));
        return result;
    }
}
