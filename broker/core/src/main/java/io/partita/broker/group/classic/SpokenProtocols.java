package io.partita.broker.group.classic;

import io.partita.broker.Invariant;
import io.partita.broker.group.JoinProtocol;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which protocols are spoken by how many members of a group, and which one a generation takes. */
final class SpokenProtocols {

    private final Map<String, Integer> speakers = new HashMap<>();

    /** Counts a member in, or with −1 out. */
    void count(Member member, int change) {
        for (var candidate : member.protocols) {
            speakers.merge(candidate.name(), change, (a, b) -> a + b == 0 ? null : a + b);
        }
    }

    /** Whether one of {@code protocols} is spoken by all of {@code members}. */
    boolean haveCommon(List<JoinProtocol> protocols, Collection<Member> members) {
        for (var candidate : protocols) {
            if (isSpokenByAll(candidate.name(), members)) {
                return true;
            }
        }
        return false;
    }

    private boolean isSpokenByAll(String name, Collection<Member> members) {
        return speakers.getOrDefault(name, 0) == members.size();
    }

    /** The protocol most members like best among those that all speak; the earlier vote wins a tie. There must be members. */
    String select(Collection<Member> members) {
        var votes = new LinkedHashMap<String, Integer>();
        for (Member member : members) {
            for (var candidate : member.protocols) {
                if (isSpokenByAll(candidate.name(), members)) {
                    votes.merge(candidate.name(), 1, Integer::sum);
                    break;
                }
            }
        }
        String best = null;
        for (var vote : votes.entrySet()) {
            if (best == null || vote.getValue() > votes.get(best)) {
                best = vote.getKey();
            }
        }
        Invariant.check(best != null, "no protocol is spoken by all members of a group");
        return best;
    }
}
