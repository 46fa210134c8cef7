package io.partita.broker.metadata;

import io.partita.broker.env.Clock;
import io.partita.broker.metadata.ClusterEvent.Cause;
import io.partita.broker.metadata.ClusterEvent.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What happened lately, told by the steps of the metadata: the last {@link #EVENTS_MAX} events, in memory. What happens to many partitions in one step in the same way is one
 * event. {@link #observe} is called for one step after the other; {@link #latest} from any thread.
 */
public final class ClusterEvents {

    static final int EVENTS_MAX = 500;
    /** Partitions that an event names. */
    static final int NAMED_MAX = 5;
    /** Partitions of which it is known since when they have no leader. */
    private static final int LEADERLESS_MAX = 10_000;

    private final Clock clock;
    private final ArrayDeque<ClusterEvent> events = new ArrayDeque<>();
    private final Map<Key, Long> leaderlessSince = new HashMap<>();
    private long sequence;

    private record Key(UUID topic, int partition) {}

    /** What makes changes of partitions one event. */
    private record Like(Kind kind, int from, int to, Cause cause) {}

    private static final class Group {
        private String topic;
        private final List<String> names = new ArrayList<>();
        private int count;
        private long leaderlessMillis = -1;
    }

    public ClusterEvents(Clock clock) {
        this.clock = clock;
    }

    /** The latest events, the last one first, {@code max} at most. */
    public synchronized List<ClusterEvent> latest(int max) {
        List<ClusterEvent> latest = new ArrayList<>(Math.min(max, events.size()));
        for (var from = events.descendingIterator(); from.hasNext() && latest.size() < max;) {
            latest.add(from.next());
        }
        return latest;
    }

    /** Notes what differs in a step. */
    public synchronized void observe(ImageChange change) {
        long now = clock.wallMillis();
        Map<Like, Group> groups = new LinkedHashMap<>();
        brokers(change, groups);
        boolean begins = change.before().brokers().isEmpty();
        for (TopicImage topic : change.changed()) {
            TopicImage before = change.before().topic(topic.id());
            for (int i = 0; before != null && i < topic.partitions().size(); i++) {
                PartitionImage was = before.partition(i);
                PartitionImage is = topic.partition(i);
                if (was != null && !was.equals(is)) {
                    partition(change, topic, i, was, is, now, groups);
                }
            }
        }
        if (!begins) {
            change.created().forEach(topic -> add(groups, new Like(Kind.TOPIC_CREATED, -1, -1, Cause.ASKED), topic.name(), topic.name()));
        }
        change.deleted().forEach(topic -> {
            add(groups, new Like(Kind.TOPIC_DELETED, -1, -1, Cause.ASKED), topic.name(), topic.name());
            if (!leaderlessSince.isEmpty()) {
                leaderlessSince.keySet().removeIf(key -> key.topic.equals(topic.id()));
            }
        });
        groups.forEach((like, group) -> {
            events.add(new ClusterEvent(++sequence, now, like.kind, group.topic, List.copyOf(group.names), group.count, like.from, like.to, like.cause,
                    group.leaderlessMillis));
            if (events.size() > EVENTS_MAX) {
                events.removeFirst();
            }
        });
    }

    private static void brokers(ImageChange change, Map<Like, Group> groups) {
        for (BrokerImage broker : change.after().brokers()) {
            if (change.before().broker(broker.id()) == null) {
                add(groups, new Like(Kind.BROKER_JOINED, -1, broker.id(), Cause.ASKED), "", null);
            }
        }
        for (BrokerImage broker : change.before().brokers()) {
            if (change.after().broker(broker.id()) == null) {
                add(groups, new Like(Kind.BROKER_LEFT, broker.id(), -1, Cause.BROKER_GONE), "", null);
            }
        }
    }

    private void partition(ImageChange change, TopicImage topic, int index, PartitionImage was, PartitionImage is, long now, Map<Like, Group> groups) {
        String name = topic.name() + "-" + index;
        if (was.leader() != is.leader()) {
            leader(change, topic, index, was, is, now, groups, name);
        }
        for (int broker : was.inSyncReplicas()) {
            if (!is.inSyncReplicas().contains(broker) && is.replicas().contains(broker)) {
                add(groups, new Like(Kind.REPLICA_FELL_BEHIND, broker, -1, left(change.after().broker(broker))), topic.name(), name);
            }
        }
        for (int broker : is.inSyncReplicas()) {
            if (!was.inSyncReplicas().contains(broker)) {
                add(groups, new Like(Kind.REPLICA_IN_SYNC, -1, broker, Cause.CAUGHT_UP), topic.name(), name);
            }
        }
        if (!was.replicas().equals(is.replicas())) {
            add(groups, new Like(Kind.REPLICAS_MOVED, -1, -1, Cause.ASKED), topic.name(), name);
        }
    }

    private static Cause left(BrokerImage broker) {
        if (broker == null) {
            return Cause.BROKER_GONE;
        }
        return switch (broker.standing()) {
            case SERVING -> Cause.SLOW;
            case STOPPING -> Cause.STOPPING;
            case HINDERED -> Cause.DISK;
        };
    }

    private void leader(
            ImageChange change, TopicImage topic, int index, PartitionImage was, PartitionImage is, long now, Map<Like, Group> groups, String name) {
        Key key = new Key(topic.id(), index);
        boolean gone = was.leader() != PartitionImage.NO_LEADER && change.after().broker(was.leader()) == null;
        if (is.leader() == PartitionImage.NO_LEADER) {
            if (leaderlessSince.size() < LEADERLESS_MAX) {
                leaderlessSince.put(key, now);
            }
            add(groups, new Like(Kind.LEADER_LOST, was.leader(), -1, gone ? Cause.BROKER_GONE : Cause.HANDED_OVER), topic.name(), name);
            return;
        }
        Cause cause = was.leader() == PartitionImage.NO_LEADER
                ? Cause.WAS_LEADERLESS
                : gone
                        ? Cause.BROKER_GONE
                        : is.replicas().getFirst() == is.leader()
                                ? Cause.PREFERRED
                                : Cause.HANDED_OVER;
        Group group = add(groups, new Like(Kind.LEADER_ELECTED, was.leader(), is.leader(), cause), topic.name(), name);
        Long since = leaderlessSince.remove(key);
        if (since != null) {
            group.leaderlessMillis = Math.max(group.leaderlessMillis, now - since);
        }
    }

    private static Group add(Map<Like, Group> groups, Like like, String topic, String name) {
        Group group = groups.computeIfAbsent(like, ignored -> new Group());
        if (group.topic == null) {
            group.topic = topic;
        }
        if (name != null && group.names.size() < NAMED_MAX) {
            group.names.add(name);
        }
        group.count++;
        return group;
    }
}
