package io.partita.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ConfigChange;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.InSyncSets;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionSetText;
import io.partita.broker.control.PartitionState;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterEvent;
import io.partita.broker.metadata.ClusterEvent.Cause;
import io.partita.broker.metadata.ClusterEvent.Kind;
import io.partita.broker.metadata.ClusterEvents;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.ElectionWish;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.InternalTopics;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.ReassignmentWish;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.metadata.UserAlteration;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ObjectMetadataStoreTest {

    @Test
    void whatTheFirstBrokerKeepsOfGroupsGetsReplicasWhenOthersCome() {
        // Given
        StoreCluster cluster = StoreCluster.of(1);
        cluster.create(1,
                InternalTopics.of(TopicNames.CONSUMER_OFFSETS, BrokerConfig.of(Map.of("offsets.topic.num.partitions", "6")), cluster.node(1).image()));
        assertEquals(List.of(1), cluster.node(1).state(TopicNames.CONSUMER_OFFSETS, 0).replicas());
        cluster.create(1, "users", 1);
        // When
        cluster.start(2);
        cluster.start(3);
        cluster.advance(5_000);
        // Then
        for (int partition = 0; partition < 6; partition++) {
            assertEquals(Set.of(1, 2, 3), Set.copyOf(cluster.node(1).state(TopicNames.CONSUMER_OFFSETS, partition).replicas()));
            assertEquals(2, cluster.node(1).state(TopicNames.CONSUMER_OFFSETS, partition).minInSync());
            assertEquals(cluster.node(1).process(), cluster.node(1).state(TopicNames.CONSUMER_OFFSETS, partition).leader());
        }
        assertEquals(List.of(1), cluster.node(1).state("users", 0).replicas(), "what users made is theirs");
    }

    @Test
    void brokersSeeEachOther() {
        StoreCluster cluster = StoreCluster.of(3);
        for (int id = 1; id <= 3; id++) {
            assertTrue(cluster.node(id).started.isDone());
            assertEquals(List.of(1, 2, 3), cluster.node(id).image().brokers().stream().map(broker -> broker.id()).toList());
        }
    }

    @Test
    void aTopicIsSpreadOverThreeBrokersAndLedWhenItIsAnswered() {
        StoreCluster cluster = StoreCluster.of(3);
        TopicImage orders = cluster.create(1, "orders", 3);
        assertEquals(3, orders.partitions().size());
        assertEquals(List.of(1, 2, 3), orders.partitions().stream().map(partition -> partition.leader()).sorted().toList());
        orders.partitions().forEach(partition -> {
            assertEquals(3, partition.replicas().size());
            assertEquals(partition.replicas().getFirst(), partition.leader());
            assertEquals(1, partition.leaderEpoch());
            assertEquals(2, partition.stored().state().minInSync());
        });
        cluster.advance(1);
        assertEquals(orders, cluster.node(2).image().topic("orders"));
    }

    @Test
    void aTopicThatIsMadeWhileABrokerIsAwayHasItsReplicaThereWhenItIsBack() {
        // Given
        StoreCluster cluster = StoreCluster.of(3);
        cluster.advance(2_000);
        cluster.kill(3);
        cluster.node(1).store.suspect(3);
        cluster.advance(1);
        for (String topic : List.of("suspected", "gone")) {
            // When
            TopicImage made = cluster.create(1, topic, 6);
            // Then
            for (int index = 0; index < 6; index++) {
                PartitionState state = made.partition(index).stored().state();
                assertEquals(Set.of(1, 2, 3), Set.copyOf(state.replicas()));
                assertEquals(3, state.replicas().getLast(), "who is away is not to lead");
                assertEquals(2, state.minInSync());
            }
            cluster.advance(10_000);
        }
        // and what somebody asks for by number is there to be had, too, but no more
        assertEquals(3, cluster.create(2, new NewTopic("asked", 1, 3, null, Map.of())).partition(0).replicas().size());
        Result<TopicImage> tooMany = cluster.done(cluster.node(1).store.createTopics(List.of(new NewTopic("four", 1, 4, null, Map.of())), false)).getFirst();
        assertEquals(ErrorCode.INVALID_REPLICATION_FACTOR, tooMany.error());
        assertTrue(tooMany.message().contains("there are 2 brokers, and 1 that is away"), tooMany.message());
        // When
        cluster.start(3);
        cluster.advance(1_000);
        cluster.catchUp("gone");
        // Then
        assertEquals(Set.of(1, 2, 3), Set.copyOf(cluster.node(1).partition("gone", 0).inSyncReplicas()));
    }

    @Test
    void aBrokerThatIsNotWaitedForAnyLongerIsNotCountedOn() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.advance(2_000);
        cluster.kill(3);
        cluster.advance(330_000);
        assertEquals(Set.of(1, 2), Set.copyOf(cluster.create(1, "orders", 1).partition(0).replicas()));
    }

    @Test
    void oneBrokerAloneKeepsOneReplica() {
        StoreCluster cluster = StoreCluster.of(1);
        TopicImage orders = cluster.create(1, "orders", 2);
        assertEquals(List.of(1), orders.partition(0).replicas());
        assertEquals(1, orders.partition(1).leader());
        assertEquals(1, orders.partition(1).stored().state().minInSync());
    }

    @Test
    void aSuspicionHasPartitionsLedByOthersInMilliseconds() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 6);
        cluster.catchUp("orders");
        cluster.kill(2);
        cluster.node(1).store.suspect(2);
        cluster.node(3).store.suspect(2);
        long writes = cluster.objects.writes();
        cluster.advance(600);
        for (int index = 0; index < 6; index++) {
            assertTrue(cluster.node(1).partition("orders", index).leader() != 2);
            assertEquals(List.of(1, 3), cluster.node(1).partition("orders", index).inSyncReplicas().stream().sorted().toList());
        }
        assertEquals(3, cluster.objects.writes() - writes);
        assertEquals(List.of(1, 3), cluster.node(1).image().brokers().stream().map(broker -> broker.id()).toList());
    }

    @Test
    void aBrokerThatWasCutOffTakesNothingFromThoseWhomItDoesNotReachYet() {
        // Given 2 and 3, which reach each other
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 6);
        cluster.catchUp("orders");
        List<PartitionState> before = IntStream.range(0, 6).mapToObj(index -> cluster.node(2).state("orders", index)).toList();
        // When 1 reaches nobody but the store
        cluster.node(1).store.suspect(2);
        cluster.node(1).store.suspect(3);
        cluster.advance(600);
        // Then it says so to its clients, and leaves to others who leads
        assertEquals(List.of(1), cluster.node(1).image().brokers().stream().map(BrokerImage::id).toList());
        assertEquals(before, IntStream.range(0, 6).mapToObj(index -> cluster.node(2).state("orders", index)).toList());
        // and when it reaches one of them, the other has time to be heard of, too
        cluster.node(1).store.trust(3);
        cluster.advance(600);
        assertEquals(before, IntStream.range(0, 6).mapToObj(index -> cluster.node(2).state("orders", index)).toList());
        // but not for ever
        cluster.node(1).store.suspect(2);
        cluster.advance(600);
        for (int index = 0; index < 6; index++) {
            assertTrue(cluster.node(3).partition("orders", index).leader() != 2);
        }
    }

    @Test
    void twoThatSuspectEachOtherDoNotElectThemselvesInTurnAsFastAsTheyCan() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.create(1, new NewTopic("orders", 1, 2, null, Map.of("min.insync.replicas", "2")));
        cluster.catchUp("orders");
        int before = cluster.node(1).state("orders", 0).epoch();
        for (int i = 0; i < 10; i++) {
            cluster.node(1).store.suspect(2);
            cluster.node(2).store.suspect(1);
            cluster.advance(500);
        }
        int elections = cluster.node(1).state("orders", 0).epoch() - before;
        assertTrue(elections >= 1 && elections <= 12, elections + " elections in five seconds");
    }

    @Test
    void aBrokerThatIsHeardOfAgainIsTrustedAtOnce() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.node(1).store.suspect(2);
        cluster.advance(1);
        assertNull(cluster.node(1).image().broker(2));
        cluster.node(1).store.trust(2);
        cluster.advance(1);
        assertNotNull(cluster.node(1).image().broker(2));
    }

    @Test
    void whoSuspectsAFollowerThatItsLeaderReachesDoesNotTakeItOutAgainAndAgain() {
        // Given a partition that 1 leads, in a set that 2 sees to
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, new NewTopic("orders", -1, -1, List.of(List.of(2, 1, 3)), Map.of()));
        cluster.catchUp("orders");
        cluster.node(1).store.suspect(2);
        cluster.node(3).store.suspect(2);
        cluster.advance(1_000);
        cluster.node(1).store.trust(2);
        cluster.node(3).store.trust(2);
        StoreCluster.Node leader = cluster.node(1);
        assertEquals(1, leader.partition("orders", 0).leader());
        long writes = cluster.objects.writes();
        // When 2 and 3 do not reach each other, and the leader takes in whoever it reaches
        for (int millis = 0; millis < 3_000; millis += 20) {
            cluster.node(2).store.suspect(3);
            cluster.advance(20);
            PartitionState state = leader.state("orders", 0);
            if (!state.isInSync(3)) {
                leader.store.states().ask(leader.key("orders", 0), state,
                        InSyncSets.add(state, leader.process(), 3, cluster.node(3).incarnation).nextOr(null), seen -> {});
            }
        }
        // Then they do not write in turn as fast as they can
        assertTrue(cluster.objects.writes() - writes < 30, (cluster.objects.writes() - writes) + " writes");
        assertEquals(1, leader.partition("orders", 0).leader());
    }

    @Test
    void aBrokerThatWasSuspectedTwiceIsShownAgainThoughNothingElseHappens() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.advance(60_000);
        cluster.node(1).store.suspect(3);
        cluster.advance(3_000);
        assertEquals(List.of(1, 2), cluster.node(1).image().brokers().stream().map(broker -> broker.id()).sorted().toList());
        cluster.node(1).store.suspect(3);
        cluster.advance(20_000);
        assertEquals(List.of(1, 2, 3), cluster.node(1).image().brokers().stream().map(broker -> broker.id()).sorted().toList());
    }

    @Test
    void aBrokerThatIsNotHeardOfIsReplacedWhenItsRegistrationHasRunOut() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 3);
        cluster.catchUp("orders");
        cluster.kill(3);
        cluster.advance(Membership.TTL_MILLIS + 1_000);
        for (int index = 0; index < 3; index++) {
            assertTrue(cluster.node(1).partition("orders", index).leader() != 3);
        }
    }

    @Test
    void aBrokerThatStartsAgainLeadsItsOwnPartitionsUnderAnotherEpoch() {
        StoreCluster cluster = StoreCluster.of(1);
        cluster.create(1, "orders", 2);
        cluster.kill(1);
        cluster.start(1);
        cluster.advance(100);
        assertEquals(2, cluster.node(1).partition("orders", 0).leaderEpoch());
        assertEquals(cluster.node(1).process(), cluster.node(1).state("orders", 1).leader());
    }

    @Test
    void anEpochThatALogKnowsIsNotUsedAgain() {
        StoreCluster cluster = StoreCluster.of(1);
        cluster.create(1, "orders", 1);
        cluster.kill(1);
        cluster.start(1).epochOfLogs = 41;
        cluster.advance(100);
        assertEquals(42, cluster.node(1).partition("orders", 0).leaderEpoch());
    }

    @Test
    void aBrokerWithoutItsDiskLeavesTheInSyncSetAndDoesNotLead() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 3);
        cluster.catchUp("orders");
        cluster.kill(1);
        cluster.loseDisk(1);
        cluster.start(1);
        cluster.advance(Membership.TTL_MILLIS + 2_000);
        for (int index = 0; index < 3; index++) {
            assertFalse(cluster.node(1).partition("orders", index).inSyncReplicas().contains(1));
            assertTrue(cluster.node(1).partition("orders", index).leader() > 1);
        }
    }

    @Test
    void theLastDiskThatHasEverythingIsWaitedFor() {
        StoreCluster cluster = StoreCluster.of(1);
        cluster.create(1, "orders", 1);
        cluster.kill(1);
        cluster.loseDisk(1);
        cluster.start(1);
        cluster.advance(Membership.TTL_MILLIS + 2_000);
        assertTrue(cluster.node(1).partition("orders", 0).stored().state().leader() != cluster.node(1).process());
    }

    @Test
    void whereUncleanElectionsAreAllowedItGoesOnWithoutThatDisk() {
        StoreCluster cluster = StoreCluster.of(1);
        cluster.create(1, new NewTopic("orders", 1, 1, null, Map.of("unclean.leader.election.enable", "true")));
        cluster.kill(1);
        cluster.loseDisk(1);
        cluster.start(1);
        cluster.advance(Membership.TTL_MILLIS + 2_000);
        assertEquals(cluster.node(1).process(), cluster.node(1).state("orders", 0).leader());
        assertEquals(2, cluster.node(1).state("orders", 0).uncleanEpoch());
    }

    @Test
    void aNameIsTakenOnce() {
        StoreCluster cluster = StoreCluster.of(2);
        var one = cluster.node(1).store.createTopics(List.of(new NewTopic("orders", 1, 1, null, Map.of())), false);
        var other = cluster.node(2).store.createTopics(List.of(new NewTopic("orders", 1, 1, null, Map.of())), false);
        var results = List.of(cluster.done(one).getFirst().error().name(), cluster.done(other).getFirst().error().name());
        assertEquals(List.of("NONE", "TOPIC_ALREADY_EXISTS"), results.stream().sorted().toList());
    }

    @Test
    void aTopicWhoseMakerDiedIsFinishedByOthers() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.node(1).store.createTopics(List.of(new NewTopic("orders", 3, 3, null, Map.of())), false);
        while (cluster.objects.objects().stream().noneMatch(object -> object.name().equals("topics/orders"))) {
            // The topic is there, its entries are not.
            cluster.loop.runOne();
        }
        cluster.kill(1);
        cluster.node(2).store.suspect(1);
        cluster.node(3).store.suspect(1);
        cluster.advance(3_000);
        TopicImage orders = cluster.node(2).image().topic("orders");
        assertNotNull(orders);
        assertTrue(orders.partitions().stream().allMatch(partition -> partition.leader() > 1));
    }

    @Test
    void aTopicIsGoneEverywhereWhenItWasDeleted() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.create(1, "orders", 2);
        cluster.done(cluster.node(2).store.deleteTopics(List.of(TopicSelector.byName("orders"))));
        cluster.advance(1);
        assertNull(cluster.node(1).image().topic("orders"));
        assertNull(cluster.node(2).image().topic("orders"));
    }

    @Test
    void aSetThatIsGoneHidesNothingAndDeletesNothing() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.create(1, new NewTopic("orders", 2, 2, null, Map.of()));
        cluster.advance(2_000);
        ObjectStore hand = cluster.objects.client();
        for (var object : cluster.objects.objects()) {
            if (object.name().startsWith("sets/")) {
                cluster.done(hand.delete(object.name(), object.version()));
            }
        }
        cluster.advance(2_000);
        assertEquals(2, cluster.node(1).image().topic("orders").partitions().size());
        assertTrue(cluster.objects.objects().stream().noneMatch(object -> object.name().startsWith("sets/")), "nobody makes it anew from nothing");
    }

    // ---- leaders that change hands in order

    @Test
    void aBrokerThatStopsHandsOverInOneWriteForEachSet() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 6);
        cluster.catchUp("orders");
        cluster.advance(2_000);
        long writes = cluster.objects.writes();
        cluster.done(cluster.node(2).store.handOver());
        cluster.advance(1);
        for (int index = 0; index < 6; index++) {
            assertTrue(cluster.node(1).partition("orders", index).leader() != 2);
            assertEquals(Set.of(1, 3), Set.copyOf(cluster.node(1).partition("orders", index).inSyncReplicas()), "nobody waits for it when it closes");
        }
        assertEquals(4, cluster.objects.writes() - writes, "one for each set, and that it is leaving");
        cluster.done(cluster.node(2).store.close());
        cluster.advance(1_000);
        for (int index = 0; index < 6; index++) {
            assertEquals(List.of(1, 3), cluster.node(1).partition("orders", index).inSyncReplicas().stream().sorted().toList());
        }
    }

    @Test
    void itIsToldWhyABrokerLeavesInSyncSets() {
        for (Cause cause : List.of(Cause.STOPPING, Cause.DISK)) {
            StoreCluster cluster = StoreCluster.of(3);
            cluster.create(1, "orders", 6);
            cluster.catchUp("orders");
            cluster.advance(2_000);
            List<ImageChange> changes = cluster.node(1).changes;
            int before = changes.size();
            if (cause == Cause.STOPPING) {
                cluster.done(cluster.node(2).store.handOver());
            } else {
                cluster.node(2).store.hindered(new Hindrances(Set.of(), keys(cluster, "orders"), Set.of()));
            }
            cluster.advance(500);
            ClusterEvents events = new ClusterEvents(cluster.clock);
            changes.subList(before, changes.size()).forEach(events::observe);
            assertEquals(Set.of(cause), events.latest(100).stream().filter(event -> event.kind() == Kind.REPLICA_FELL_BEHIND).map(ClusterEvent::cause)
                    .collect(Collectors.toSet()));
        }
    }

    @Test
    void aBrokerThatStopsStaysInSyncWhereTheMinimumNeedsIt() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, new NewTopic("orders", 6, 2, null, Map.of("min.insync.replicas", "2")));
        cluster.catchUp("orders");
        cluster.done(cluster.node(2).store.handOver());
        cluster.advance(1);
        for (int index = 0; index < 6; index++) {
            assertTrue(cluster.node(1).partition("orders", index).leader() != 2);
            assertEquals(2, cluster.node(1).partition("orders", index).inSyncReplicas().size());
        }
    }

    @Test
    void aBrokerThatIsBackLeadsAgainWhatItIsToLeadOnceItIsInSync() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 3);
        cluster.catchUp("orders");
        cluster.kill(2);
        cluster.advance(Membership.TTL_MILLIS + 1_000);
        cluster.start(2);
        cluster.advance(8_000);
        assertEquals(List.of(1, 3), leaders(cluster, "orders"), "it is not in sync yet");
        cluster.catchUp("orders");
        cluster.advance(8_000);
        assertEquals(List.of(1, 2, 3), leaders(cluster, "orders"));
    }

    private static List<Integer> leaders(StoreCluster cluster, String topic) {
        return cluster.node(1).image().topic(topic).partitions().stream().map(partition -> partition.leader()).distinct().sorted().toList();
    }

    @Test
    void thePreferredLeaderLeadsAtOnceWhenSomebodyAsksForIt() {
        StoreCluster cluster = new StoreCluster(1, Map.of("auto.leader.rebalance.enable", "false"));
        for (int id = 1; id <= 3; id++) {
            cluster.start(id);
        }
        cluster.advance(1);
        cluster.create(1, "orders", 3);
        cluster.catchUp("orders");
        cluster.kill(2);
        cluster.advance(Membership.TTL_MILLIS + 1_000);
        List<ElectionWish> wishes = List.of(new ElectionWish("orders", 0, false), new ElectionWish("orders", 1, false), new ElectionWish("orders", 2, false));
        List<ErrorCode> errors = cluster.done(cluster.node(1).store.electLeaders(wishes)).stream().map(Result::error).sorted().toList();
        assertEquals(List.of(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE, ErrorCode.ELECTION_NOT_NEEDED, ErrorCode.ELECTION_NOT_NEEDED), errors);
        cluster.start(2);
        cluster.advance(8_000);
        cluster.catchUp("orders");
        cluster.advance(20_000);
        assertEquals(List.of(1, 3), leaders(cluster, "orders"), "nobody asked");
        errors = cluster.done(cluster.node(3).store.electLeaders(wishes)).stream().map(Result::error).sorted().toList();
        assertEquals(List.of(ErrorCode.NONE, ErrorCode.ELECTION_NOT_NEEDED, ErrorCode.ELECTION_NOT_NEEDED), errors);
        cluster.advance(1);
        assertEquals(List.of(1, 2, 3), leaders(cluster, "orders"));
    }

    @Test
    void whereNobodyInSyncIsThereAnotherLeadsWhenSomebodyAsksForIt() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.create(1, new NewTopic("orders", NewTopic.DEFAULT, NewTopic.DEFAULT, List.of(List.of(1, 2)), Map.of()));
        cluster.kill(1);
        cluster.advance(Membership.TTL_MILLIS + 2_000);
        assertEquals(1, cluster.node(2).partition("orders", 0).leader(), "nobody else is in sync");
        assertEquals(ErrorCode.NONE, cluster.done(cluster.node(2).store.electLeaders(List.of(new ElectionWish("orders", 0, true)))).getFirst().error());
        cluster.advance(1);
        assertEquals(cluster.node(2).process(), cluster.node(2).state("orders", 0).leader());
        assertEquals(2, cluster.node(2).state("orders", 0).uncleanEpoch());
        assertEquals(ErrorCode.ELECTION_NOT_NEEDED,
                cluster.done(cluster.node(2).store.electLeaders(List.of(new ElectionWish("orders", 0, true)))).getFirst().error());
    }

    // ---- many topics

    private static Result<Void> reassign(StoreCluster cluster, int asked, int partition, List<Integer> to) {
        return cluster.done(cluster.node(asked).store.reassign(List.of(new ReassignmentWish("orders", partition, to, true)))).getFirst();
    }

    @Test
    void aPartitionMovesToOtherBrokersWithAHandfulOfWrites() {
        // Given
        StoreCluster cluster = StoreCluster.of(3);
        cluster.start(4);
        cluster.start(5);
        cluster.advance(10);
        cluster.create(1, new NewTopic("orders", NewTopic.DEFAULT, NewTopic.DEFAULT, List.of(List.of(1, 2, 3)), Map.of("min.insync.replicas", "2")));
        cluster.catchUp("orders");
        cluster.advance(2_000);
        long before = cluster.objects.writes();
        // When
        assertEquals(ErrorCode.NONE, reassign(cluster, 2, 0, List.of(4, 5, 3)).error());
        // Then
        assertEquals(List.of(4, 5, 3, 1, 2), cluster.node(2).state("orders", 0).replicas(), "shown by whoever was asked");
        cluster.catchUp("orders");
        cluster.advance(1_000);
        PartitionState moved = cluster.node(1).state("orders", 0);
        assertEquals(List.of(4, 5, 3), moved.replicas());
        assertNull(moved.reassignment());
        assertEquals(cluster.node(4).process(), moved.leader());
        assertEquals(5, cluster.objects.writes() - before, "it begins, two catch up, the leader changes, two go");
    }

    @Test
    void aMoveThatIsCancelledLeavesThePartitionWhereItWas() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, new NewTopic("orders", NewTopic.DEFAULT, NewTopic.DEFAULT, List.of(List.of(1, 2)), Map.of("min.insync.replicas", "2")));
        cluster.catchUp("orders");
        assertEquals(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, reassign(cluster, 1, 0, null).error());
        reassign(cluster, 1, 0, List.of(3, 2));

        assertEquals(ErrorCode.NONE, reassign(cluster, 3, 0, null).error());

        cluster.advance(1_000);
        assertEquals(List.of(1, 2), cluster.node(1).state("orders", 0).replicas());
        assertNull(cluster.node(1).state("orders", 0).reassignment());
    }

    @Test
    void aMoveGoesOnWithoutWhoeverBeganIt() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, new NewTopic("orders", NewTopic.DEFAULT, NewTopic.DEFAULT, List.of(List.of(1, 2)), Map.of("min.insync.replicas", "1")));
        cluster.catchUp("orders");
        reassign(cluster, 1, 0, List.of(3, 2));
        cluster.kill(1);
        cluster.node(2).store.suspect(1);
        cluster.node(3).store.suspect(1);
        cluster.advance(1_000);
        assertEquals(cluster.node(2).process(), cluster.node(2).state("orders", 0).leader());

        PartitionState now = cluster.node(2).state("orders", 0);
        cluster.node(2).store.states().ask(cluster.node(2).key("orders", 0), now,
                InSyncSets.add(now, now.leader(), 3, cluster.incarnation(3)).nextOr(null), seen -> {});
        cluster.advance(1_000);

        assertEquals(List.of(3, 2), cluster.node(2).state("orders", 0).replicas());
    }

    @Test
    void fewerReplicasThanTheMinimumAreAllowedToWhoeverAsksForThem() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 1);
        cluster.catchUp("orders");
        List<Integer> replicas = cluster.node(1).state("orders", 0).replicas();

        assertEquals(ErrorCode.NONE, reassign(cluster, 1, 0, List.of(replicas.get(1))).error());
        cluster.advance(2_000);

        PartitionState alone = cluster.node(1).state("orders", 0);
        assertEquals(List.of(replicas.get(1)), alone.replicas());
        assertEquals(cluster.node(replicas.get(1)).process(), alone.leader());
        assertEquals(2, alone.minInSync(), "as it is set");
    }

    @Test
    void whatCannotBeMovedIsSaidAndChangesNothing() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 1);

        assertEquals(ErrorCode.INVALID_REPLICA_ASSIGNMENT, reassign(cluster, 1, 0, List.of(1, 7)).error());
        assertEquals(ErrorCode.INVALID_REPLICA_ASSIGNMENT, reassign(cluster, 1, 0, List.of()).error());
        assertEquals(ErrorCode.INVALID_REPLICA_ASSIGNMENT, reassign(cluster, 1, 0, List.of(1, 1)).error());
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, reassign(cluster, 1, 5, List.of(1)).error());
        assertEquals(ErrorCode.INVALID_REPLICATION_FACTOR,
                cluster.done(cluster.node(1).store.reassign(List.of(new ReassignmentWish("orders", 0, List.of(1), false)))).getFirst().error());
    }

    @Test
    void aReleaseThatKnowsNoMovesIsNotShownAny() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 1);
        makeThirdOld(cluster, 1);

        Result<Void> refused = reassign(cluster, 1, 0, List.of(1));

        assertEquals(ErrorCode.UNSUPPORTED_VERSION, refused.error());
        assertTrue(refused.message().startsWith("Broker 3 runs release development, which cannot move partitions"), refused.message());
    }

    private static void makeThirdOld(StoreCluster cluster, int level) {
        ObjectStore.Stored third = cluster.objects.objects().stream().filter(object -> object.name().equals("brokers/3")).findFirst().orElseThrow();
        List<String> lines = new ArrayList<>(ObjectText.split(third.text()).stream().map(line -> line.startsWith("level ") ? "level " + level : line).toList());
        lines.removeLast();
        lines.add(PartitionSetText.checksum(lines));
        cluster.done(cluster.objects.client().put("brokers/3", third.version(), ObjectText.join(lines)));
        cluster.advance(10);
    }

    @Test
    void topicsAreNoQueuesWhileABrokerKnowsNothingOfThem() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 1);
        makeThirdOld(cluster, BrokerObject.LEVEL_MOVES);

        Result<Void> altered = set(cluster, "queue.delay.enable", "true", false);
        Result<Void> tried = set(cluster, "queue.delay.enable", "true", true);
        Result<TopicImage> created = cluster.done(cluster.node(1).store.createTopics(
                List.of(new NewTopic("jobs", 1, 3, null, Map.of("queue.priority.enable", "true"))), false)).getFirst();

        assertEquals(ErrorCode.UNSUPPORTED_VERSION, altered.error());
        assertEquals("Broker 3 runs release development, which knows nothing of queue.delay.enable: update it first.", altered.message());
        assertEquals(ErrorCode.UNSUPPORTED_VERSION, tried.error());
        assertEquals(ErrorCode.UNSUPPORTED_VERSION, created.error());
        assertTrue(set(cluster, "queue.delay.enable", "false", false).isDone());
        assertTrue(set(cluster, "retention.ms", "1000", false).isDone());

        makeThirdOld(cluster, BrokerObject.LEVEL_QUEUES);
        assertTrue(set(cluster, "queue.delay.enable", "true", false).isDone());
        makeThirdOld(cluster, BrokerObject.LEVEL_MOVES);
        assertTrue(set(cluster, "retention.ms", "2000", false).isDone(), "what is set already is no reason to refuse another change");
        assertTrue(set(cluster, "queue.delay.enable", "false", false).isDone());
    }

    private static Result<Void> set(StoreCluster cluster, String name, String value, boolean validateOnly) {
        ConfigAlteration alteration = new ConfigAlteration(new ConfigAlteration.Topic("orders"),
                List.of(new ConfigChange(name, ConfigChange.Kind.SET, value)), false);
        return cluster.done(cluster.node(1).store.alterConfigs(List.of(alteration), validateOnly)).getFirst();
    }

    @Test
    void theDeathOfABrokerWithAThousandTopicsIsAHandfulOfWrites() {
        StoreCluster cluster = StoreCluster.of(3);
        List<NewTopic> topics = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            topics.add(new NewTopic("topic-" + i, 3, 3, null, Map.of("min.insync.replicas", "1")));
        }
        cluster.done(cluster.node(1).store.createTopics(topics, false)).forEach(result -> assertTrue(result.isDone(), result.message()));
        cluster.advance(5_000);
        assertTrue(cluster.objects.objects().stream().filter(object -> object.name().startsWith("sets/")).count() <= 9);
        cluster.putAllInSync();
        cluster.advance(2_000);
        cluster.kill(2);
        cluster.node(1).store.suspect(2);
        cluster.node(3).store.suspect(2);
        long before = cluster.objects.writes();
        cluster.advance(1_000);
        long writes = cluster.objects.writes() - before;
        for (TopicImage topic : cluster.node(1).image().topics()) {
            topic.partitions().forEach(partition -> {
                assertTrue(partition.leader() != 2);
                assertFalse(partition.inSyncReplicas().contains(2));
            });
        }
        System.out.println("a death with 1,000 topics of 3 partitions and 3 replicas: " + writes + " writes");
        assertTrue(writes <= 16, writes + " writes");
        cluster.advance(Membership.TTL_MILLIS + 2_000);
        assertTrue(cluster.objects.writes() - before <= 16, "and none more when the registration has run out");
    }

    // ---- settings, rules, what is left behind

    @Test
    void theMinimumOfATopicGoesIntoItsEntries() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 3);
        ConfigAlteration lower = new ConfigAlteration(new ConfigAlteration.Topic("orders"),
                List.of(new ConfigChange("min.insync.replicas", ConfigChange.Kind.SET, "1")), false);
        assertTrue(cluster.done(cluster.node(2).store.alterConfigs(List.of(lower), false)).getFirst().isDone());
        cluster.advance(1_000);
        for (int index = 0; index < 3; index++) {
            assertEquals(1, cluster.node(3).state("orders", index).minInSync());
        }
    }

    @Test
    void settingsOfAllBrokersAccessRulesAndQuotasAreSharedByAll() {
        StoreCluster cluster = StoreCluster.of(2);
        ConfigAlteration all = new ConfigAlteration(new ConfigAlteration.Broker(-1),
                List.of(new ConfigChange("log.retention.ms", ConfigChange.Kind.SET, "1234")), false);
        assertTrue(cluster.done(cluster.node(1).store.alterConfigs(List.of(all), false)).getFirst().isDone());
        AclBinding rule = new AclBinding(ResourceType.TOPIC, "a name", PatternType.LITERAL,
                new Acl("User:CN=alice 100%, O=x", "*", Operation.READ, PermissionType.ALLOW));
        assertTrue(cluster.done(cluster.node(1).store.createAcls(List.of(rule))).getFirst().isDone());
        QuotaEntity pair = new QuotaEntity(new QuotaEntity.Name("CN=alice 100%, O=x\nquota"), QuotaEntity.DEFAULT, null);
        QuotaAlteration bound = new QuotaAlteration(pair, Map.of("producer_byte_rate", 1024.0, "request_percentage", 12.5));
        QuotaAlteration address = new QuotaAlteration(new QuotaEntity(null, null, new QuotaEntity.Name("10.0.0.1")), Map.of("connection_creation_rate", 3.0));
        assertTrue(cluster.done(cluster.node(1).store.alterQuotas(List.of(bound, address), false)).getFirst().isDone());
        assertFalse(cluster.done(cluster.node(1).store.alterQuotas(List.of(new QuotaAlteration(pair, Map.of("no_rate", 1.0))), false)).getFirst().isDone());
        cluster.advance(1);
        assertEquals(ClientQuotas.NONE.with(bound).with(address), cluster.node(2).image().quotas());
        assertEquals(Map.of("log.retention.ms", "1234"), cluster.node(2).image().brokerConfigs(-1));
        assertEquals(Set.of(rule), cluster.node(2).image().acls().bindings());
    }

    @Test
    void usersAreSharedByAllAndTheirNamesMayHoldAnything() {
        StoreCluster cluster = StoreCluster.of(2);
        ScramCredential first = ScramCredential.ofPassword(ScramHash.SHA_256, "of alice", new byte[] {1, 2, 3}, 4096);
        ScramCredential second = ScramCredential.ofPassword(ScramHash.SHA_512, "of alice", new byte[] {4, 5}, 8192);
        String odd = " alice\nscram 100% \\ ";
        assertTrue(cluster.done(cluster.node(1).store.alterUsers(List.of(
                new UserAlteration(odd, Map.of(ScramHash.SHA_256, first, ScramHash.SHA_512, second), Set.of()),
                new UserAlteration("bob", Map.of(ScramHash.SHA_256, first), Set.of())))).stream().allMatch(Result::isDone));
        assertTrue(cluster.done(cluster.node(2).store.alterUsers(List.of(new UserAlteration("bob", Map.of(), Set.of(ScramHash.SHA_256))))).getFirst().isDone());
        assertFalse(
                cluster.done(cluster.node(2).store.alterUsers(List.of(new UserAlteration("bob", Map.of(), Set.of(ScramHash.SHA_256))))).getFirst().isDone());
        cluster.advance(1);
        for (int id = 1; id <= 2; id++) {
            assertEquals(Map.of(odd, Map.of(ScramHash.SHA_256, first, ScramHash.SHA_512, second)), cluster.node(id).image().scramUsers().byName());
        }
    }

    @Test
    void logsAndEntriesOfADeletedTopicGoAfterAWhile() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.create(1, "orders", 2);
        cluster.done(cluster.node(2).store.deleteTopics(List.of(TopicSelector.byName("orders"))));
        cluster.advance(90_000);
        assertTrue(
                cluster.objects.objects().stream().filter(object -> object.name().startsWith("sets/")).noneMatch(object -> object.text().contains("topic 0")));
        for (int id = 1; id <= 2; id++) {
            assertTrue(cluster.node(id).changes.stream().anyMatch(change -> change.basis() == ImageChange.Basis.ASKED && change.hidden().isEmpty()));
        }
    }

    @Test
    void whatIsAskedForIsWhatIsStoredAndNotWhatTheWatchHasShown() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.create(1, "orders", 2);
        cluster.advance(10);
        assertEquals(Map.of("orders", 2), cluster.done(cluster.node(2).store.partitionCounts()));
        ObjectStore hand = cluster.objects.client();
        var topic = cluster.done(hand.get("topics/orders"));
        String text = topic.text();
        long damaged = ((ObjectStore.Outcome.Written) cluster.done(hand.put(topic.name(), topic.version(), "no topic"))).version();
        assertThrows(CompletionException.class, () -> cluster.done(cluster.node(2).store.partitionCounts()), "one of them cannot be read: it may be any");
        long repaired = ((ObjectStore.Outcome.Written) cluster.done(hand.put(topic.name(), damaged, text))).version();
        assertEquals(Map.of("orders", 2), cluster.done(cluster.node(2).store.partitionCounts()));
        cluster.done(hand.delete("topics/orders", repaired));
        assertEquals(Map.of(), cluster.done(cluster.node(2).store.partitionCounts()));
    }

    @Test
    void aSetThatSomebodyHasEditedIsNotActedOnUntilItIsRepaired() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.create(1, new NewTopic("orders", 2, 2, null, Map.of("min.insync.replicas", "1")));
        cluster.catchUp("orders");
        cluster.advance(3_000);
        ObjectStore hand = cluster.objects.client();
        var set = cluster.done(hand.get("sets/2-0"));
        cluster.done(hand.put(set.name(), set.version(), set.text().replace("epoch 1", "epoch 7")));
        cluster.kill(2);
        cluster.advance(Membership.TTL_MILLIS + 3_000);
        var damaged = cluster.done(hand.get("sets/2-0"));
        assertTrue(damaged.text().contains("epoch 7"), "nobody writes over it");
        cluster.done(hand.put(set.name(), damaged.version(), set.text()));
        cluster.advance(3_000);
        assertEquals(List.of(1), leaders(cluster, "orders"));
    }

    @Test
    void aRegistrationThatWasLostIsMadeAnew() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.node(1).road.isAway = true;
        cluster.advance(Membership.TTL_MILLIS + 3_000);
        assertEquals(List.of(2), cluster.node(2).image().brokers().stream().map(broker -> broker.id()).toList());
        cluster.node(1).road.isAway = false;
        cluster.advance(20_000);
        assertEquals(List.of(1, 2), cluster.node(2).image().brokers().stream().map(broker -> broker.id()).toList());
        assertEquals(List.of(1, 2), cluster.node(1).image().brokers().stream().map(broker -> broker.id()).toList());
    }

    @Test
    void aBrokerThatStandsStillIsNotRenewed() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.node(1).standstill = "its disk hangs";
        cluster.advance(Membership.TTL_MILLIS + 3_000);
        assertEquals(List.of(2), cluster.node(2).image().brokers().stream().map(broker -> broker.id()).toList());
    }

    @Test
    void whoIsElectedByOthersForALogThatItHasLostLeavesItToTheRest() {
        electedForALostLog(List.of(1, 2), Set.of(1));
    }

    @Test
    void andWhereNobodyElseIsInSyncNobodyLeads() {
        electedForALostLog(List.of(2), Set.of(2));
    }

    private static void electedForALostLog(List<Integer> inSync, Set<Integer> expected) {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 1);
        cluster.catchUp("orders");
        PartitionState now = cluster.node(1).state("orders", 0);
        PartitionState elected = new PartitionState(now.replicas(), cluster.node(2).process(), now.epoch() + 1, now.version() + 1,
                inSync.stream().map(id -> id == 2 ? new InSyncReplica(2, "lost") : now.member(id)).toList(), now.minInSync(), 0);
        for (ObjectStore.Stored object : cluster.objects.objects()) {
            if (object.name().startsWith("sets/")) {
                cluster.done(cluster.objects.client().put(object.name(), object.version(),
                        ObjectText.join(PartitionSetText.write(PartitionSet.EMPTY.with(cluster.node(1).key("orders", 0), elected)))));
            }
        }
        cluster.advance(3_000);
        PartitionState after = cluster.node(1).state("orders", 0);
        assertEquals(expected, Set.copyOf(after.isr().stream().map(InSyncReplica::broker).toList()));
        assertEquals(inSync.size() > 1 ? cluster.node(1).process() : null, after.leader());
    }

    private static Set<PartitionKey> keys(StoreCluster cluster, String topic) {
        Set<PartitionKey> keys = new HashSet<>();
        for (int index = 0; index < cluster.node(1).image().topic(topic).partitions().size(); index++) {
            keys.add(cluster.node(1).key(topic, index));
        }
        return keys;
    }

    @Test
    void whoCanWriteNothingLeavesItsLeadershipsToThoseInSyncThatCan() {
        // Given
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 6);
        cluster.catchUp("orders");
        long writes = cluster.objects.writes();
        // When
        cluster.node(2).store.hindered(new Hindrances(Set.of(), keys(cluster, "orders"), Set.of()));
        cluster.advance(500);
        // Then
        for (int index = 0; index < 6; index++) {
            assertEquals(Set.of(1, 3), Set.copyOf(cluster.node(1).partition("orders", index).inSyncReplicas()));
            assertTrue(cluster.node(1).partition("orders", index).leader() != 2);
        }
        assertEquals(4, cluster.objects.writes() - writes, "one for each set, and its registration");
        // And it is not given them back, nor taken in, before it has room
        cluster.advance(20_000);
        assertEquals(List.of(1, 3), leaders(cluster, "orders"));
        cluster.node(2).store.hindered(Hindrances.NONE);
        cluster.catchUp("orders");
        cluster.advance(20_000);
        assertEquals(List.of(1, 2, 3), leaders(cluster, "orders"));
    }

    @Test
    void whoIsShortOfSpaceLeadsNothingAndStaysInSync() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 6);
        cluster.catchUp("orders");
        cluster.node(2).store.hindered(new Hindrances(keys(cluster, "orders"), Set.of(), Set.of()));
        cluster.advance(20_000);
        for (int index = 0; index < 6; index++) {
            assertEquals(Set.of(1, 2, 3), Set.copyOf(cluster.node(1).partition("orders", index).inSyncReplicas()));
        }
        assertEquals(List.of(1, 3), leaders(cluster, "orders"));
    }

    @Test
    void whoCanWriteNothingStaysInSyncWhereTheMinimumNeedsIt() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, new NewTopic("orders", 3, 2, null, Map.of("min.insync.replicas", "2")));
        cluster.catchUp("orders");
        cluster.node(2).store.hindered(new Hindrances(Set.of(), keys(cluster, "orders"), Set.of()));
        cluster.advance(20_000);
        for (int index = 0; index < 3; index++) {
            assertEquals(2, cluster.node(1).partition("orders", index).inSyncReplicas().size());
            assertTrue(cluster.node(1).partition("orders", index).leader() != 2);
        }
    }

    @Test
    void whereAllAreShortOfSpaceEverythingStaysAsItIs() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 3);
        cluster.create(1, new NewTopic("alone", 3, 1, null, Map.of()));
        cluster.catchUp("orders");
        for (int id = 1; id <= 3; id++) {
            cluster.node(id).store.hindered(new Hindrances(keys(cluster, "orders"), keys(cluster, "alone"), Set.of()));
        }
        cluster.advance(1_000);
        long writes = cluster.objects.writes();
        List<Integer> before = leaders(cluster, "orders");
        cluster.advance(20_000);
        assertEquals(writes, cluster.objects.writes());
        assertEquals(before, leaders(cluster, "orders"));
        assertEquals(List.of(1, 2, 3), leaders(cluster, "alone"));
    }

    @Test
    void whatADefectHasEndedIsLedByAnotherReplica() {
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 3);
        cluster.catchUp("orders");
        int index = 0;
        int broken = cluster.node(1).partition("orders", index).leader();
        cluster.node(broken).store.hindered(new Hindrances(Set.of(), Set.of(), Set.of(cluster.node(1).key("orders", index))));
        cluster.advance(500);
        assertTrue(cluster.node(1).partition("orders", index).leader() != broken);
        assertFalse(cluster.node(1).partition("orders", index).inSyncReplicas().contains(broken), "its log is loaded anew first");
        for (int other = 1; other < 3; other++) {
            assertEquals(3, cluster.node(1).partition("orders", other).inSyncReplicas().size());
        }
    }

    @Test
    void brokersLeadNothingAndAreToEndWhenTheirStoreIsReplacedByAnOlderCopy() {
        endWhenRestored(0);
    }

    @Test
    void theyNoticeItAlsoWhereVersionsGoOnFromALaterOne() {
        endWhenRestored(1_000_000_000);
    }

    private static void endWhenRestored(long versionsMore) {
        // Given
        StoreCluster cluster = StoreCluster.of(3);
        cluster.create(1, "orders", 3);
        cluster.catchUp("orders");
        MemoryObjectStore.Copy copy = cluster.objects.copy();
        cluster.kill(2);
        cluster.advance(10_000);
        cluster.start(2);
        cluster.advance(20_000);
        cluster.create(3, "users", 1);
        // When
        cluster.objects.restore(copy, copy.version() + versionsMore);
        cluster.advance(5_000);
        long writes = cluster.objects.writes();
        cluster.advance(10_000);
        // Then
        for (int id = 1; id <= 3; id++) {
            String sentence = cluster.node(id).store.mustEnd().toCompletableFuture().getNow("nothing");
            assertTrue(sentence.startsWith("The store of the cluster's objects has gone back: it has version "), sentence);
        }
        assertEquals(writes, cluster.objects.writes());
        // And when they are started again
        for (int id = 1; id <= 3; id++) {
            cluster.kill(id);
        }
        for (int id = 1; id <= 3; id++) {
            cluster.start(id).epochOfLogs = 7;
        }
        cluster.advance(10_000);
        for (int index = 0; index < 3; index++) {
            int leader = cluster.node(1).partition("orders", index).leader();
            assertEquals(cluster.node(leader).process(), cluster.node(1).state("orders", index).leader());
            assertEquals(8, cluster.node(1).partition("orders", index).leaderEpoch(), "no epoch is used twice");
        }
    }

    @Test
    void aSecondProcessOfABrokerThatLivesIsRefused() {
        // Given
        StoreCluster cluster = StoreCluster.of(2);
        cluster.create(1, new NewTopic("orders", 2, 1, null, Map.of()));
        StoreCluster.Node former = cluster.node(1);
        List<Integer> led = leaders(cluster, "orders");
        // When
        cluster.loseDisk(1);
        StoreCluster.Node later = cluster.start(1);
        cluster.advance(5_000);
        assertFalse(later.started.isDone(), "the first may be dead, so far");
        cluster.advance(15_000);
        // Then
        String sentence = refusal(later);
        assertTrue(sentence.startsWith("Another process is broker 1, and lives: process " + former.process().process() + " at host1:9092, since 20"), sentence);
        assertFalse(former.store.mustEnd().toCompletableFuture().isDone());
        cluster.go(former);
        assertEquals(led, leaders(cluster, "orders"));
        assertEquals(former.process().process(), registered(cluster, 1));
    }

    private static String refusal(StoreCluster.Node node) {
        assertTrue(node.started.isCompletedExceptionally());
        return node.started.exceptionNow().getMessage();
    }

    private static String registered(StoreCluster cluster, int broker) {
        return cluster.objects.objects().stream().filter(object -> object.name().equals("brokers/" + broker)).findFirst().orElseThrow().text().lines()
                .filter(line -> line.startsWith("process ")).findFirst().orElseThrow().substring(8);
    }

    @Test
    void aBrokerOnItsLogsReplacesItsFormerProcessAtOnce() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.kill(1);
        StoreCluster.Node later = cluster.start(1);
        cluster.advance(10);
        assertTrue(later.started.isDone());
        assertEquals(later.process().process(), registered(cluster, 1));
    }

    @Test
    void aBrokerOnAnotherDiskWaitsUntilTheRegistrationOfTheOneBeforeHasRunOut() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.kill(1);
        cluster.loseDisk(1);
        StoreCluster.Node later = cluster.start(1);
        cluster.advance(Membership.TTL_MILLIS - 1_000);
        assertFalse(later.started.isDone());
        cluster.advance(2_500);
        assertTrue(later.started.isDone() && !later.started.isCompletedExceptionally());
        assertEquals(later.process().process(), registered(cluster, 1));
    }

    @Test
    void whoWaitsForABrokerIsNotRefusedBecauseTheStoreWasAway() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.kill(1);
        cluster.loseDisk(1);
        StoreCluster.Node later = cluster.start(1);
        cluster.advance(1_000);
        later.road.isAway = true;
        cluster.advance(30_000);
        later.road.isAway = false;
        cluster.advance(12_000);
        assertTrue(later.started.isDone() && !later.started.isCompletedExceptionally());
    }

    @Test
    void whoFindsItsPlaceTakenLeadsNothingAndIsToEnd() {
        // Given: a process that hung, and another one that came meanwhile
        StoreCluster cluster = StoreCluster.of(2);
        cluster.create(1, new NewTopic("orders", 2, 1, null, Map.of()));
        StoreCluster.Node former = cluster.node(1);
        former.road.isAway = true;
        cluster.loseDisk(1);
        StoreCluster.Node later = cluster.start(1);
        cluster.advance(10_000);
        assertTrue(later.started.isDone() && !later.started.isCompletedExceptionally());
        // When
        former.road.isAway = false;
        cluster.advance(15_000);
        // Then
        String sentence = former.store.mustEnd().toCompletableFuture().getNow("nothing");
        assertTrue(sentence.startsWith("Another process has become broker 1: process " + later.process().process() + " at host1:9092, since "), sentence);
        assertEquals(later.process().process(), registered(cluster, 1));
        cluster.done(former.store.close());
        assertEquals(later.process().process(), registered(cluster, 1), "the place that it leaves is not its own");
    }

    @Test
    void ofTwoProcessesOnCopiesOfTheSameLogsTheLaterOneLeadsAndTheOtherIsToEnd() {
        StoreCluster cluster = StoreCluster.of(2);
        cluster.create(1, new NewTopic("orders", 2, 1, null, Map.of()));
        StoreCluster.Node former = cluster.node(1);
        StoreCluster.Node later = cluster.start(1);
        cluster.advance(5_000);
        for (int index = 0; index < 2; index++) {
            var leader = cluster.node(2).state("orders", index).leader();
            assertTrue(leader.broker() == 2 || leader.equals(later.process()));
            assertFalse(leader.equals(former.process()));
        }
        assertTrue(former.store.mustEnd().toCompletableFuture().isDone());
        assertFalse(later.store.mustEnd().toCompletableFuture().isDone());
    }
}
