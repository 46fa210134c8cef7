package io.partita.broker.group.consumer;

import io.partita.broker.group.classic.Member;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Says who is to have what. The same question always has the same answer. */
public interface Assignor {

    /** The name that clients ask for it by. */
    String name();

    /**
     * The partitions of each member. Every partition of a topic that somebody reads is given to one of those who read it.
     *
     * @param members in a fixed order
     * @param partitionCounts of all topics that members read
     */
    Map<String, Partitions> assign(List<Member> members, Map<UUID, Integer> partitionCounts);

    /**
     * A member.
     *
     * @param instanceId {@code group.instance.id}, null for a dynamic member
     * @param topics that it reads and that exist
     * @param before what it was to have
     */
    record Member(String memberId, String instanceId, Set<UUID> topics, Partitions before) {}

    /** All there are, the one for who does not choose first. */
    List<Assignor> ALL = List.of(new UniformAssignor(), new RangeAssignor());
}
