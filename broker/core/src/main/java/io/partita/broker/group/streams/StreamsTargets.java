package io.partita.broker.group.streams;

import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.StreamsGroupConfig;
import io.partita.broker.group.Topics;
import io.partita.broker.group.TopicsHash;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Finds out who is to have what, when members, topics or settings are others than before. */
final class StreamsTargets {

    private final ShardContext shard;

    StreamsTargets(ShardContext shard) {
        this.shard = shard;
    }

    /**
     * Raises the group's epoch if {@code changed}, or if topics or settings are others than before, and makes the target of the new epoch, unless more members
     * are waited for. Whether it made one.
     */
    boolean refresh(StreamsGroup group, boolean changed) {
        if (group.topology() == null) {
            return false;
        }
        Topics topics = shard.topics();
        StreamsGroupConfig config = shard.streamsConfig(group.groupId());
        long hash = TopicsHash.of(group.topology().topicNames(), topics);
        int readyEpoch = group.resolved(topics) instanceof ResolvedTopology.Ready ? group.topology().epoch() : -1;
        SortedMap<String, String> settings = settings(config);
        if (changed || !group.metadata().isFrom(hash, readyEpoch, settings)) {
            write(new StreamsRecord.GroupEpoch(group.groupId(), new StreamsRecord.Metadata(group.epoch() + 1, hash, readyEpoch, settings)));
        }
        if (group.epoch() == group.targetEpoch() || group.delay != null) {
            return false;
        }
        assign(group, topics, config);
        return true;
    }

    /** Gives a new group a target of nothing, whose epoch members have while more of them are waited for. */
    void begin(StreamsGroup group) {
        if (group.targetEpoch() == 0) {
            var first = new StreamsRecord.Metadata(group.epoch() + 1, 0, -1, new TreeMap<>());
            write(new StreamsRecord.GroupEpoch(group.groupId(), first));
            write(new StreamsRecord.TargetEpoch(group.groupId(), new StreamsRecord.Target(first.epoch(), shard.clock.wallMillis())));
        }
    }

    private static SortedMap<String, String> settings(StreamsGroupConfig config) {
        return new TreeMap<>(Map.of("num.standby.replicas", Integer.toString(config.standbys())));
    }

    private void assign(StreamsGroup group, Topics topics, StreamsGroupConfig config) {
        var stateful = new TreeSet<TaskId>();
        var stateless = new TreeSet<TaskId>();
        tasks(group, topics, stateful, stateless);
        var members = new ArrayList<TaskAssignor.Member>(group.size());
        for (StreamsMember member : group.members()) {
            members.add(new TaskAssignor.Member(member.memberId, member.metadata().processId(), before(group, member), member.lags().keySet()));
        }
        var records = new ArrayList<GroupRecord>();
        TaskAssignor.assign(members, stateful, stateless, config.standbys()).forEach((memberId, tasks) -> {
            if (!tasks.equals(group.targets().get(memberId))) {
                records.add(StreamsGroup.record(new StreamsRecord.MemberTarget(group.groupId(), memberId, tasks)));
            }
        });
        records.add(StreamsGroup.record(
                new StreamsRecord.TargetEpoch(group.groupId(), new StreamsRecord.Target(group.epoch(), shard.clock.wallMillis()))));
        shard.write(records);
        group.onTheWay(goals(group, topics));
    }

    /** What it was to have; while topics are missing nobody is, and what members still have says where the state is. */
    private static Tasks before(StreamsGroup group, StreamsMember member) {
        Tasks target = group.target(member.memberId);
        return target.isEmpty() ? member.current().assigned() : target;
    }

    private static void tasks(StreamsGroup group, Topics topics, Set<TaskId> stateful, Set<TaskId> stateless) {
        if (group.resolved(topics) instanceof ResolvedTopology.Ready(SortedMap<String, Integer> counts)) {
            for (Topology.Subtopology subtopology : group.topology().subtopologies()) {
                for (int partition = 0; partition < counts.get(subtopology.id()); partition++) {
                    (subtopology.isStateful() ? stateful : stateless).add(new TaskId(subtopology.id(), partition));
                }
            }
        }
    }

    /** What members are to have on the way to the target, by what they have and say of their copies of state. */
    Map<String, Tasks> goals(StreamsGroup group, Topics topics) {
        StreamsGroupConfig config = shard.streamsConfig(group.groupId());
        var stateful = new TreeSet<TaskId>();
        tasks(group, topics, stateful, new HashSet<>());
        var members = new ArrayList<WarmUps.Member>(group.size());
        for (StreamsMember member : group.members()) {
            // Not every client says how far its copies are, and none is waited for without end: what nothing is said of has had its time.
            Set<TaskId> caughtUp = member.silentFor(silenceMillis(config), shard.clock.monotonicMillis());
            member.lags().forEach((task, lag) -> {
                if (lag <= config.acceptableLag()) {
                    caughtUp.add(task);
                }
            });
            members.add(new WarmUps.Member(member.memberId, member.metadata().processId(), member.current().assigned(), caughtUp));
        }
        return WarmUps.refine(members, group.targets(), stateful, config.warmups());
    }

    /** A member that says how far its copies are has said so within this, or it is out. */
    private static long silenceMillis(StreamsGroupConfig config) {
        return (long) config.taskOffsetIntervalMillis() + config.sessionTimeoutMillis();
    }

    private void write(StreamsRecord record) {
        shard.write(List.of(StreamsGroup.record(record)));
    }
}
