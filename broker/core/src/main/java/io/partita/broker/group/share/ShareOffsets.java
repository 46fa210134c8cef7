package io.partita.broker.group.share;

import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.group.Answer;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.Topics;
import io.partita.broker.group.consumer.Partitions;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Where share groups stand: shown, and changed while nobody is in the group. On the loop of the shard. */
public final class ShareOffsets {

    private final ShardContext shard;
    private final ShareStates states;

    ShareOffsets(ShardContext shard, ShareStates states) {
        this.shard = shard;
        this.states = states;
    }

    /** Of each partition asked for. */
    public record Described(ErrorCode error, String message, List<ShareStates.Place> places, List<ShareStates.Summary> summaries) {

        public static Described failed(ErrorCode error, String message) {
            return new Described(error, message, List.of(), List.of());
        }
    }

    /** Of each partition or topic asked for, in order. */
    public record Changed(ErrorCode error, String message, List<ErrorCode> codes) {

        public static Changed failed(ErrorCode error, String message) {
            return new Changed(error, message, List.of());
        }
    }

    /** @param places null for all that the group has read; what it has not has the start offset −1 */
    public void describe(String groupId, List<ShareStates.Place> places, Answer<Described> answer) {
        ShareGroup group = shard.shareGroup(groupId);
        if (group == null) {
            answer.give(Described.failed(ErrorCode.GROUP_ID_NOT_FOUND, "Group " + groupId + " not found."));
            return;
        }
        var asked = new ArrayList<ShareStates.Place>();
        if (places == null) {
            group.states().begun().forEach((topic, partition) -> asked.add(new ShareStates.Place(topic, partition)));
        } else {
            asked.addAll(places);
        }
        var known = asked.stream().filter(place -> group.states().begun().contains(place.topicId(), place.partition())).toList();
        if (known.isEmpty()) {
            answer.give(described(asked, Map.of()));
            return;
        }
        states.summary(groupId, known, summaries -> shard.loop.run(() -> {
            Map<ShareStates.Place, ShareStates.Summary> found = new HashMap<>();
            for (int i = 0; i < known.size(); i++) {
                found.put(known.get(i), summaries.get(i));
            }
            answer.give(described(asked, found));
        }));
    }

    private static Described described(List<ShareStates.Place> asked, Map<ShareStates.Place, ShareStates.Summary> found) {
        var nothing = new ShareStates.Summary(ErrorCode.NONE, -1, 0, -1);
        return new Described(ErrorCode.NONE, null, asked, asked.stream().map(place -> found.getOrDefault(place, nothing)).toList());
    }

    /** The group goes on from these offsets; what it knew of the records of those partitions is forgotten. */
    public void alter(String groupId, List<ShareStates.Start> starts, Answer<Changed> answer) {
        ShareGroup group = shard.shareGroup(groupId);
        Changed refusal = refusal(group, groupId);
        if (refusal != null) {
            answer.give(refusal);
            return;
        }
        // The epoch tells leaders that know the state before that they do not.
        write(new ShareRecord.GroupEpoch(groupId, new ShareRecord.Metadata(group.epoch() + 1, group.metadataHash())));
        write(new ShareRecord.TargetEpoch(groupId, new ShareRecord.Target(group.epoch(), shard.clock.wallMillis())));
        whenCommitted(answer, () -> states.begin(groupId, group.nextStateEpoch(shard.clock.wallMillis()), starts, codes -> shard.loop.run(() -> {
            if (shard.shareGroup(groupId) == group && shard.isServed()) {
                var done = new Partitions.Builder();
                Map<UUID, String> names = new HashMap<>();
                for (int i = 0; i < starts.size(); i++) {
                    ShareStates.Place place = starts.get(i).place();
                    Topics.Topic topic = shard.topics().find(place.topicId());
                    if (codes.get(i) == ErrorCode.NONE && topic != null) {
                        done.add(place.topicId(), place.partition());
                        names.put(topic.id(), topic.name());
                    }
                }
                write(new ShareRecord.States(groupId, group.states().withBegun(names, done.build())));
            }
            answer.give(new Changed(ErrorCode.NONE, null, codes));
        })));
    }

    /** The group has never read these topics. */
    public void delete(String groupId, List<UUID> topics, Answer<Changed> answer) {
        ShareGroup group = shard.shareGroup(groupId);
        Changed refusal = refusal(group, groupId);
        if (refusal != null) {
            answer.give(refusal);
            return;
        }
        var places = new ArrayList<ShareStates.Place>();
        StatePartitions next = group.states();
        for (UUID topic : topics) {
            next.begun().plus(next.beginning()).of(topic).forEach(partition -> places.add(new ShareStates.Place(topic, partition)));
            next = next.without(topic);
        }
        StatePartitions after = next;
        states.end(groupId, places, codes -> shard.loop.run(() -> {
            ErrorCode failed = codes.stream().filter(code -> code != ErrorCode.NONE).findFirst().orElse(ErrorCode.NONE);
            if (failed == ErrorCode.NONE && shard.shareGroup(groupId) == group && shard.isServed()) {
                write(new ShareRecord.States(groupId, after));
                whenCommitted(answer, () -> answer.give(new Changed(ErrorCode.NONE, null, topics.stream().map(topic -> ErrorCode.NONE).toList())));
            } else {
                answer.give(Changed.failed(failed == ErrorCode.NONE ? ErrorCode.NOT_COORDINATOR : failed, null));
            }
        }));
    }

    /** What was known of the records of all partitions is forgotten, before the group is. */
    public void forgetAll(ShareGroup group, Runnable then) {
        var places = new ArrayList<ShareStates.Place>();
        group.states().begun().plus(group.states().beginning()).forEach((topic, partition) -> places.add(new ShareStates.Place(topic, partition)));
        if (places.isEmpty()) {
            then.run();
        } else {
            states.end(group.groupId(), places, codes -> shard.loop.run(then));
        }
    }

    private static Changed refusal(ShareGroup group, String groupId) {
        if (group == null) {
            return Changed.failed(ErrorCode.GROUP_ID_NOT_FOUND, "Group " + groupId + " not found.");
        }
        return group.isEmpty() ? null : Changed.failed(ErrorCode.NON_EMPTY_GROUP, "The group has members: its offsets change while nobody is in it.");
    }

    private void whenCommitted(Answer<Changed> answer, Runnable then) {
        shard.write(List.of(), new WriteOutcome() {
            @Override
            public void committed() {
                then.run();
            }

            @Override
            public void failed(ErrorCode code) {
                answer.give(Changed.failed(code, null));
            }
        });
    }

    private void write(ShareRecord record) {
        shard.write(List.<GroupRecord>of(ShareGroup.record(record)));
    }
}
