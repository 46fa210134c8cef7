package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseBroker;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MetadataHandlerTest {

    private final AdminFixture broker = new AdminFixture("num.partitions", "2");

    private static MetadataRequest named(boolean create, String... names) {
        MetadataRequest request = new MetadataRequest();
        request.allowAutoTopicCreation = create;
        for (String name : names) {
            MetadataRequestTopic topic = new MetadataRequestTopic();
            topic.name = name;
            request.topics.add(topic);
        }
        return request;
    }

    private static MetadataRequest byId(UUID id, String name) {
        MetadataRequest request = named(true, name);
        request.topics.getFirst().topicId = id;
        return request;
    }

    private MetadataResponse ask(int version, MetadataRequest request) {
        return broker.call(ApiKey.METADATA, version, request);
    }

    private static List<String> names(MetadataResponse response) {
        return response.topics.stream().map(topic -> topic.name).toList();
    }

    @Test
    void everyVersionTellsWhatItCan() {
        TopicImage topic = broker.create("t", 2);
        for (int version = 0; version <= 13; version++) {
            MetadataResponse response = ask(version, named(false, "t"));

            MetadataResponseBroker self = response.brokers.getFirst();
            assertEquals(AdminFixture.NODE, self.nodeId);
            assertEquals("inside", self.host);
            assertEquals(9092, self.port);
            assertEquals(version >= 1 ? "rack-a" : null, self.rack);
            assertEquals(version >= 2 ? "cluster" : null, response.clusterId);
            assertEquals(version >= 1 ? AdminFixture.NODE : -1, response.controllerId);
            MetadataResponseTopic described = response.topics.getFirst();
            assertEquals("t", described.name);
            assertEquals(version >= 10 ? topic.id() : Message.ZERO_UUID, described.topicId);
            assertEquals(2, described.partitions.size());
            MetadataResponsePartition partition = described.partitions.get(1);
            assertEquals(1, partition.partitionIndex);
            assertEquals(AdminFixture.NODE, partition.leaderId);
            assertEquals(version >= 7 ? 0 : -1, partition.leaderEpoch);
            assertEquals(List.of(AdminFixture.NODE), partition.replicaNodes);
            assertEquals(List.of(AdminFixture.NODE), partition.isrNodes);
            assertEquals(ErrorCode.NONE.code(), partition.errorCode);
        }
    }

    @Test
    void allAndNoneAreSaidDifferentlyOverTheVersions() {
        broker.create("b", 1);
        broker.create("a", 1);
        broker.create("__consumer_offsets", 1);
        MetadataRequest all = new MetadataRequest();
        all.topics = null;

        assertEquals(List.of("__consumer_offsets", "a", "b"), names(ask(0, new MetadataRequest())));
        assertEquals(List.of(), names(ask(1, new MetadataRequest())));
        assertEquals(List.of("__consumer_offsets", "a", "b"), names(ask(1, all)));
        assertEquals(List.of("__consumer_offsets", "a", "b"), names(ask(13, all)));
        assertTrue(ask(1, all).topics.getFirst().isInternal);
        assertFalse(ask(1, all).topics.getLast().isInternal);
    }

    @Test
    void aMissingTopicIsThereInTheSameAnswer() {
        for (int version : new int[] {0, 3, 4, 12}) {
            MetadataResponse response = ask(version, named(true, "new" + version));
            assertEquals(ErrorCode.NONE.code(), response.topics.getFirst().errorCode);
            assertEquals(2, response.topics.getFirst().partitions.size());
            assertNotNull(broker.store.image().topic("new" + version));
        }
    }

    @Test
    void theAnswerDoesNotWaitForEver() {
        broker.busy = true;
        EncodedRequest slow = broker.send(ApiKey.METADATA, 12, named(true, "new"), "PLAINTEXT");
        broker.loop.advance(999);
        assertFalse(slow.isAnswered());
        broker.loop.advance(1);

        MetadataResponse response = slow.response();
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), response.topics.getFirst().errorCode);
        broker.waiting.poll().run();
        assertNotNull(broker.store.image().topic("new"));
    }

    @Test
    void topicsAreOnlyCreatedWhenThatIsWanted() {
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), ask(4, named(false, "new")).topics.getFirst().errorCode);
        assertNull(broker.store.image().topic("new"));

        AdminFixture strict = new AdminFixture("auto.create.topics.enable", "false");
        MetadataResponse response = strict.call(ApiKey.METADATA, 12, named(true, "new"));
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), response.topics.getFirst().errorCode);
        assertNull(strict.store.image().topic("new"));
    }

    @Test
    void namesThatCannotBeAreToldSo() {
        broker.create("a.b", 1);
        MetadataResponse response = ask(12, named(true, "a b", "", "a_b", "fine"));
        assertEquals(List.of(ErrorCode.INVALID_TOPIC_EXCEPTION.code(), ErrorCode.INVALID_TOPIC_EXCEPTION.code(), ErrorCode.INVALID_TOPIC_EXCEPTION.code(),
                ErrorCode.NONE.code()), response.topics.stream().map(topic -> topic.errorCode).toList());
    }

    @Test
    void theOffsetsTopicIsCreatedByItsOwnSettings() {
        MetadataResponse response = ask(12, named(true, "__consumer_offsets"));
        assertEquals(50, response.topics.getFirst().partitions.size());
        assertTrue(response.topics.getFirst().isInternal);
        assertEquals("compact", broker.store.image().topic("__consumer_offsets").configs().get("cleanup.policy"));
    }

    @Test
    void aTopicNamedTwiceIsToldOnceInTheOrderAsked() {
        broker.create("a", 1);
        broker.create("b", 1);
        assertEquals(List.of("b", "a"), names(ask(12, named(false, "b", "a", "b"))));
    }

    @Test
    void topicsAreFoundByIdFromVersion12() {
        TopicImage topic = broker.create("t", 1);
        assertEquals("t", ask(12, byId(topic.id(), null)).topics.getFirst().name);

        MetadataResponseTopic unknown = ask(12, byId(new UUID(1, 2), null)).topics.getFirst();
        assertEquals(ErrorCode.UNKNOWN_TOPIC_ID.code(), unknown.errorCode);
        assertEquals(new UUID(1, 2), unknown.topicId);
        assertNull(unknown.name);

        assertEquals(ErrorCode.INVALID_REQUEST.code(), ask(12, byId(Message.ZERO_UUID, null)).topics.getFirst().errorCode);
        assertEquals(ErrorCode.INVALID_REQUEST.code(), ask(10, byId(topic.id(), "t")).topics.getFirst().errorCode);
    }

    @Test
    void operationsAreToldToWhoAsks() {
        broker.create("t", 1);
        MetadataRequest request = named(false, "t");
        request.includeTopicAuthorizedOperations = true;
        request.includeClusterAuthorizedOperations = true;

        assertEquals(3576, ask(8, request).topics.getFirst().topicAuthorizedOperations);
        assertEquals(8096, ask(8, request).clusterAuthorizedOperations);
        request.includeClusterAuthorizedOperations = false;
        assertEquals(3576, ask(13, request).topics.getFirst().topicAuthorizedOperations);
        assertEquals(Integer.MIN_VALUE, ask(13, named(false, "t")).topics.getFirst().topicAuthorizedOperations);
    }

    @Test
    void aClientGetsTheAddressesOfItsListener() {
        broker.create("t", 1);
        MetadataResponse outside = broker.send(ApiKey.METADATA, 12, named(false, "t"), "OUTSIDE").response();
        assertEquals("outside.example", outside.brokers.getFirst().host);
        assertEquals(19092, outside.brokers.getFirst().port);

        List<Short> errors = new ArrayList<>();
        for (int version : new int[] {5, 6}) {
            MetadataResponse elsewhere = broker.send(ApiKey.METADATA, version, named(false, "t"), "ELSEWHERE").response();
            assertEquals(List.of(), elsewhere.brokers);
            assertEquals(-1, elsewhere.topics.getFirst().partitions.getFirst().leaderId);
            errors.add(elsewhere.topics.getFirst().partitions.getFirst().errorCode);
        }
        assertEquals(List.of(ErrorCode.LEADER_NOT_AVAILABLE.code(), ErrorCode.LISTENER_NOT_FOUND.code()), errors);
    }
}
