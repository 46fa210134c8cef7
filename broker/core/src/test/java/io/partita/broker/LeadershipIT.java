package io.partita.broker;

import static io.partita.broker.Requests.batch;
import static io.partita.broker.Requests.error;
import static io.partita.broker.Requests.fetch;
import static io.partita.broker.Requests.produce;
import static io.partita.broker.Requests.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionState;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.log.LogId;
import io.partita.broker.log.StrayLog;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ImageChange.Basis;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.ScriptedMetadata;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeGroupsRequest;
import io.partita.broker.protocol.message.DescribeGroupsResponse;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.protocol.message.ListOffsetsResponse;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.DescribeClusterRequest;
import io.partita.broker.protocol.message.DescribeClusterResponse;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two brokers that are told who leads what: they serve what they lead, in the epoch they lead it in, and point to the other for the rest. */
class LeadershipIT {

    private static final UUID ID = new UUID(0x4000, 1);
    private static final int WAIT = 60_000;

    private final ScriptedMetadata metadata = new ScriptedMetadata(ClusterImage.empty("cluster"));
    private final List<Broker> brokers = new ArrayList<>();
    private final List<MemoryDisk> disks = new ArrayList<>();

    @BeforeEach
    void startTwo() {
        List<BrokerImage> images = new ArrayList<>();
        for (int id = 0; id < 2; id++) {
            disks.add(new MemoryDisk());
            Broker broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/data",
                    "node.id", Integer.toString(id), "cluster.id", "cluster")))
                    .withDisk(disks.getLast()).withMetadata(metadata::store));
            brokers.add(broker);
            images.add(new BrokerImage(id, List.of(new BrokerImage.Endpoint("PLAINTEXT", "127.0.0.1", broker.port())), "rack-" + id));
        }
        metadata.publish(Basis.FOLLOWED, images);
    }

    @AfterEach
    void stop() {
        brokers.forEach(Broker::close);
    }

    /** A partition on broker 0 alone, led by it in an epoch, or by nobody. */
    private static PartitionImage on0(int epoch, boolean led) {
        return new PartitionImage(led ? 0 : PartitionImage.NO_LEADER, epoch, epoch, List.of(0), List.of(0));
    }

    private static TopicImage topic(PartitionImage... partitions) {
        return new TopicImage("t", ID, Arrays.asList(partitions), Map.of());
    }

    private ProduceResponse produceTo(int broker, int version, String... values) throws IOException {
        try (RawClient client = new RawClient(brokers.get(broker).port())) {
            var request = produce("t", 0, -1, WAIT, batch(values));
            request.topicData.getFirst().topicId = ID;
            return client.call(ApiKey.PRODUCE, version, request, new ProduceResponse());
        }
    }

    @Test
    void clientsAreSentToNobodyWhoStops() throws Exception {
        // Given
        List<BrokerImage> serving = metadataOf(0);
        MetadataRequest all = new MetadataRequest();
        all.topics = null;
        List<BrokerImage> stopping = List.of(serving.getFirst().as(BrokerImage.Standing.STOPPING), serving.getLast());
        try (RawClient client = new RawClient(brokers.get(1).port())) {
            // When it leads something still
            metadata.publish(Basis.FOLLOWED, stopping, topic(on0(3, true)));
            // Then
            MetadataResponse led = client.call(ApiKey.METADATA, 12, all, new MetadataResponse());
            assertEquals(List.of(0, 1), led.brokers.stream().map(broker -> broker.nodeId).toList());
            assertEquals(1, led.controllerId);
            // When it has handed that over
            metadata.publish(Basis.FOLLOWED, stopping, topic(new PartitionImage(1, 4, 4, List.of(0, 1), List.of(1))));
            // Then
            MetadataResponse handedOver = client.call(ApiKey.METADATA, 12, all, new MetadataResponse());
            assertEquals(List.of(1), handedOver.brokers.stream().map(broker -> broker.nodeId).toList());
            assertEquals(List.of(1), client.call(ApiKey.DESCRIBE_CLUSTER, 1, new DescribeClusterRequest(), new DescribeClusterResponse()).brokers.stream()
                    .map(broker -> broker.brokerId).toList());
            // When all stop, and there is nobody else to go to
            metadata.publish(Basis.FOLLOWED, stopping.stream().map(broker -> broker.as(BrokerImage.Standing.STOPPING)).toList());
            // Then
            assertEquals(2, client.call(ApiKey.METADATA, 12, new MetadataRequest(), new MetadataResponse()).brokers.size());
            assertEquals(2, client.call(ApiKey.DESCRIBE_CLUSTER, 1, new DescribeClusterRequest(), new DescribeClusterResponse()).brokers.size());
        }
    }

    private List<BrokerImage> metadataOf(int broker) {
        return brokers.get(broker).image().brokers();
    }

    @Test
    void theOtherBrokerSaysWhoLeads() throws IOException {
        // Given
        metadata.publish(Basis.FOLLOWED, topic(on0(3, true)));
        // When
        for (int version : new int[] {9, 12, 13}) {
            ProduceResponse produced = produceTo(1, version, "a");
            // Then
            var answer = produced.responses.getFirst().partitionResponses.getFirst();
            assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, error(produced));
            if (version >= 10) {
                assertEquals(0, answer.currentLeader.leaderId);
                assertEquals(3, answer.currentLeader.leaderEpoch);
                assertEquals(brokers.getFirst().port(), produced.nodeEndpoints.getFirst().port);
                assertEquals("rack-0", produced.nodeEndpoints.getFirst().rack);
            }
        }
        try (RawClient client = new RawClient(brokers.get(1).port())) {
            for (int version : new int[] {11, 16}) {
                var request = fetch("t", 0, 0, WAIT, 1);
                request.topics.getFirst().topicId = ID;
                FetchResponse fetched = client.call(ApiKey.FETCH, version, request, new FetchResponse());
                assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, error(fetched));
                assertEquals(version >= 16 ? 1 : 0, fetched.nodeEndpoints.size());
                assertEquals(version >= 16 ? 0 : -1, fetched.responses.getFirst().partitions.getFirst().currentLeader.leaderId);
            }
            var offsets = new ListOffsetsRequest();
            var asked = new ListOffsetsRequest.ListOffsetsTopic();
            asked.name = "t";
            for (int partition = 0; partition < 2; partition++) {
                var one = new ListOffsetsRequest.ListOffsetsPartition();
                one.partitionIndex = partition;
                one.timestamp = -1;
                asked.partitions.add(one);
            }
            offsets.topics.add(asked);
            var found = client.call(ApiKey.LIST_OFFSETS, 7, offsets, new ListOffsetsResponse()).topics.getFirst().partitions;
            assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER.code(), found.get(0).errorCode);
            assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), found.get(1).errorCode);
        }
    }

    @Test
    void aTransactionalProducerIsToldAtOnceThatBrokersWithoutReplicationServeNoTransactions() {
        Map<String, Object> settings = Map.of("bootstrap.servers", brokers.getFirst().bootstrapServers(), "transactional.id", "tid");
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            KafkaException told = assertThrows(KafkaException.class, producer::initTransactions);
            assertFalse(told instanceof TimeoutException, told.toString());
            assertTrue(told.getMessage().contains("several brokers that do not replicate to each other"), told.getMessage());
        }
    }

    @Test
    void offsetsOutlastTheirTopicsAbsence() throws Exception {
        // Given
        TopicImage offsets = new TopicImage(TopicNames.CONSUMER_OFFSETS, new UUID(7, 7), List.of(on0(1, true)), Map.of("cleanup.policy", "compact"));
        metadata.publish(Basis.FOLLOWED, topic(on0(1, true)), offsets);
        TopicPartition partition = new TopicPartition("t", 0);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers.getFirst().bootstrapServers()))) {
            admin.alterConsumerGroupOffsets("g", Map.of(partition, new OffsetAndMetadata(5))).all().get(WAIT, TimeUnit.MILLISECONDS);
            // When a list does not show it, and the API server was asked, and then it is there
            metadata.publish(Basis.FOLLOWED, offsets);
            metadata.publish(Basis.ASKED, offsets);
            metadata.publish(Basis.FOLLOWED, topic(on0(1, true)), offsets);
            // Then
            var committed = admin.listConsumerGroupOffsets("g").partitionsToOffsetAndMetadata().get(WAIT, TimeUnit.MILLISECONDS);
            assertEquals(5, committed.get(partition).offset());
        }
    }

    @Test
    void whatIsUnknownIsUnknown() throws IOException {
        ProduceResponse byId = produceTo(1, 13, "a");

        assertEquals(ErrorCode.UNKNOWN_TOPIC_ID, error(byId));
    }

    @Test
    void aLeadershipEndsWithItsEpochAndTheLogGoesOn() throws IOException {
        // Given a fetch that waits
        metadata.publish(Basis.FOLLOWED, topic(on0(1, true)));
        assertEquals(ErrorCode.NONE, error(produceTo(0, 11, "a")));
        try (RawClient consumer = new RawClient(brokers.getFirst().port())) {
            consumer.send(ApiKey.FETCH, 11, 1, fetch("t", 0, 1, WAIT, 1));
            // When the leadership ends
            metadata.publish(Basis.FOLLOWED, topic(on0(1, false)));
            // Then it is told, and producers too
            FetchResponse waited = new FetchResponse();
            consumer.receive(ApiKey.FETCH, 11, waited);
            assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, error(waited));
            assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, error(produceTo(0, 11, "b")));
            // When it begins again
            metadata.publish(Basis.FOLLOWED, topic(on0(2, true)));
            // Then the log is the same, and new records are of the new epoch
            assertEquals(ErrorCode.NONE, error(produceTo(0, 11, "c")));
            metadata.publish(Basis.FOLLOWED, topic(on0(5, true)));
            assertEquals(ErrorCode.NONE, error(produceTo(0, 11, "d")));
            FetchResponse fetched = consumer.call(ApiKey.FETCH, 11, fetch("t", 0, 0, WAIT, 1), new FetchResponse());
            assertEquals(List.of("a", "c", "d"), values(fetched));
            var leader = brokers.getFirst().partitions().find("t", 0);
            assertEquals(5, leader.leaderEpoch());
            assertEquals(1, leader.log().leaderEpochs().epochOf(0));
            assertEquals(2, leader.log().leaderEpochs().epochOf(1));
            assertEquals(5, leader.log().leaderEpochs().epochOf(2));
        }
    }

    @Test
    void oneOfSeveralPartitionsMoves() throws IOException {
        metadata.publish(Basis.FOLLOWED, topic(on0(1, true), on0(1, true)));

        metadata.publish(Basis.FOLLOWED, topic(on0(1, false), on0(1, true)));

        var partitions = brokers.getFirst().partitions();
        assertNull(partitions.find("t", 0));
        assertNotNull(partitions.find("t", 1));
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, error(produceTo(0, 11, "a")));
    }

    @Test
    void logsAreSetAsideOnlyWhenItIsCertainThatTheirTopicIsGone() {
        // Given the logs of two topics
        TopicImage other = new TopicImage("other", new UUID(0x4000, 2), List.of(on0(1, true)), Map.of());
        metadata.publish(Basis.FOLLOWED, topic(on0(1, true), on0(1, true)), other);
        var directory = brokers.getFirst().directories().getFirst();
        // When one is gone, and a partition of the other went elsewhere
        metadata.publish(Basis.FOLLOWED, topic(on0(1, false), new PartitionImage(1, 2, 2, List.of(1), List.of(1))));
        // Then they are not led, and stay
        assertNull(brokers.getFirst().partitions().find("other", 0));
        assertNotNull(directory.log(new LogId("other", 0)));
        // When that was asked for
        metadata.publish(Basis.ASKED, topic(on0(1, false), new PartitionImage(1, 2, 2, List.of(1), List.of(1))));
        // Then
        assertNull(directory.log(new LogId("other", 0)));
        assertEquals(List.of(new LogId("other", 0)), directory.strays().stream().map(StrayLog::id).toList());
        assertNotNull(directory.log(new LogId("t", 0)));
        assertNotNull(directory.log(new LogId("t", 1)));
    }

    @Test
    void aTopicThatIsBackUnderItsIdHasItsRecords() throws IOException {
        // Given a topic that was deleted
        metadata.publish(Basis.FOLLOWED, topic(on0(1, true)));
        assertEquals(ErrorCode.NONE, error(produceTo(0, 11, "a")));
        metadata.publish(Basis.FOLLOWED);
        metadata.publish(Basis.ASKED);
        var directory = brokers.getFirst().directories().getFirst();
        assertEquals(1, directory.strays().size());
        // When another of its name is made
        metadata.publish(Basis.FOLLOWED, new TopicImage("t", new UUID(0x4000, 9), List.of(on0(1, true)), Map.of()));
        // Then it begins empty
        assertEquals(0, brokers.getFirst().partitions().find("t", 0).log().logEndOffset());
        // When the first one is put back in its place
        metadata.publish(Basis.FOLLOWED, topic(on0(2, true)));
        // Then its records are there, and those of the other one are kept
        try (RawClient consumer = new RawClient(brokers.getFirst().port())) {
            assertEquals(List.of("a"), values(consumer.call(ApiKey.FETCH, 11, fetch("t", 0, 0, WAIT, 1), new FetchResponse())));
        }
        assertEquals(List.of(new UUID(0x4000, 9)), directory.strays().stream().map(StrayLog::topicId).toList());
    }

    @Test
    void recordsThatWereSetAsideCanBeGivenToATopicThatWasMadeAgain() throws IOException {
        UUID again = new UUID(0x4000, 9);
        ScriptedMetadata others = new ScriptedMetadata(ClusterImage.empty("cluster"));
        MemoryDisk disk = new MemoryDisk();
        BrokerOptions options = BrokerOptions
                .of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/data", "node.id", "0", "cluster.id", "cluster")))
                .withDisk(disk).withMetadata(others::store);
        Path stray;
        try (Broker broker = Broker.start(options); RawClient client = new RawClient(broker.port())) {
            others.publish(Basis.FOLLOWED, topic(on0(3, true)));
            assertEquals(ErrorCode.NONE, error(client.call(ApiKey.PRODUCE, 9, produce("t", 0, -1, WAIT, batch("a")), new ProduceResponse())));
            // Given a topic that was deleted and made again, and is empty
            others.publish(Basis.FOLLOWED);
            others.publish(Basis.ASKED);
            others.publish(Basis.FOLLOWED, new TopicImage("t", again, List.of(on0(1, true)), Map.of()));
            assertEquals(0, broker.partitions().find("t", 0).log().logEndOffset());
            stray = broker.directories().getFirst().strays().getFirst().directory();
        }
        // When somebody writes the new topic's id into the file beside the records
        Path file = stray.resolve("set-aside");
        String text = new String(disk.readAll(file), StandardCharsets.UTF_8);
        disk.writeAtomically(file, text.replaceAll("topic.id=.*", "topic.id=" + again).getBytes(StandardCharsets.UTF_8));
        // Then they are the topic's after the next start, and stay it
        for (int epoch = 4; epoch < 6; epoch++) {
            ScriptedMetadata next = new ScriptedMetadata(ClusterImage.empty("cluster"));
            try (Broker broker = Broker.start(options.withMetadata(next::store)); RawClient client = new RawClient(broker.port())) {
                next.publish(Basis.FOLLOWED, new TopicImage("t", again, List.of(on0(epoch, true)), Map.of()));
                assertEquals(List.of("a"), values(client.call(ApiKey.FETCH, 11, fetch("t", 0, 0, WAIT, 1), new FetchResponse())));
                assertEquals(List.of(), broker.directories().getFirst().strays());
            }
        }
    }

    @Test
    void aTopicThatAsksForTheRecordsOfADeletedOneBeginsWithThemWhereTheyCanBeNobodyElses() throws IOException {
        UUID again = new UUID(0x4000, 9);
        ScriptedMetadata others = new ScriptedMetadata(ClusterImage.empty("cluster"));
        BrokerOptions options = BrokerOptions
                .of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/data", "node.id", "0", "cluster.id", "cluster")))
                .withDisk(new MemoryDisk());
        others.recordsOf.put(again, ID);
        try (Broker broker = Broker.start(options.withMetadata(others::store)); RawClient client = new RawClient(broker.port())) {
            // Given records of a topic that was deleted
            others.publish(Basis.FOLLOWED, topic(on0(3, true)));
            assertEquals(ErrorCode.NONE, error(client.call(ApiKey.PRODUCE, 9, produce("t", 0, -1, WAIT, batch("a")), new ProduceResponse())));
            others.publish(Basis.FOLLOWED);
            others.publish(Basis.ASKED);
            // When one of its name is led in an epoch that they know, or others are in sync with this broker, it begins empty and they stay where they are
            for (PartitionImage partition : List.of(on0(3, true), new PartitionImage(0, 4, 4, List.of(0, 1), List.of(0, 1)))) {
                others.publish(Basis.FOLLOWED, new TopicImage("t", again, List.of(partition), Map.of()));
                assertEquals(0, broker.partitions().find("t", 0).log().logEndOffset());
                assertEquals(List.of(ID), broker.directories().getFirst().strays().stream().map(StrayLog::topicId).toList());
            }
        }
        // Then it has them at the first start at which nothing speaks against it
        for (int epoch = 5; epoch < 7; epoch++) {
            ScriptedMetadata next = new ScriptedMetadata(ClusterImage.empty("cluster"));
            next.recordsOf.put(again, ID);
            try (Broker broker = Broker.start(options.withMetadata(next::store)); RawClient client = new RawClient(broker.port())) {
                next.publish(Basis.FOLLOWED, new TopicImage("t", again, List.of(on0(epoch, true)), Map.of()));
                assertEquals(List.of("a"), values(client.call(ApiKey.FETCH, 11, fetch("t", 0, 0, WAIT, 1), new FetchResponse())));
                assertEquals(List.of(), broker.directories().getFirst().strays());
            }
        }
    }

    @Test
    void whatIsSetAsideIsDeletedWhenItsTimeIsOverAndNobodyHasItsId() throws IOException {
        // Given a broker that keeps nothing
        ScriptedMetadata others = new ScriptedMetadata(ClusterImage.empty("cluster"));
        MemoryDisk disk = new MemoryDisk();
        try (Broker broker = Broker
                .start(BrokerOptions.of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/data", "cluster.id", "cluster",
                        "log.undelete.retention.ms", "0"))).withDisk(disk).withMetadata(others::store))) {
            others.publish(Basis.FOLLOWED, topic(on0(1, true)));
            // When another topic is in the way of a log
            others.publish(Basis.FOLLOWED, new TopicImage("t", new UUID(0x4000, 9), List.of(on0(1, true)), Map.of()));
            // Then it is set aside, and not deleted before it was asked who there is
            assertEquals(1, broker.directories().getFirst().strays().size());
            others.publish(Basis.ASKED, new TopicImage("t", new UUID(0x4000, 9), List.of(on0(1, true)), Map.of()));
            assertEquals(List.of(), broker.directories().getFirst().strays());
            assertTrue(disk.list(Path.of("/data")).stream().noneMatch(name -> name.endsWith("-stray")));
        }
    }

    @Test
    void whatIsRememberedMakesNoRoomForItself() throws IOException {
        // Given a topic that was made anew
        metadata.publish(Basis.FOLLOWED, topic(on0(1, true)));
        assertEquals(ErrorCode.NONE, error(produceTo(0, 11, "a")));
        // When its forerunner is remembered
        metadata.publish(Basis.REMEMBERED, new TopicImage("t", new UUID(0x4000, 9), List.of(on0(1, true)), Map.of()));
        // Then
        assertNull(brokers.getFirst().partitions().find("t", 0));
        // When the truth is read
        metadata.publish(Basis.READ, topic(on0(2, true)));
        // Then nothing is lost
        try (RawClient consumer = new RawClient(brokers.getFirst().port())) {
            assertEquals(List.of("a"), values(consumer.call(ApiKey.FETCH, 11, fetch("t", 0, 0, WAIT, 1), new FetchResponse())));
        }
    }

    @Test
    void aLogThatDoesNotTellItsTopicIsNotTakenForAnOlderOnes() throws IOException {
        // Given a log whose topic id was not on the disk yet when the machine failed
        MemoryDisk disk = new MemoryDisk();
        BrokerOptions options = BrokerOptions.of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/data", "node.id", "3")))
                .withDisk(disk);
        try (Broker broker = Broker.start(options); RawClient client = new RawClient(broker.port())) {
            client.call(ApiKey.METADATA, 1, metadataOf("kept"), new MetadataResponse());
            client.call(ApiKey.PRODUCE, 9, produce("kept", 0, -1, WAIT, batch("a")), new ProduceResponse());
        }
        Path identity = Path.of("/data/kept-0/partition.metadata");
        byte[] before = disk.readAll(identity);
        disk.delete(identity);
        // When
        try (Broker broker = Broker.start(options); RawClient client = new RawClient(broker.port())) {
            // Then
            assertEquals(List.of("a"), values(client.call(ApiKey.FETCH, 11, fetch("kept", 0, 0, WAIT, 1), new FetchResponse())));
        }
        assertArrayEquals(before, disk.readAll(identity));
    }

    @Test
    void aLogThatDoesNotTellItsTopicIsNoReplicaOfOneThatOthersHave() throws IOException {
        // Given a log whose topic id was not on the disk yet when the machine failed
        metadata.publish(Basis.FOLLOWED, topic(on0(1, true)));
        assertEquals(ErrorCode.NONE, error(produceTo(0, 11, "a")));
        disks.getFirst().delete(Path.of("/data/t-0/partition.metadata"));
        // When its name is another topic's, which others have
        UUID id = new UUID(0x4000, 9);
        PartitionState state = new PartitionState(List.of(1, 0), new BrokerProcess(1, "p"), 1, 1, List.of(new InSyncReplica(1, "logs")), 1, 0);
        metadata.publish(Basis.FOLLOWED, new TopicImage("t", id, List.of(PartitionImage.of(state, 1)), Map.of()));
        // Then it begins empty, and what was there is kept
        assertEquals(0, brokers.getFirst().partitions().followed(id, 0).log().logEndOffset());
        assertTrue(disks.getFirst().list(Path.of("/data")).stream().anyMatch(name -> name.startsWith("t-0.") && name.endsWith("-stray")));
    }

    private static MetadataRequest metadataOf(String name) {
        MetadataRequest request = new MetadataRequest();
        MetadataRequest.MetadataRequestTopic topic = new MetadataRequest.MetadataRequestTopic();
        topic.name = name;
        request.topics = new ArrayList<>(List.of(topic));
        return request;
    }

    @Test
    void noEpochIsLedInThatTheLogHasBehindIt() throws IOException {
        metadata.publish(Basis.FOLLOWED, topic(on0(5, true)));
        assertEquals(ErrorCode.NONE, error(produceTo(0, 11, "a")));

        metadata.publish(Basis.FOLLOWED, topic(on0(4, true)));

        assertNull(brokers.getFirst().partitions().find("t", 0));
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, error(produceTo(0, 11, "b")));
        metadata.publish(Basis.FOLLOWED, topic(on0(6, true)));
        assertEquals(ErrorCode.NONE, error(produceTo(0, 11, "c")));
    }

    @Test
    void groupsAreServedWhereTheirPartitionIsLed() throws IOException {
        // Given
        metadata.publish(Basis.FOLLOWED, offsets(4, 0, 1));
        int partition = GroupCoordinator.partitionFor("g", 4);
        assertEquals(ErrorCode.NONE, describeGroup(0));
        assertEquals(ErrorCode.NOT_COORDINATOR, describeGroup(1));
        // When all partitions go to the other broker
        metadata.publish(Basis.FOLLOWED, offsets(4, 1, 2));
        // Then
        assertEquals(ErrorCode.NOT_COORDINATOR, describeGroup(0));
        assertEquals(ErrorCode.NONE, describeGroup(1));
        assertTrue(partition < 4);
        // When there are more partitions, groups may belong to others
        metadata.publish(Basis.FOLLOWED, offsets(6, 1, 2));
        // Then
        assertEquals(ErrorCode.NONE, describeGroup(1));
    }

    private static TopicImage offsets(int partitions, int broker, int epoch) {
        return new TopicImage(GroupCoordinator.TOPIC, new UUID(0x4000, 3), IntStream.range(0, partitions)
                .mapToObj(partition -> new PartitionImage(broker, epoch, epoch, List.of(broker), List.of(broker)))
                .toList(), Map.of());
    }

    private ErrorCode describeGroup(int broker) throws IOException {
        try (RawClient client = new RawClient(brokers.get(broker).port())) {
            DescribeGroupsRequest request = new DescribeGroupsRequest();
            request.groups.add("g");
            while (true) {
                DescribeGroupsResponse response = client.call(ApiKey.DESCRIBE_GROUPS, 5, request, new DescribeGroupsResponse());
                ErrorCode error = ErrorCode.forCode(response.groups.getFirst().errorCode);
                if (error != ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) {
                    return error;
                }
            }
        }
    }
}
