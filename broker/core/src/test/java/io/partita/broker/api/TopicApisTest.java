package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.CreatePartitionsRequest;
import io.partita.broker.protocol.message.CreatePartitionsRequest.CreatePartitionsAssignment;
import io.partita.broker.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.partita.broker.protocol.message.CreatePartitionsResponse;
import io.partita.broker.protocol.message.CreatePartitionsResponse.CreatePartitionsTopicResult;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.CreateTopicsRequest.CreatableReplicaAssignment;
import io.partita.broker.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.partita.broker.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.partita.broker.protocol.message.CreateTopicsResponse;
import io.partita.broker.protocol.message.CreateTopicsResponse.CreatableTopicConfigs;
import io.partita.broker.protocol.message.CreateTopicsResponse.CreatableTopicResult;
import io.partita.broker.protocol.message.DeleteTopicsRequest;
import io.partita.broker.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.partita.broker.protocol.message.DeleteTopicsResponse;
import io.partita.broker.protocol.message.DeleteTopicsResponse.DeletableTopicResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** CreateTopics, DeleteTopics and CreatePartitions. */
class TopicApisTest {

    private final AdminFixture broker = new AdminFixture();

    private static CreatableTopic topic(String name, int partitions, int replicas, String... configs) {
        CreatableTopic topic = new CreatableTopic();
        topic.name = name;
        topic.numPartitions = partitions;
        topic.replicationFactor = (short) replicas;
        for (int i = 0; i < configs.length; i += 2) {
            CreatableTopicConfig config = new CreatableTopicConfig();
            config.name = configs[i];
            config.value = configs[i + 1];
            topic.configs.add(config);
        }
        return topic;
    }

    private static CreatableTopic assigned(String name, int... indexes) {
        CreatableTopic topic = topic(name, -1, -1);
        for (int index : indexes) {
            CreatableReplicaAssignment assignment = new CreatableReplicaAssignment();
            assignment.partitionIndex = index;
            assignment.brokerIds = List.of(AdminFixture.NODE);
            topic.assignments.add(assignment);
        }
        return topic;
    }

    private static CreateTopicsRequest create(CreatableTopic... topics) {
        CreateTopicsRequest request = new CreateTopicsRequest();
        request.topics.addAll(List.of(topics));
        return request;
    }

    private List<CreatableTopicResult> ask(int version, CreateTopicsRequest request) {
        CreateTopicsResponse response = broker.call(ApiKey.CREATE_TOPICS, version, request);
        return response.topics;
    }

    @Test
    void everyVersionCreates() {
        for (int version = 0; version <= 7; version++) {
            String name = "v" + version;
            CreatableTopicResult result = ask(version, create(topic(name, 3, 1, "retention.ms", "5"))).getFirst();

            assertEquals(ErrorCode.NONE.code(), result.errorCode);
            TopicImage created = broker.store.image().topic(name);
            assertEquals(3, created.partitions().size());
            assertEquals(Map.of("retention.ms", "5"), created.configs());
            assertEquals(version >= 5 ? 3 : -1, result.numPartitions);
            assertEquals(version >= 5 ? 1 : -1, result.replicationFactor);
            assertEquals(version >= 7 ? created.id() : Message.ZERO_UUID, result.topicId);
            assertEquals(version >= 5, !result.configs.isEmpty());
        }
    }

    @Test
    void theAnswerTellsTheSettingsAndTheirSources() {
        List<CreatableTopicConfigs> configs = ask(7, create(topic("t", 1, 1, "retention.ms", "5"))).getFirst().configs;
        assertEquals(List.of("retention.ms=5 1", "segment.bytes=2000000 4", "flush.ms=9223372036854775807 5"),
                List.of(said(configs, "retention.ms"), said(configs, "segment.bytes"), said(configs, "flush.ms")));
    }

    private static String said(List<CreatableTopicConfigs> configs, String name) {
        CreatableTopicConfigs config = configs.stream().filter(one -> one.name.equals(name)).findFirst().orElseThrow();
        assertFalse(config.readOnly);
        return config.name + "=" + config.value + " " + config.configSource;
    }

    @Test
    void numbersAndAssignmentsCanBeLeftToTheBrokerOrGiven() {
        List<CreatableTopicResult> results = ask(4, create(topic("defaults", -1, -1), assigned("given", 1, 0), assigned("gap", 0, 2), assigned("twice", 0, 0)));
        assertEquals(List.of(ErrorCode.NONE.code(), ErrorCode.NONE.code(), ErrorCode.INVALID_REPLICA_ASSIGNMENT.code(),
                ErrorCode.INVALID_REPLICA_ASSIGNMENT.code()), results.stream().map(result -> result.errorCode).toList());
        assertEquals(1, broker.store.image().topic("defaults").partitions().size());
        assertEquals(2, broker.store.image().topic("given").partitions().size());
    }

