package io.partita.broker.group.share;

import io.partita.broker.coordinator.WriteOutcome;
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
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a group begins with a partition, fixed once: for one that is there when a member subscribes, by {@code share.auto.offset.reset}, so that "latest" is
 * the end as it is then; for one that comes later, because the topic is made, or made again, or grows, with its first record. The answer to the subscription
 * that gives a member the partition comes after that.
 */
final class Beginnings {

    private static final Logger LOG = LoggerFactory.getLogger(Beginnings.class);
    /** When leaders or the share coordinator are asked again that were not there. */
    private static final long RETRY_MILLIS = 200;

    private final ShardContext shard;
    private final ShareStates states;
    private final Consumer<ShareGroup> begun;

    /** @param begun told of a group some of whose partitions may be assigned from now on */
    Beginnings(ShardContext shard, ShareStates states, Consumer<ShareGroup> begun) {
        this.shard = shard;
        this.states = states;
        this.begun = begun;
    }

    /** A member reads other topics than before: what nobody read of them begins as the group is set. */
    void subscribed(ShareGroup group, ShareMember member) {
        StatePartitions next = group.states();
        var later = new Partitions.Builder();
        for (String name : member.metadata().topicNames()) {
            Topics.Topic topic = shard.topics().find(name);
            if (topic == null || next.knowsAnyOf(topic.id()) || next.readBefore(name, topic.id())) {
                addUnknown(group.states(), topic, later);
                continue;
            }
            var all = new Partitions.Builder();
            for (int partition = 0; partition < topic.partitionCount(); partition++) {
                all.add(topic.id(), partition);
            }
            next = next.withBeginning(topic.id(), name, all.build());
        }
        if (!next.equals(group.states())) {
            shard.write(List.of(ShareGroup.record(new ShareRecord.States(group.groupId(), next))));
        }
        begin(group, later.build());
    }

    /** Topics that the group reads came, grew, or were there all the time. */
    void topicsChanged(ShareGroup group) {
        var later = new Partitions.Builder();
        for (String name : group.topics()) {
            addUnknown(group.states(), shard.topics().find(name), later);
        }
        begin(group, later.build());
    }

    private static void addUnknown(StatePartitions states, Topics.Topic topic, Partitions.Builder later) {
        for (int partition = 0; topic != null && partition < topic.partitionCount(); partition++) {
            if (!states.knows(topic.id(), partition)) {
                later.add(topic.id(), partition);
            }
        }
    }

    /** Has all begin that is to, if nobody has been asked yet. {@code later} begin with their first records. */
    private void begin(ShareGroup group, Partitions later) {
        Partitions asReset = group.states().beginning().minus(group.asked);
        Partitions fromStart = later.minus(group.asked);
        if (asReset.isEmpty() && fromStart.isEmpty()) {
            return;
        }
        ShareStates.From reset = shard.shareConfig(group.groupId()).reset().from(shard.clock.wallMillis());
        var starts = new ArrayList<ShareStates.Start>();
        asReset.forEach((topic, partition) -> starts.add(new ShareStates.Start(new ShareStates.Place(topic, partition), reset)));
        fromStart.forEach((topic, partition) -> starts
                .add(new ShareStates.Start(new ShareStates.Place(topic, partition), new ShareStates.From.Earliest())));
        group.asked = group.asked.plus(asReset).plus(fromStart);
        // What is asked for is written first: the next coordinator must not take for new what was there.
        shard.write(List.of(), new WriteOutcome() {
            @Override
            public void committed() {
                states.begin(group.groupId(), group.nextStateEpoch(shard.clock.wallMillis()), starts,
                        codes -> shard.loop.run(() -> answered(group, starts, codes)));
            }

            @Override
            public void failed(ErrorCode code) {
                answered(group, starts, starts.stream().map(start -> code).toList());
            }
        });
    }

    private void answered(ShareGroup group, List<ShareStates.Start> starts, List<ErrorCode> codes) {
        if (shard.shareGroup(group.groupId()) != group || !shard.isServed()) {
            return;
        }
        var done = new Partitions.Builder();
        var all = new Partitions.Builder();
        var failures = new ArrayList<ErrorCode>();
        Map<UUID, String> names = new HashMap<>();
        for (int i = 0; i < starts.size(); i++) {
            ShareStates.Place place = starts.get(i).place();
            Topics.Topic topic = shard.topics().find(place.topicId());
            all.add(place.topicId(), place.partition());
            if (codes.get(i) == ErrorCode.NONE && topic != null) {
                done.add(place.topicId(), place.partition());
                names.put(topic.id(), topic.name());
            } else if (topic != null) {
                failures.add(codes.get(i));
            }
        }
        group.asked = group.asked.minus(all.build());
        Partitions now = done.build();
        if (!now.isEmpty()) {
            LOG.info("Share group {} begins with {} partitions.", group.groupId(), now.size());
            shard.write(List.<GroupRecord>of(ShareGroup.record(new ShareRecord.States(group.groupId(), group.states().withBegun(names, now)))));
            begun.accept(group);
        }
        if (!failures.isEmpty()) {
            LOG.debug("Share group {} cannot begin with {} partitions yet: {}", group.groupId(), failures.size(), failures.getFirst());
            shard.loop.schedule(RETRY_MILLIS, () -> {
                if (shard.shareGroup(group.groupId()) == group && shard.isServed()) {
                    topicsChanged(group);
                }
            });
        }
    }

    /** Topics (id by name) are gone, and with them the state of their partitions. */
    void topicsDeleted(ShareGroup group, Map<String, UUID> topics) {
        StatePartitions next = group.states();
        var places = new ArrayList<ShareStates.Place>();
        for (var topic : topics.entrySet()) {
            UUID id = topic.getValue();
            if (next.knowsAnyOf(id)) {
                next.begun().plus(next.beginning()).of(id).forEach(partition -> places.add(new ShareStates.Place(id, partition)));
                next = next.withEnded(id, topic.getKey());
            }
        }
        if (places.isEmpty()) {
            return;
        }
        StatePartitions after = next;
        shard.write(List.of(ShareGroup.record(new ShareRecord.States(group.groupId(), after))));
        // State that is left behind because the coordinator is away takes some bytes and is never read: the topic's id does not come again.
        states.end(group.groupId(), places, codes -> {});
    }
}
