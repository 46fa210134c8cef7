package io.partita.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.TopicImage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ObjectMetadataStoreTest {

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
        cluster.advance(2_000);
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
        cluster.advance(2_000);
        assertTrue(cluster.node(1).partition("orders", 0).stored().state().leader() != cluster.node(1).process());
    }

    @Test
    void whereUncleanElectionsAreAllowedItGoesOnWithoutThatDisk() {
        StoreCluster cluster = StoreCluster.of(1);
        cluster.create(1, new NewTopic("orders", 1, 1, null, Map.of("unclean.leader.election.enable", "true")));
        cluster.kill(1);
        cluster.loseDisk(1);
        cluster.start(1);
        cluster.advance(2_000);
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
        cluster.done(cluster.node(2).store.deleteTopics(List.of(io.partita.broker.metadata.TopicSelector.byName("orders"))));
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
}