    @Test
    void refusesEachTopicOnItsOwn() {
        List<CreatableTopicResult> results = ask(7, create(topic("a/b", 1, 1), topic("many", 1, 2), topic("fine", 1, 1), topic("odd", 1, 1, "foo", "1"),
                topic("none", 1, 1, "retention.ms", null)));
        assertEquals(List.of(ErrorCode.INVALID_TOPIC_EXCEPTION.code(), ErrorCode.INVALID_REPLICATION_FACTOR.code(), ErrorCode.NONE.code(),
                ErrorCode.INVALID_CONFIG.code(), ErrorCode.INVALID_CONFIG.code()), results.stream().map(result -> result.errorCode).toList());
        assertTrue(results.get(1).errorMessage.contains("there is 1 broker"), results.get(1).errorMessage);
        assertNull(results.get(2).errorMessage);
        assertEquals(1, broker.store.image().topicCount());
    }

    @Test
    void aTopicNamedTwiceIsCreatedNotAtAll() {
        List<CreatableTopicResult> results = ask(7, create(topic("a", 1, 1), topic("b", 1, 1), topic("a", 2, 1)));
        assertEquals(List.of("a", "b"), results.stream().map(result -> result.name).toList());
        assertEquals(ErrorCode.INVALID_REQUEST.code(), results.get(0).errorCode);
        assertEquals(ErrorCode.NONE.code(), results.get(1).errorCode);
        assertNull(broker.store.image().topic("a"));
    }

    @Test
    void aRequestForTooManyPartitionsCreatesNone() {
        List<CreatableTopicResult> results = ask(7, create(topic("a", 6_000, 1), topic("b", 6_000, 1)));
        assertEquals(List.of(ErrorCode.POLICY_VIOLATION.code(), ErrorCode.POLICY_VIOLATION.code()), results.stream().map(result -> result.errorCode).toList());
        assertEquals(0, broker.store.image().topicCount());
    }

    @Test
    void validatingTellsTheTopicAndCreatesNothing() {
        CreateTopicsRequest request = create(topic("t", 3, 1));
        request.validateOnly = true;
        CreatableTopicResult result = ask(7, request).getFirst();
        assertEquals(3, result.numPartitions);
        assertEquals(Message.ZERO_UUID, result.topicId);
        assertFalse(result.configs.isEmpty());
        assertEquals(0, broker.store.image().topicCount());
    }

    @Test
    void whatTakesTooLongIsAnsweredAsTimedOut() {
        broker.busy = true;
        CreateTopicsRequest request = create(topic("t", 1, 1));
        request.timeoutMs = 500;
        EncodedRequest slow = broker.send(ApiKey.CREATE_TOPICS, 7, request, "PLAINTEXT");
        broker.loop.advance(499);
        assertFalse(slow.isAnswered());
        broker.loop.advance(1);

        CreateTopicsResponse response = slow.response();
        assertEquals(ErrorCode.REQUEST_TIMED_OUT.code(), response.topics.getFirst().errorCode);
        broker.waiting.poll().run();
        assertNotNull(broker.store.image().topic("t"));
    }

    @Test
    void whatIsDoneInTimeIsAnsweredOnce() {
        broker.busy = true;
        CreateTopicsRequest request = create(topic("t", 1, 1));
        request.timeoutMs = 500;
        EncodedRequest context = broker.send(ApiKey.CREATE_TOPICS, 7, request, "PLAINTEXT");
        broker.waiting.poll().run();
        assertTrue(context.isAnswered());
        assertEquals(0, broker.loop.timerCount());
    }

    // ---- DeleteTopics

    private List<DeletableTopicResult> delete(int version, Object... topics) {
        DeleteTopicsRequest request = new DeleteTopicsRequest();
        request.timeoutMs = 1_000;
        for (Object topic : topics) {
            DeleteTopicState state = new DeleteTopicState();
            if (topic instanceof UUID id) {
                state.topicId = id;
            } else {
                state.name = (String) topic;
                request.topicNames.add(state.name);
            }
            request.topics.add(state);
        }
        DeleteTopicsResponse response = broker.call(ApiKey.DELETE_TOPICS, version, request);
        return response.responses;
    }

    @Test
    void everyVersionDeletes() {
        for (int version = 0; version <= 6; version++) {
            broker.create("t", 1);
            List<DeletableTopicResult> results = delete(version, "t", "nothing");
            assertEquals(List.of(ErrorCode.NONE.code(), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code()),
                    results.stream().map(result -> result.errorCode).toList());
            assertNull(broker.store.image().topic("t"));
        }
    }

