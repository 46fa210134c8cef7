package io.partita.broker.compat;

import static io.partita.broker.compat.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The classic group protocol with the newest Java client: every assignor, static members, offsets, and what an administrator sees. */
class JavaGroupIT {
    private static final String ASSIGNORS = "org.apache.kafka.clients.consumer.";

    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final Clients clients = new Clients(BROKER.bootstrap());
    private final Admin admin = clients.admin();
    private final List<Member> members = new ArrayList<>();

    /** A consumer polling in a thread of its own, as an application does. */
    private final class Member {
        private final KafkaConsumer<String, String> consumer;
        private final CountDownLatch ended = new CountDownLatch(1);
        private final ConcurrentLinkedQueue<String> values = new ConcurrentLinkedQueue<>();
        private volatile Set<TopicPartition> assignment = Set.of();
        private volatile int lost;
        private volatile int revoked;
        private volatile Exception failure;
        private volatile boolean leave = true;

        Member(String group, String topic, Object... overrides) {
            consumer = clients.groupConsumer(group, overrides);
            members.add(this);
            consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    revoked += partitions.size();
                }

                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                }

                @Override
                public void onPartitionsLost(Collection<TopicPartition> partitions) {
                    lost += partitions.size();
                }
            });
            Thread.ofPlatform().daemon().start(this::pollUntilWoken);
        }

        private void pollUntilWoken() {
            try {
                while (true) {
                    consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
                    assignment = Set.copyOf(consumer.assignment());
                }
            } catch (WakeupException e) {
                // asked to close
            } catch (Exception e) {
                failure = e;
            } finally {
                consumer.close(leave
                        ? CloseOptions.timeout(Duration.ofSeconds(10))
                        : CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP));
                ended.countDown();
            }
        }

        void close() {
            consumer.wakeup();
            try {
                assertTrue(ended.await(60, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        void closeWithoutLeaving() {
            leave = false;
            close();
        }
    }

    @AfterEach
    void close() {
        members.forEach(Member::close);
        admin.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RangeAssignor", "RoundRobinAssignor", "StickyAssignor", "CooperativeStickyAssignor"})
    void membersShareThePartitionsWhateverTheAssignor(String assignor) {
        // Given a topic and one member, who has everything
        var topic = clients.topic("shared", 6);
        var group = Clients.name("shared");
        var first = new Member(group, topic, "partition.assignment.strategy", ASSIGNORS + assignor);
        Await.until("the first member owns all", () -> first.assignment.size() == 6);
        // When a second and a third come
        var second = new Member(group, topic, "partition.assignment.strategy", ASSIGNORS + assignor);
        Await.until("both own half", () -> first.assignment.size() == 3 && second.assignment.size() == 3);
        var third = new Member(group, topic, "partition.assignment.strategy", ASSIGNORS + assignor);
        Await.until("each owns a third", () -> first.assignment.size() == 2 && second.assignment.size() == 2 && third.assignment.size() == 2);
        // Then every partition has one owner
        var all = new HashSet<>(first.assignment);
        all.addAll(second.assignment);
        all.addAll(third.assignment);
        assertEquals(6, all.size());
        // and what is produced is read once
        try (var producer = clients.producer()) {
            for (int i = 0; i < 60; i++) {
                producer.send(new ProducerRecord<>(topic, i % 6, null, Integer.toString(i)));
            }
        }
        Await.until("all is read", () -> first.values.size() + second.values.size() + third.values.size() >= 60);
        assertEquals(60, first.values.size() + second.values.size() + third.values.size());
        // When one leaves, then the others take over
        third.close();
        Await.until("the rest own all", () -> first.assignment.size() == 3 && second.assignment.size() == 3);
    }

    @Test
    void aCooperativeRebalanceTakesOnlyWhatMoves() {
        // Given
        var topic = clients.topic("cooperative", 6);
        var group = Clients.name("cooperative");
        var strategy = ASSIGNORS + "CooperativeStickyAssignor";
        var first = new Member(group, topic, "partition.assignment.strategy", strategy);
        Await.until("the first member owns all", () -> first.assignment.size() == 6);
        // When
        var second = new Member(group, topic, "partition.assignment.strategy", strategy);
        Await.until("both own half", () -> first.assignment.size() == 3 && second.assignment.size() == 3);
        // Then
        assertEquals(3, first.revoked);
        assertEquals(0, second.revoked);
        assertEquals(0, first.lost + second.lost);
    }

    @Test
    void aStaticMemberComesBackToItsPartitionsWithoutARebalance() {
        // Given two static members
        var topic = clients.topic("static", 4);
        var group = Clients.name("static");
        var first = new Member(group, topic, "group.instance.id", "one");
        var second = new Member(group, topic, "group.instance.id", "two");
        Await.until("both own half", () -> first.assignment.size() == 2 && second.assignment.size() == 2);
        var before = second.assignment;
        var revoked = first.revoked;
        // When one restarts within its session
        second.closeWithoutLeaving();
        var again = new Member(group, topic, "group.instance.id", "two");
        Await.until("it is back", () -> again.assignment.size() == 2);
        // Then it has what it had, and the other noticed nothing
        assertEquals(before, again.assignment);
        assertEquals(revoked, first.revoked);
        var ids = get(admin.describeConsumerGroups(List.of(group)).all()).get(group).members().stream().map(m -> m.groupInstanceId().orElseThrow()).sorted();
        assertEquals(List.of("one", "two"), ids.toList());
        // and one that is gone need not time out: an administrator can remove it
        first.closeWithoutLeaving();
        get(admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("one")))).all());
        Await.until("the other owns all", () -> again.assignment.size() == 4);
    }

    @Test
    void aSecondProcessWithTheSameInstanceIdFencesTheFirst() {
        var topic = clients.topic("fenced", 1);
        var group = Clients.name("fenced");
        var first = new Member(group, topic, "group.instance.id", "same");
        Await.until("the first member owns it", () -> first.assignment.size() == 1);
        var second = new Member(group, topic, "group.instance.id", "same");
        Await.until("the second member owns it", () -> second.assignment.size() == 1);
        Await.until("the first is fenced", () -> first.failure instanceof FencedInstanceIdException);
    }

    @Test
    void aMemberThatStopsHeartbeatingLosesItsPartitions() {
        // Given two members with a short session, one of which then dies without a word
        var topic = clients.topic("dead", 2);
        var group = Clients.name("dead");
        var first = new Member(group, topic, "session.timeout.ms", 6_000, "heartbeat.interval.ms", 1_000);
        var second = new Member(group, topic, "session.timeout.ms", 6_000, "heartbeat.interval.ms", 1_000);
        Await.until("both own half", () -> first.assignment.size() == 1 && second.assignment.size() == 1);
        // When
        second.closeWithoutLeaving();
        // Then
        Await.until("the other owns all", () -> first.assignment.size() == 2);
        assertEquals(1, get(admin.describeConsumerGroups(List.of(group)).all()).get(group).members().size());
    }

    @Test
    void aMemberThatMissesARebalanceMayNotCommit() throws Exception {
        // Given a consumer that reads, and a rebalance it does not take part in
        var topic = clients.topic("stale", 1);
        var group = Clients.name("stale");
        try (var producer = clients.producer();
                var slow = clients.groupConsumer(group, "max.poll.interval.ms", 2_000, "session.timeout.ms", 6_000,
                        "heartbeat.interval.ms", 500, "enable.auto.commit", false)) {
            producer.send(new ProducerRecord<>(topic, "v")).get();
            slow.subscribe(List.of(topic));
            Clients.poll(slow, 1);
            var other = new Member(group, topic);
            Await.until("the other member owns it", () -> other.assignment.size() == 1);
            // Then
            assertThrows(CommitFailedException.class, () -> slow.commitSync());
        }
    }

    @Test
    void committedOffsetsAndTheirMetadataAreWhereANewMemberStarts() throws Exception {
        var topic = clients.topic("commit", 1);
        var partition = new TopicPartition(topic, 0);
        var group = Clients.name("commit");
        try (var producer = clients.producer()) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>(topic, "v" + i)).get();
            }
        }
        try (var consumer = clients.groupConsumer(group, "enable.auto.commit", false)) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 10);
            assertNull(consumer.committed(Set.of(partition)).get(partition));
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(4, "four")));
            assertEquals("four", consumer.committed(Set.of(partition)).get(partition).metadata());
        }
        try (var consumer = clients.groupConsumer(group)) {
            consumer.subscribe(List.of(topic));
            var read = Clients.poll(consumer, 6);
            assertEquals("v4", read.getFirst().value());
            assertEquals(6, read.size());
        }
    }

    @Test
    void offsetsAreCommittedOnCloseByDefault() throws Exception {
        var topic = clients.topic("autocommit", 1);
        var group = Clients.name("autocommit");
        try (var producer = clients.producer(); var consumer = clients.groupConsumer(group)) {
            producer.send(new ProducerRecord<>(topic, "v")).get();
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 1);
        }
        assertEquals(1, offset(group, topic));
    }

    @Test
    void anAssignedConsumerCommitsWithoutBeingAMember() throws Exception {
        var partition = new TopicPartition(clients.topic("simple", 1), 0);
        var group = Clients.name("simple");
        try (var consumer = clients.groupConsumer(group)) {
            consumer.assign(List.of(partition));
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(3)));
            assertEquals(3, consumer.committed(Set.of(partition)).get(partition).offset());
        }
        assertEquals(GroupState.EMPTY, get(admin.describeConsumerGroups(List.of(group)).all()).get(group).groupState());
    }

    @Test
    void anAdministratorSeesAndChangesGroups() throws Exception {
        // Given a group with a member
        var topic = clients.topic("seen", 2);
        var partition = new TopicPartition(topic, 0);
        var group = Clients.name("seen");
        var member = new Member(group, topic, "client.id", "a-client");
        Await.until("the member owns all", () -> member.assignment.size() == 2);
        // Then it is described
        var description = get(admin.describeConsumerGroups(List.of(group)).all()).get(group);
        assertEquals(GroupState.STABLE, description.groupState());
        assertEquals("range", description.partitionAssignor());
        assertEquals(1, description.members().size());
        var seen = description.members().iterator().next();
        assertEquals("a-client", seen.clientId());
        assertTrue(seen.consumerId().startsWith("a-client-"), seen.consumerId());
        assertEquals("/127.0.0.1", seen.host());
        assertEquals(member.assignment, seen.assignment().topicPartitions());
        assertTrue(get(admin.listGroups(ListGroupsOptions.forConsumerGroups()).all()).stream().anyMatch(g -> g.groupId().equals(group)));
        // and can be neither deleted nor have its offsets deleted or changed
        assertThrows(GroupNotEmptyException.class, () -> get(admin.deleteConsumerGroups(List.of(group)).all()));
        assertThrows(GroupSubscribedToTopicException.class, () -> get(admin.deleteConsumerGroupOffsets(group, Set.of(partition)).partitionResult(partition)));
        // When the member has left
        member.close();
        Await.until("the group is empty", () -> get(admin.describeConsumerGroups(List.of(group)).all()).get(group).groupState() == GroupState.EMPTY);
        // Then it can
        get(admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(7, "set"))).all());
        assertEquals(7, offset(group, topic));
        get(admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all());
        assertFalse(get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).containsKey(partition));
        get(admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1))).all());
        get(admin.deleteConsumerGroups(List.of(group)).all());
        assertThrows(GroupIdNotFoundException.class, () -> get(admin.deleteConsumerGroups(List.of(group)).all()));
        assertThrows(GroupIdNotFoundException.class, () -> get(admin.describeConsumerGroups(List.of(group)).all()));
    }

    @Test
    void aGroupFollowsAPatternToNewTopics() throws Exception {
        // Given a consumer of all topics of a pattern
        var start = Clients.name("pattern");
        var group = Clients.name("pattern");
        get(admin.createTopics(List.of(new org.apache.kafka.clients.admin.NewTopic(start + ".a", 1, (short) 1))).all());
        try (var consumer = clients.groupConsumer(group, "metadata.max.age.ms", 500); var producer = clients.producer()) {
            consumer.subscribe(java.util.regex.Pattern.compile(start + "\\..*"));
            producer.send(new ProducerRecord<>(start + ".a", "a")).get();
            assertEquals("a", Clients.poll(consumer, 1).getFirst().value());
            // When another appears, then it is read too
            producer.send(new ProducerRecord<>(start + ".b", "b")).get();
            assertEquals("b", Clients.poll(consumer, 1).getFirst().value());
        }
    }

    private long offset(String group, String topic) {
        return get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).get(new TopicPartition(topic, 0)).offset();
    }
}
