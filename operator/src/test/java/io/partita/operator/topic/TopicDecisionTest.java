package io.partita.operator.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.Spreading;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.Conditions;
import io.partita.crds.PartitionStatus;
import io.partita.crds.PartitionStatus.InSyncReplica;
import io.partita.crds.PartitionStatus.Leader;
import io.partita.crds.Placed;
import io.partita.crds.Topic;
import io.partita.crds.TopicStatus;
import io.partita.operator.SeenSets;
import io.partita.operator.topic.TopicDecision.Decided;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TopicDecisionTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Topic topic = topic("web_log");
    private Cluster cluster = cluster(2);

    private static final UUID ID = new UUID(0, 1);

    private final Map<PartitionKey, PartitionState> states = new TreeMap<>();

    @Test
    void partitionsArePlacedAndSettingsTakenOver() {
        // Given
        topic.getSpec().partitions = 2;
        topic.getSpec().config.put("retention.ms", " 1000 ");
        // When
        TopicStatus status = decide();
        // Then
        assertEquals(List.of("0-0 0", "1-0 1"), status.places);
        assertEquals(List.of(PartitionStatus.placed(0, List.of(0)), PartitionStatus.placed(1, List.of(1))), status.partitions);
        assertEquals(Map.of("retention.ms", "1000"), status.config);
        assertEquals("web_log", status.topicName);
        assertEquals(ID.toString(), status.topicId);
        assertEquals("NoLeader", reason(status));
        assertNull(status.stored);
    }

    @Test
    void replicasAreOnDistinctBrokers() {
        topic.getSpec().replicas = null;
        assertEquals(List.of("0-0 0,1"), decide().places);
        // Before all brokers know of them
        cluster.getStatus().level = null;
        assertEquals("WaitingForBrokers", reason(decide()));
    }

    @Test
    void withLeadersItIsReady() {
        // Given
        topic.setStatus(decide());
        store(0, led(0, 1));
        // When
        TopicStatus status = decide();
        // Then
        assertTrue(Conditions.isTrue(status.conditions, TopicStatus.READY));
        assertEquals(1, status.leaders);
        assertEquals(0, status.underReplicated);
        assertEquals(1, status.stored);
        assertEquals(List.of(new PartitionStatus(0, new Leader(0, "p"), 1, 1, List.of(0), List.of(new InSyncReplica(0, "i")))), status.partitions);
    }

    @Test
    void whetherProducersAreRefusedIsTold() {
        // Given
        topic.setStatus(decide());
        assertFalse(refuses("Accepted"));
        store(0, led(0, 1));
        topic.setStatus(decide());
        assertFalse(refuses("Accepted"));
        // When the leader's disk is full
        BrokerStatus broker = cluster.getStatus().brokers.getFirst();
        cluster.getStatus().brokers.set(0, new BrokerStatus(0, broker.pod(), broker.node(), broker.zone(), true, 1, null, null, true));
        topic.setStatus(decide());
        assertTrue(refuses("DisksShort"));
        // When too few are in sync
        cluster.getStatus().brokers.set(0, broker);
        PartitionState led = led(0, 1);
        store(0, new PartitionState(List.of(0, 1), led.leader(), led.epoch(), led.version(), led.isr(), 2, led.uncleanEpoch()));
        topic.setStatus(decide());
        assertTrue(refuses("BelowMinInSync"));
        // When that is over
        store(0, led);
        topic.setStatus(decide());
        assertFalse(refuses("Accepted"));
    }

    private boolean refuses(String reason) {
        Condition told = Conditions.find(topic.getStatus().conditions, Conditions.WRITES_REFUSED);
        assertEquals(reason, told.getReason());
        return "True".equals(told.getStatus());
    }

    @Test
    void placesThatSomebodyTookAwayAreRestored() {
        // Given
        topic.getSpec().partitions = 2;
        topic.setStatus(decide());
        List<String> whole = topic.getStatus().places;
        store(0, led(0, 1));
        store(1, led(1, 1));
        topic.setStatus(decide());
        // When
        topic.getStatus().places = whole.subList(0, 1);
        topic.getStatus().partitions = List.of();
        // Then
        assertEquals(whole, decide().places);
        assertEquals(2, decide().leaders);
        // When all of the status is gone
        topic.setStatus(null);
        // Then
        assertEquals(whole, decide().places);
        assertEquals(2, decide().stored);
    }

    @Test
    void whatWasStoredAndIsGoneIsNotMadeFromNothing() {
        // Given
        topic.setStatus(decide());
        store(0, led(0, 1));
        topic.setStatus(decide());
        // When
        states.clear();
        // Then, however often it is looked at
        for (int look = 0; look < 2; look++) {
            topic.setStatus(decide());
            assertEquals("LostState", reason(topic.getStatus()));
            assertTrue(Conditions.find(topic.getStatus().conditions, TopicStatus.READY).getMessage().contains("PartitionSet main-0-0"));
        }
        // When it is put back
        store(0, led(0, 1));
        // Then
        assertEquals("Served", reason(decide()));
    }

    @Test
    void partitionsOfAnEarlierReleaseAreTakenOverWithWhoHasTheRecords() {
        // Given
        topic.getSpec().partitions = 3;
        TopicStatus earlier = new TopicStatus();
        earlier.topicId = ID.toString();
        earlier.partitions = List.of(new PartitionStatus(0, new Leader(1, "p"), 4, 9, List.of(1), List.of(new InSyncReplica(1, "i"))),
                new PartitionStatus(1, null, 2, 3, List.of(0), List.of(new InSyncReplica(0, ""))), PartitionStatus.placed(2, List.of(1)));
        topic.setStatus(earlier);
        // When
        TopicStatus first = decide();
        // Then
        assertEquals(List.of("1-0 1", "0-0 0", "1-0 1"), first.places);
        assertEquals(true, first.adopting);
        assertTrue(decided().writes().isEmpty());
        // When
        topic.setStatus(first);
        decided().writes().forEach((partition, write) -> store(partition, write.apply(null)));
        // Then
        assertEquals(new PartitionState(List.of(1), new BrokerProcess(1, "p"), 4, 9, List.of(new io.partita.broker.control.InSyncReplica(1, "i")), 1, 0),
                states.get(new PartitionKey(ID, 0)));
        assertTrue(states.get(new PartitionKey(ID, 1)).member(0).isAnyLog());
        assertTrue(states.get(new PartitionKey(ID, 2)).isUntouched());
        assertNull(decide().adopting);
        assertEquals(earlier.partitions, decide().partitions);
    }

    @Test
    void aBadSettingKeepsTheGoodOnesInForce() {
        // Given
        topic.getSpec().config.put("retention.ms", "1000");
        topic.setStatus(decide());
        topic.getSpec().config.put("retention.ms", "soon");
        topic.getSpec().partitions = 5;
        topic.getMetadata().setGeneration(2L);
        // When
        TopicStatus status = decide();
        // Then
        assertEquals("InvalidConfig", reason(status));
        assertEquals(Map.of("retention.ms", "1000"), status.config);
        assertEquals(1, status.places.size());
    }

    @Test
    void aClusterWithoutBrokersIsWaitedFor() {
        // Given
        cluster.setStatus(null);
        // Then
        assertEquals("WaitingForBrokers", reason(decide()));
    }

    @Test
    void theLastBrokersOfANewClusterAreWaitedForAWhile() {
        // Given
        BrokerStatus last = cluster.getStatus().brokers.get(1);
        cluster.getStatus().brokers.set(1, new BrokerStatus(1, last.pod(), null, null, false, 0));
        cluster.getStatus().conditions = Conditions.with(List.of(), ClusterStatus.READY, false, "BrokersNotReady", "", 1L, NOW);
        topic.getSpec().partitions = 2;
        // Then
        assertEquals("WaitingForBrokers", reason(decide()));
        // When one of two does not come: not all is to be on the other for that, so it is waited for longer
        cluster.getStatus().conditions = Conditions.with(List.of(), ClusterStatus.READY, false, "BrokersNotReady", "", 1L, NOW.minusSeconds(121));
        assertEquals("WaitingForBrokers", reason(decide()));
        cluster.getStatus().conditions = Conditions.with(List.of(), ClusterStatus.READY, false, "BrokersNotReady", "", 1L, NOW.minusSeconds(901));
        // Then
        assertEquals(List.of("0-0 0", "0-0 0"), decide().places);
    }

    @Test
    void whereMostBrokersAreThereTheOthersAreNotWaitedForLong() {
        cluster.getSpec().brokers = 3;
        cluster.getStatus().brokers.add(new BrokerStatus(2, "c-2", null, null, false, 0));
        topic.getSpec().partitions = 2;
        cluster.getStatus().conditions = Conditions.with(List.of(), ClusterStatus.READY, false, "BrokersNotReady", "", 1L, NOW.minusSeconds(119));
        assertEquals("WaitingForBrokers", reason(decide()));
        cluster.getStatus().conditions = Conditions.with(List.of(), ClusterStatus.READY, false, "BrokersNotReady", "", 1L, NOW.minusSeconds(121));
        assertEquals(2, decide().partitions.size());
    }

    @Test
    void brokersThatAreToLeaveTakeNothing() {
        // Given
        cluster.getSpec().brokers = 1;
        topic.getSpec().partitions = 3;
        // Then
        assertEquals(List.of("0-0 0", "0-0 0", "0-0 0"), decide().places);
    }

    @Test
    void aStatusOfAnotherObjectIsNotTakenOver() {
        // Given
        topic.setStatus(decide());
        topic.getStatus().topicId = "u-before";
        topic.getStatus().places = List.of("1-0 1");
        topic.getStatus().partitions = List.of(new PartitionStatus(0, new Leader(1, "p"), 7, 7, List.of(1), List.of(new InSyncReplica(1, "i"))));
        // When
        TopicStatus status = decide();
        // Then
        assertEquals(List.of("0-0 0"), status.places);
        assertEquals(0, status.partitions.getFirst().leaderEpoch());
        assertEquals(ID.toString(), status.topicId);
    }

    @Test
    void aTopicThatOutlivedItsClusterBeginsAnewUnlessTheNewOneTookItsDataOver() {
        // Given
        cluster.getStatus().clusterId = "first";
        topic.setStatus(decide());
        PartitionState led = led(0, 7);
        store(0, led);
        topic.setStatus(decide());
        // When the next Cluster is not made yet, or is the same as before
        cluster.getStatus().clusterId = null;
        assertTrue(decided().writes().isEmpty());
        assertEquals("first", decide().clusterId);
        cluster.getStatus().clusterId = "first";
        assertTrue(decided().writes().isEmpty());
        // When it is another one
        cluster.getStatus().clusterId = "second";
        Decided decided = decided();
        // Then no log is asked for any more, and no epoch is used again
        PartitionState anew = decided.writes().get(0).apply(led);
        assertTrue(anew.member(0).isAnyLog());
        assertEquals(7, anew.epoch());
        assertEquals("second", decided.status().clusterId);
        // And not once more what has begun since
        assertEquals(led(0, 8), decided.writes().get(0).apply(led(0, 8)));
        // When the sets went with the Cluster
        states.clear();
        assertEquals(7, decided().writes().get(0).apply(null).epoch());
    }

    @Test
    void partitionsOfABrokerThatIsGivenUpBeginAnewOnOthers() {
        // Given
        topic.getSpec().partitions = 2;
        topic.setStatus(decide());
        store(0, led(0, 3));
        store(1, led(1, 5));
        topic.setStatus(decide());
        cluster.getSpec().brokers = 1;
        assertTrue(decided().writes().isEmpty());
        // When
        cluster.getMetadata().setAnnotations(Map.of(Cluster.GIVE_UP_BROKERS, "1"));
        // Then
        assertEquals(Set.of(1), decided().writes().keySet());
        assertEquals(led(1, 5).begunAnew(List.of(0)), decided().writes().get(1).apply(led(1, 5)));
    }

    @Test
    void whatIsUnderWayCountsAsPlaced() {
        // Given
        PlacementBook book = new PlacementBook();
        Topic other = topic("other");
        other.getMetadata().setUid(new UUID(0, 2).toString());
        // When
        var first = book.place(topic, cluster, List.of(), List.of(topic, other));
        var second = book.place(other, cluster, List.of(), List.of(topic, other));
        // Then
        assertFalse(first.equals(second), () -> first + " and " + second);
        assertEquals(Map.of(0, 1, 1, 1), book.load(List.of(topic, other)));
        book.forget(other);
        assertEquals(1, book.load(List.of(topic, other)).size());
    }

    private static PartitionState led(List<Integer> brokers) {
        return new PartitionState(brokers, new BrokerProcess(brokers.getFirst(), "p"), 1, 1,
                brokers.stream().map(broker -> new io.partita.broker.control.InSyncReplica(broker, "i")).toList(), 1, 0);
    }

    /** What partitions are to be on after what is decided now, by partition. */
    private Map<Integer, List<Integer>> wished() {
        Map<Integer, List<Integer>> wished = new TreeMap<>();
        decided().writes().forEach(
                (partition, write) -> wished.put(partition, Spreading.wished(write.apply(states.get(new PartitionKey(ID, partition))))));
        return wished;
    }

    /** Partitions that are stored and led, in a cluster that can move them. */
    private void placed(List<List<Integer>> replicas) {
        states.clear();
        topic.getSpec().partitions = replicas.size();
        cluster.getStatus().level = ClusterStatus.LEVEL_MOVES;
        for (int i = 0; i < replicas.size(); i++) {
            store(i, led(replicas.get(i)));
        }
        TopicStatus status = new TopicStatus();
        status.topicId = ID.toString();
        status.topicName = "web_log";
        status.stored = replicas.size();
        for (List<Integer> on : replicas) {
            status.places.add(new Placed(on.getFirst() + "-0", on).text());
            status.partitions.add(PartitionStatus.placed(status.partitions.size(), on));
        }
        topic.setStatus(status);
    }

    @Test
    void anotherNumberOfReplicasIsWishedForAndTakenUpByBrokers() {
        cluster = cluster(3);
        placed(List.of(List.of(0), List.of(1)));
        topic.getSpec().replicas = 3;
        assertEquals(Map.of(0, List.of(0, 1, 2), 1, List.of(1, 0, 2)), sortedBehindFirst(wished()));

        placed(List.of(List.of(0, 1, 2), List.of(1, 2, 0)));
        topic.getSpec().replicas = 2;
        assertEquals(Map.of(0, List.of(0, 1), 1, List.of(1, 2)), wished());

        topic.getSpec().replicas = null;
        assertEquals(Map.of(), wished(), "nobody says how many");
    }

    @Test
    void nothingMovesWhileABrokerCannotReadMoves() {
        cluster = cluster(3);
        placed(List.of(List.of(0)));
        topic.getSpec().replicas = 2;
        cluster.getStatus().level = ClusterStatus.LEVEL_SETS;
        assertEquals(Map.of(), wished());
    }

    @Test
    void whatIsOnBrokersThatAreToGoMovesToThoseThatStay() {
        cluster = cluster(4);
        placed(List.of(List.of(3, 1), List.of(0, 1), List.of(2, 3)));
        topic.getSpec().replicas = 2;
        cluster.getSpec().brokers = 3;
        Map<Integer, List<Integer>> wished = wished();
        assertEquals(Set.of(0, 2), wished.keySet());
        assertTrue(wished.values().stream().allMatch(brokers -> brokers.size() == 2 && !brokers.contains(3)), wished.toString());

        placed(List.of(List.of(3, 1, 2, 0)));
        topic.getSpec().replicas = null;
        assertEquals(Map.of(), wished(), "there is no place for four replicas on three brokers");
    }

    private static Map<Integer, List<Integer>> sortedBehindFirst(Map<Integer, List<Integer>> wished) {
        Map<Integer, List<Integer>> sorted = new TreeMap<>();
        wished.forEach((partition, brokers) -> {
            List<Integer> rest = brokers.subList(1, brokers.size()).stream().sorted().toList();
            sorted.put(partition, Stream.concat(Stream.of(brokers.getFirst()), rest.stream()).toList());
        });
        return sorted;
    }

    private static PartitionState led(int broker, int epoch) {
        return new PartitionState(List.of(broker), new BrokerProcess(broker, "p"), epoch, epoch,
                List.of(new io.partita.broker.control.InSyncReplica(broker, "i")), 1, 0);
    }

    private void store(int partition, PartitionState state) {
        states.put(new PartitionKey(ID, partition), state);
    }

    private TopicStatus decide() {
        return decided().status();
    }

    private Decided decided() {
        PlacementBook book = new PlacementBook();
        // Each in the set of the broker it was placed on.
        Map<String, PartitionSet> sets = new HashMap<>();
        states.forEach(
                (key, state) -> sets.merge(state.replicas().getFirst() + "-0", PartitionSet.EMPTY.with(key, state), (one, other) -> one.with(key, state)));
        return TopicDecision.decide(topic, cluster, List.of(topic), new SeenSets(sets, Map.of()), new Places() {
            @Override
            public List<Placed> grown(List<Placed> present) {
                List<Placed> placed = book.place(topic, cluster, present, List.of());
                boolean isMirrored = present.isEmpty() && cluster.getSpec().brokers == 2 && placed.getFirst().replicas().getFirst() == 1;
                return isMirrored ? placed.stream().map(TopicDecisionTest::mirrored).toList() : placed;
            }

            @Override
            public List<Placed> kept(List<List<Integer>> replicas) {
                return book.keep(topic, replicas, List.of());
            }
        }, NOW);
    }

    /** The first broker is the first to get something here. */
    private static Placed mirrored(Placed place) {
        List<Integer> replicas = place.replicas().stream().map(broker -> 1 - broker).toList();
        return new Placed(replicas.getFirst() + "-0", replicas);
    }

    private static String reason(TopicStatus status) {
        return Conditions.find(status.conditions, TopicStatus.READY).getReason();
    }

    private static Topic topic(String kafkaName) {
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName("web-log").withNamespace("shop").withUid(ID.toString()).withGeneration(1L).build());
        topic.getSpec().cluster = "main";
        topic.getSpec().topicName = kafkaName;
        topic.getSpec().replicas = 1;
        return topic;
    }

    private static Cluster cluster(int brokers) {
        Cluster cluster = new Cluster();
        cluster.setMetadata(new ObjectMetaBuilder().withName("main").withNamespace("shop").withUid("u-1").build());
        cluster.getSpec().brokers = brokers;
        cluster.setStatus(new ClusterStatus());
        cluster.getStatus().level = ClusterStatus.LEVEL_SETS;
        for (int id = 0; id < brokers; id++) {
            cluster.getStatus().brokers.add(new BrokerStatus(id, "main-" + id, "node" + id, null, true, 0));
        }
        return cluster;
    }
}