    @Test
    void deletesByIdAndTellsTheName() {
        TopicImage topic = broker.create("t", 1);
        List<DeletableTopicResult> results = delete(6, topic.id(), new UUID(1, 2));
        assertEquals("t", results.get(0).name);
        assertEquals(topic.id(), results.get(0).topicId);
        assertEquals(ErrorCode.UNKNOWN_TOPIC_ID.code(), results.get(1).errorCode);
        assertNotEquals(topic.id(), broker.create("t", 1).id());
    }

    @Test
    void aTopicMeantTwiceIsNotDeleted() {
        TopicImage topic = broker.create("t", 1);
        List<DeletableTopicResult> results = delete(6, "t", topic.id(), "gone", "gone", null, Message.ZERO_UUID);
        assertEquals(List.of(ErrorCode.INVALID_REQUEST.code(), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), ErrorCode.INVALID_REQUEST.code(),
                ErrorCode.INVALID_REQUEST.code()), results.stream().map(result -> result.errorCode).toList());
        assertNotNull(broker.store.image().topic("t"));
        assertEquals(List.of(ErrorCode.INVALID_REQUEST.code()), delete(5, "t", "t").stream().map(result -> result.errorCode).toList());
    }

    @Test
    void deletionCanBeSwitchedOff() {
        AdminFixture strict = new AdminFixture("delete.topic.enable", "false");
        strict.create("t", 1);
        List<Short> errors = new ArrayList<>();
        for (int version : new int[] {2, 3}) {
            DeleteTopicsRequest request = new DeleteTopicsRequest();
            request.topicNames.add("t");
            DeleteTopicsResponse response = strict.call(ApiKey.DELETE_TOPICS, version, request);
            errors.add(response.responses.getFirst().errorCode);
        }
        assertEquals(List.of(ErrorCode.INVALID_REQUEST.code(), ErrorCode.TOPIC_DELETION_DISABLED.code()), errors);
        assertNotNull(strict.store.image().topic("t"));
    }

    // ---- CreatePartitions

    private static CreatePartitionsTopic more(String name, int count, int... brokers) {
        CreatePartitionsTopic topic = new CreatePartitionsTopic();
        topic.name = name;
        topic.count = count;
        topic.assignments = brokers.length == 0 ? null : new ArrayList<>();
        for (int broker : brokers) {
            CreatePartitionsAssignment assignment = new CreatePartitionsAssignment();
            assignment.brokerIds.add(broker);
            topic.assignments.add(assignment);
        }
        return topic;
    }

    private List<CreatePartitionsTopicResult> grow(int version, boolean validateOnly, CreatePartitionsTopic... topics) {
        CreatePartitionsRequest request = new CreatePartitionsRequest();
        request.validateOnly = validateOnly;
        request.timeoutMs = 1_000;
        request.topics.addAll(List.of(topics));
        CreatePartitionsResponse response = broker.call(ApiKey.CREATE_PARTITIONS, version, request);
        return response.results;
    }

    @Test
    void everyVersionAddsPartitions() {
        for (int version = 0; version <= 3; version++) {
            broker.create("t" + version, 1);
            assertEquals(ErrorCode.NONE.code(), grow(version, false, more("t" + version, 3)).getFirst().errorCode);
            assertEquals(3, broker.store.image().topic("t" + version).partitions().size());
        }
    }

    @Test
    void refusesPartitionsThatCannotBe() {
        broker.create("a", 2);
        broker.create("b", 2);
        broker.create("c", 2);
        List<CreatePartitionsTopicResult> results = grow(3, false, more("a", 2), more("b", 3, 77), more("c", 3), more("c", 4), more("nothing", 3));
        assertEquals(List.of(ErrorCode.INVALID_PARTITIONS.code(), ErrorCode.INVALID_REPLICA_ASSIGNMENT.code(), ErrorCode.INVALID_REQUEST.code(),
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code()), results.stream().map(result -> result.errorCode).toList());
        assertEquals("Topic 'a' already has 2 partitions.", results.getFirst().errorMessage);
        assertEquals(2, broker.store.image().topic("c").partitions().size());
    }

    @Test
    void validatesPartitionsWithoutAddingThem() {
        broker.create("t", 1);
        assertEquals(ErrorCode.NONE.code(), grow(3, true, more("t", 2, AdminFixture.NODE)).getFirst().errorCode);
        assertEquals(1, broker.store.image().topic("t").partitions().size());
    }
}
