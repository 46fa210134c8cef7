package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.Permission;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.AddPartitionsToTxnRequest;
import io.partita.broker.protocol.message.AddPartitionsToTxnResponse;
import io.partita.broker.protocol.message.AlterClientQuotasRequest;
import io.partita.broker.protocol.message.AlterConfigsRequest;
import io.partita.broker.protocol.message.AlterShareGroupOffsetsRequest;
import io.partita.broker.protocol.message.ConsumerGroupDescribeRequest;
import io.partita.broker.protocol.message.ConsumerGroupHeartbeatRequest;
import io.partita.broker.protocol.message.ConsumerGroupHeartbeatResponse;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.CreateTopicsResponse;
import io.partita.broker.protocol.message.DeleteShareGroupOffsetsRequest;
import io.partita.broker.protocol.message.DescribeClusterRequest;
import io.partita.broker.protocol.message.DescribeClusterResponse;
import io.partita.broker.protocol.message.DescribeConfigsRequest;
import io.partita.broker.protocol.message.DescribeShareGroupOffsetsRequest;
import io.partita.broker.protocol.message.DescribeTopicPartitionsRequest;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest;
import io.partita.broker.protocol.message.InitProducerIdRequest;
import io.partita.broker.protocol.message.InitProducerIdResponse;
import io.partita.broker.protocol.message.ListGroupsRequest;
import io.partita.broker.protocol.message.ListTransactionsRequest;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.broker.protocol.message.OffsetCommitRequest;
import io.partita.broker.protocol.message.OffsetCommitResponse;
import io.partita.broker.protocol.message.OffsetFetchRequest;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.protocol.message.ShareAcknowledgeRequest;
import io.partita.broker.protocol.message.ShareFetchRequest;
import io.partita.broker.protocol.message.ShareFetchResponse;
import io.partita.broker.protocol.message.ShareGroupDescribeRequest;
import io.partita.broker.protocol.message.ShareGroupHeartbeatRequest;
import io.partita.broker.protocol.message.ShareGroupHeartbeatResponse;
import io.partita.broker.protocol.message.StreamsGroupDescribeRequest;
import io.partita.broker.protocol.message.StreamsGroupHeartbeatRequest;
import io.partita.broker.protocol.message.StreamsGroupHeartbeatResponse;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goes through {@link Permission}, line by line: what has everything is served, what lacks that one thing is refused as the table says, and the table is enough. Each
 * request goes over a socket and names a topic, a group and a transactional id that are there.
 */
class PermissionsIT {

    private static final String TOPIC = "secret";
    private static final String ABSENT = "absent";
    private static final String DOOMED = "doomed";
    private static final String GROUP = "secret-group";
    private static final String TRANSACTION = "secret-txn";
    /** A group of the newer protocol. */
    private static final String CONSUMERS = "secret-consumers";
    /** A share group. */
    private static final String SHARERS = "secret-sharers";
    /** A streams group. */
    private static final String STREAMS = "secret-streams";
    private static final String MEMBER = "member-of-the-secret-consumers";

    /** The highest versions that name topics by their names. */
    private static final Map<ApiKey, Integer> NAMING_VERSIONS = Map.of(ApiKey.PRODUCE, 12, ApiKey.FETCH, 12, ApiKey.OFFSET_COMMIT, 9, ApiKey.OFFSET_FETCH, 9,
            ApiKey.TXN_OFFSET_COMMIT, 5, ApiKey.DELETE_TOPICS, 5);

    private static Broker broker;
    private static RawClient client;
    private static int created = 1;

    @BeforeAll
    static void start() throws IOException {
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/permissions",
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "group.initial.rebalance.delay.ms", "0")))
                .withDisk(new MemoryDisk()));
        client = new RawClient(broker.port());
        rules(everything());
        broker.metadata().createTopics(List.of(new NewTopic(TOPIC, 1, 1, null, Map.of())), false).toCompletableFuture().join();
        for (byte type = 0; type <= 1; type++) {
            FindCoordinatorRequest find = new FindCoordinatorRequest();
            find.keyType = type;
            find.coordinatorKeys.add(type == 0 ? GROUP : TRANSACTION);
            client.call(ApiKey.FIND_COORDINATOR, 4, find, new FindCoordinatorResponse());
        }
        openTransaction();
    }

    @AfterAll
    static void stop() throws IOException {
        client.close();
        broker.close();
    }

    private static void openTransaction() throws IOException {
        InitProducerIdRequest init = new InitProducerIdRequest();
        init.transactionalId = TRANSACTION;
        init.transactionTimeoutMs = 600_000;
        InitProducerIdResponse producer = new InitProducerIdResponse();
        client.call(ApiKey.INIT_PRODUCER_ID, 4, init, producer);
        assertEquals(0, producer.errorCode);
        AddPartitionsToTxnRequest add = filled(ApiKey.ADD_PARTITIONS_TO_TXN, TOPIC);
        add.v3AndBelowProducerId = producer.producerId;
        add.v3AndBelowProducerEpoch = producer.producerEpoch;
        assertEquals(Set.of(ErrorCode.NONE), errors(client.call(ApiKey.ADD_PARTITIONS_TO_TXN, 3, add, new AddPartitionsToTxnResponse())));
    }

    // ---- rules

    private static void rules(List<AclBinding> rules) {
        broker.metadata().deleteAcls(List.of(AclFilter.ALL)).toCompletableFuture().join();
        broker.metadata().createAcls(rules).toCompletableFuture().join().forEach(result -> assertTrue(result.isDone(), result.message()));
    }

    private static AclBinding rule(PermissionType permission, Operation operation, ResourceType type, String name) {
        String literal = type == ResourceType.CLUSTER ? ResourceType.CLUSTER_NAME : name;
        return new AclBinding(type, literal, PatternType.LITERAL, new Acl("User:ANONYMOUS", "*", operation, permission));
    }

    private static List<AclBinding> everything() {
        List<AclBinding> rules = new ArrayList<>();
        for (ResourceType type : ResourceType.values()) {
            if (type.isConcrete()) {
                rules.add(rule(PermissionType.ALLOW, Operation.ALL, type, "*"));
            }
        }
        return rules;
    }

    /** Those of which one is enough. */
    private static Set<Permission> alternatives(Permission permission) {
        Permission first = permission.instead() == null ? permission : permission.instead();
        Set<Permission> all = EnumSet.of(first);
        for (Permission other : Permission.values()) {
            if (other.instead() == first) {
                all.add(other);
            }
        }
        return all;
    }

    // ---- the table, line by line

    @ParameterizedTest
    @EnumSource(Permission.class)
    void whoMayDoEverythingIsServed(Permission permission) throws IOException {
        rules(everything());
        Message response = ask(permission, TOPIC);
        assertEquals(Set.of(), refusals(response), () -> permission + ": " + dump(response));
        if (permission.refusal() == null) {
            assertTrue(shows(permission, response), () -> permission + ": " + dump(response));
        }
    }

    @ParameterizedTest
    @EnumSource(Permission.class)
    void whoIsDeniedIsToldSoOrSeesNothing(Permission permission) throws IOException {
        List<AclBinding> rules = everything();
        alternatives(permission).forEach(one -> rules.add(rule(PermissionType.DENY, one.operation(), one.type(), "*")));
        rules(rules);
        assertRefused(permission, ask(permission, TOPIC));
    }

    @ParameterizedTest
    @EnumSource(Permission.class)
    void whoIsAllowedNothingIsToldSoOrSeesNothing(Permission permission) throws IOException {
        rules(List.of());
        Message response = ask(permission, TOPIC);
        assertTrue(!refusals(response).isEmpty() || !shows(permission, response), () -> permission + ": " + dump(response));
    }

    @ParameterizedTest
    @EnumSource(Permission.class)
    void whatTheTableAsksForIsEnough(Permission permission) throws IOException {
        List<AclBinding> rules = new ArrayList<>();
        Set<Permission> others = alternatives(permission);
        others.remove(permission);
        for (Permission one : Permission.values()) {
            if (one.api() == permission.api() && !others.contains(one)) {
                for (String name : List.of(TOPIC, DOOMED, GROUP, TRANSACTION, CONSUMERS, SHARERS, STREAMS)) {
                    rules.add(rule(PermissionType.ALLOW, one.operation(), one.type(), name));
                }
                if (one == Permission.METADATA_CREATE_TOPIC || one == Permission.METADATA || one == Permission.STREAMS_GROUP_HEARTBEAT_TOPIC
                        || one == Permission.STREAMS_GROUP_HEARTBEAT_CREATE_TOPIC) {
                    rules.add(new AclBinding(ResourceType.TOPIC, "made-", PatternType.PREFIXED, new Acl("User:ANONYMOUS", "*", one.operation(),
                            PermissionType.ALLOW)));
                }
            }
        }
        rules(rules.stream().distinct().toList());
        Message response = ask(permission, TOPIC);
        assertEquals(Set.of(), refusals(response), () -> permission + ": " + dump(response));
        if (permission.refusal() == null) {
            assertTrue(shows(permission, response), () -> permission + ": " + dump(response));
        }
    }

    @ParameterizedTest
    @EnumSource(Permission.class)
    void whoMayNotKnowATopicCannotTellWhetherItIsThere(Permission permission) throws IOException {
        if (permission.type() != ResourceType.TOPIC || permission.refusal() == null || permission.operation() == Operation.CREATE) {
            return;
        }
        if (permission.api() == ApiKey.SHARE_FETCH || permission.api() == ApiKey.SHARE_ACKNOWLEDGE) {
            // They name topics by their ids alone, which nobody guesses.
            return;
        }
        // All that is asked for besides the topic is there.
        List<AclBinding> rules = everything();
        rules.removeIf(rule -> rule.type() == ResourceType.TOPIC || rule.type() == ResourceType.CLUSTER);
        rules(rules);
        String there = dump(ask(permission, TOPIC)).replace(DOOMED, TOPIC);
        String absent = dump(ask(permission, ABSENT));
        assertEquals(there, absent.replace(ABSENT, TOPIC));
    }

    /** The newest clients name topics by their ids. */
    @Test
    void idsOfTopicsOpenNoOtherWay() throws IOException {
        UUID id = broker.image().topic(TOPIC).id();
        for (ApiKey key : List.of(ApiKey.PRODUCE, ApiKey.FETCH, ApiKey.OFFSET_COMMIT, ApiKey.OFFSET_FETCH, ApiKey.METADATA)) {
            int version = broker.registry().find(key.id()).maxVersion();
            Permission permission = key == ApiKey.OFFSET_COMMIT
                    ? Permission.OFFSET_COMMIT_TOPIC
                    : key == ApiKey.OFFSET_FETCH ? Permission.OFFSET_FETCH_TOPIC : Permission.valueOf(key.name());
            rules(everything());
            assertEquals(Set.of(), refusals(client.call(key, version, byId(permission, id), key.newResponse())), key::name);

            List<AclBinding> rules = everything();
            rules.add(rule(PermissionType.DENY, permission.operation(), permission.type(), TOPIC));
            rules(rules);
            Message refused = client.call(key, version, byId(permission, id), key.newResponse());
            assertTrue(errors(refused).contains(key == ApiKey.METADATA ? ErrorCode.UNKNOWN_TOPIC_ID : permission.refusal()), () -> dump(refused));

            rules(List.of(rule(PermissionType.ALLOW, Operation.ALL, ResourceType.GROUP, "*")));
            Message unknown = client.call(key, version, byId(permission, new UUID(1, 2)), key.newResponse());
            assertTrue(errors(unknown).contains(ErrorCode.UNKNOWN_TOPIC_ID), () -> key + ": " + dump(unknown));
        }
    }

    private static Message byId(Permission permission, UUID id) {
        Message request = request(permission, TOPIC);
        try {
            setIds(request, id);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
        if (request instanceof MetadataRequest metadata) {
            metadata.topics.getFirst().name = null;
        }
        return request;
    }

    private static void setIds(Object target, UUID id) throws ReflectiveOperationException {
        for (Field field : target.getClass().getFields()) {
            if (field.getName().equals("topicId")) {
                field.set(target, id);
            } else if (field.get(target) instanceof List<?> list) {
                for (Object element : list) {
                    if (element instanceof Message) {
                        setIds(element, id);
                    }
                }
            }
        }
    }

    @Test
    void everyApiIsInTheTableOrFree() {
        Set<ApiKey> inTable = EnumSet.noneOf(ApiKey.class);
        for (Permission permission : Permission.values()) {
            inTable.add(permission.api());
        }
        for (ApiRegistry.Entry entry : broker.registry().entries()) {
            assertTrue(inTable.contains(entry.key()) != Permission.FREE.contains(entry.key()),
                    entry.key() + " is served: say in Permission what is to be allowed for it, and ask for it in its handler");
        }
    }

    private static void assertRefused(Permission permission, Message response) {
        if (permission.refusal() == null) {
            assertFalse(shows(permission, response), () -> permission + ": " + dump(response));
            return;
        }
        assertTrue(errors(response).contains(permission.refusal()), () -> permission + ": " + dump(response));
    }

    // ---- requests

    private static Message ask(Permission permission, String topic) throws IOException {
        ApiKey key = permission.api();
        prepare(permission);
        Message request = request(permission, topic);
        Message response = key.newResponse();
        return client.call(key, version(permission), request, response);
    }

    /** What the request uses up is made anew. */
    private static void prepare(Permission permission) throws IOException {
        prepareShareGroup(permission);
        prepareStreamsGroup(permission);
        if (permission == Permission.DELETE_TOPICS) {
            broker.metadata().createTopics(List.of(new NewTopic(DOOMED, 1, 1, null, Map.of())), false).toCompletableFuture().join();
        }
        if (permission.type() == ResourceType.GROUP || permission == Permission.OFFSET_FETCH_ALL || permission == Permission.LIST_GROUPS) {
            List<AclBinding> rules = List.copyOf(broker.image().acls().bindings());
            rules(everything());
            OffsetCommitRequest commit = filled(ApiKey.OFFSET_COMMIT, TOPIC);
            client.call(ApiKey.OFFSET_COMMIT, 9, commit, new OffsetCommitResponse());
            rules(rules);
        }
        if (permission.api() == ApiKey.CONSUMER_GROUP_DESCRIBE) {
            List<AclBinding> rules = List.copyOf(broker.image().acls().bindings());
            rules(everything());
            client.call(ApiKey.CONSUMER_GROUP_HEARTBEAT, 1, heartbeat(TOPIC), new ConsumerGroupHeartbeatResponse());
            rules(rules);
        }
    }

    /** The share group is there, and has read the topic; for what needs that it has a session, or no members. */
    private static void prepareShareGroup(Permission permission) throws IOException {
        switch (permission.api()) {
            case SHARE_GROUP_DESCRIBE, SHARE_FETCH, SHARE_ACKNOWLEDGE, DESCRIBE_SHARE_GROUP_OFFSETS, ALTER_SHARE_GROUP_OFFSETS,
                    DELETE_SHARE_GROUP_OFFSETS ->
                {
                }
            default -> {
                return;
            }
        }
        List<AclBinding> rules = List.copyOf(broker.image().acls().bindings());
        rules(everything());
        ShareGroupHeartbeatResponse joined = new ShareGroupHeartbeatResponse();
        do {
            client.call(ApiKey.SHARE_GROUP_HEARTBEAT, 1, shareHeartbeat(TOPIC, 0), joined = new ShareGroupHeartbeatResponse());
        } while (joined.assignment == null || joined.assignment.topicPartitions.isEmpty());
        if (permission.api() == ApiKey.SHARE_ACKNOWLEDGE) {
            client.call(ApiKey.SHARE_FETCH, 2, shareFetch(), new ShareFetchResponse());
        }
        if (permission.api() == ApiKey.ALTER_SHARE_GROUP_OFFSETS || permission.api() == ApiKey.DELETE_SHARE_GROUP_OFFSETS) {
            client.call(ApiKey.SHARE_GROUP_HEARTBEAT, 1, shareHeartbeat(null, -1), new ShareGroupHeartbeatResponse());
        }
        rules(rules);
    }

    /** There is a member of the streams group to be told of, or none, so that its application may be another one. */
    private static void prepareStreamsGroup(Permission permission) throws IOException {
        boolean described = permission.api() == ApiKey.STREAMS_GROUP_DESCRIBE;
        if (described || permission.api() == ApiKey.STREAMS_GROUP_HEARTBEAT) {
            List<AclBinding> rules = List.copyOf(broker.image().acls().bindings());
            rules(everything());
            client.call(ApiKey.STREAMS_GROUP_HEARTBEAT, 1, streamsHeartbeat(permission, null, -1), new StreamsGroupHeartbeatResponse());
            if (described) {
                client.call(ApiKey.STREAMS_GROUP_HEARTBEAT, 1, streamsHeartbeat(permission, TOPIC, 0), new StreamsGroupHeartbeatResponse());
            }
            rules(rules);
        }
    }

    private static StreamsGroupHeartbeatRequest streamsHeartbeat(Permission permission, String topic, int epoch) {
        var heartbeat = new StreamsGroupHeartbeatRequest();
        heartbeat.groupId = STREAMS;
        heartbeat.memberId = MEMBER;
        heartbeat.memberEpoch = epoch;
        if (topic != null) {
            heartbeat.rebalanceTimeoutMs = 30_000;
            heartbeat.processId = "process";
            heartbeat.topology = new StreamsGroupHeartbeatRequest.Topology();
            var subtopology = new StreamsGroupHeartbeatRequest.Subtopology();
            subtopology.subtopologyId = "0";
            subtopology.sourceTopics.add(topic);
            if (permission.operation() == Operation.CREATE) {
                // A new one each time: it is made.
                var changelog = new StreamsGroupHeartbeatRequest.TopicInfo();
                changelog.name = "made-" + created++;
                subtopology.stateChangelogTopics.add(changelog);
            }
            heartbeat.topology.subtopologies.add(subtopology);
        }
        return heartbeat;
    }

    private static ShareGroupHeartbeatRequest shareHeartbeat(String topic, int epoch) {
        var heartbeat = new ShareGroupHeartbeatRequest();
        heartbeat.groupId = SHARERS;
        heartbeat.memberId = MEMBER;
        heartbeat.memberEpoch = epoch;
        heartbeat.subscribedTopicNames = topic == null ? null : List.of(topic);
        return heartbeat;
    }

    private static ShareFetchRequest shareFetch() {
        var partition = new ShareFetchRequest.FetchPartition();
        var topic = new ShareFetchRequest.FetchTopic();
        topic.topicId = broker.image().topic(TOPIC).id();
        topic.partitions.add(partition);
        var fetch = new ShareFetchRequest();
        fetch.groupId = SHARERS;
        fetch.memberId = MEMBER;
        fetch.maxRecords = 1;
        fetch.topics.add(topic);
        return fetch;
    }

    /** It may ask to wait as long as it likes. */
    @Test
    void whoWaitsForRecordsOfAShareGroupGetsNoneThatHeMayNotReadByThen() throws IOException {
        rules(everything());
        try (RawClient waiting = new RawClient(broker.port())) {
            ShareGroupHeartbeatResponse joined;
            ShareGroupHeartbeatRequest join = shareHeartbeat(TOPIC, 0);
            join.groupId = "waiting-sharers";
            do {
                joined = waiting.call(ApiKey.SHARE_GROUP_HEARTBEAT, 1, join, new ShareGroupHeartbeatResponse());
            } while (joined.assignment == null || joined.assignment.topicPartitions.isEmpty());
            ShareFetchRequest fetch = shareFetch();
            fetch.groupId = join.groupId;
            fetch.maxBytes = 1_000_000;
            waiting.call(ApiKey.SHARE_FETCH, 2, fetch, new ShareFetchResponse());
            fetch.shareSessionEpoch = 1;
            fetch.minBytes = 1;
            fetch.maxWaitMs = 60_000;
            waiting.send(ApiKey.SHARE_FETCH, 2, 7, fetch);
            // When the right to read is taken away, and there is a record
            List<AclBinding> rules = new ArrayList<>(everything());
            rules.add(rule(PermissionType.DENY, Operation.READ, ResourceType.TOPIC, TOPIC));
            rules(rules);
            client.call(ApiKey.PRODUCE, 9, Requests.produce(TOPIC, 0, 1, 20_000, Requests.batch("secret")), new ProduceResponse());
            // Then
            ShareFetchResponse answer = new ShareFetchResponse();
            assertEquals(7, waiting.receive(ApiKey.SHARE_FETCH, 2, answer));
            ShareFetchResponse.PartitionData partition = answer.responses.getFirst().partitions.getFirst();
            assertEquals(ErrorCode.TOPIC_AUTHORIZATION_FAILED.code(), partition.errorCode);
            assertTrue(partition.acquiredRecords.isEmpty());
        } finally {
            rules(everything());
        }
    }

    private static ShareAcknowledgeRequest acknowledge() {
        var batch = new ShareAcknowledgeRequest.AcknowledgementBatch();
        batch.acknowledgeTypes = List.of((byte) 1);
        var partition = new ShareAcknowledgeRequest.AcknowledgePartition();
        partition.acknowledgementBatches.add(batch);
        var topic = new ShareAcknowledgeRequest.AcknowledgeTopic();
        topic.topicId = broker.image().topic(TOPIC).id();
        topic.partitions.add(partition);
        var acknowledge = new ShareAcknowledgeRequest();
        acknowledge.groupId = SHARERS;
        acknowledge.memberId = MEMBER;
        acknowledge.shareSessionEpoch = 1;
        acknowledge.topics.add(topic);
        return acknowledge;
    }

    private static ConsumerGroupHeartbeatRequest heartbeat(String topic) {
        ConsumerGroupHeartbeatRequest heartbeat = new ConsumerGroupHeartbeatRequest();
        heartbeat.groupId = CONSUMERS;
        heartbeat.memberId = MEMBER;
        heartbeat.rebalanceTimeoutMs = 30_000;
        heartbeat.subscribedTopicNames = List.of(topic);
        heartbeat.topicPartitions = List.of();
        return heartbeat;
    }

    private static int version(Permission permission) {
        return switch (permission) {
            case ADD_PARTITIONS_TO_TXN, ADD_PARTITIONS_TO_TXN_TOPIC -> 3;
            case METADATA_CLUSTER_OPERATIONS -> 10;
            default -> {
                int highest = broker.registry().find(permission.api().id()).maxVersion();
                yield Math.min(highest, NAMING_VERSIONS.getOrDefault(permission.api(), highest));
            }
        };
    }

    private static Message request(Permission permission, String topic) {
        Message filled = switch (permission.api()) {
            case CONSUMER_GROUP_HEARTBEAT -> heartbeat(topic);
            case SHARE_GROUP_HEARTBEAT -> shareHeartbeat(topic, 0);
            case STREAMS_GROUP_HEARTBEAT -> streamsHeartbeat(permission, topic, 0);
            case SHARE_FETCH -> shareFetch();
            case SHARE_ACKNOWLEDGE -> acknowledge();
            default -> filled(permission.api(), topic);
        };
        switch (filled) {
            case ConsumerGroupHeartbeatRequest heartbeat -> {
                if (permission == Permission.CONSUMER_GROUP_HEARTBEAT_PATTERN) {
                    heartbeat.subscribedTopicNames = List.of();
                    // A new one each time: what a pattern means is looked for when it is new.
                    heartbeat.subscribedTopicRegex = "s{1," + ++created + "}ecret";
                }
            }
            case ConsumerGroupDescribeRequest describe -> describe.groupIds = List.of(CONSUMERS);
            case ShareGroupDescribeRequest describe -> describe.groupIds = List.of(SHARERS);
            case DescribeShareGroupOffsetsRequest describe -> {
                describe.groups.getFirst().groupId = SHARERS;
                if (permission == Permission.DESCRIBE_SHARE_GROUP_OFFSETS_ALL) {
                    describe.groups.getFirst().topics = null;
                }
            }
            case StreamsGroupDescribeRequest describe -> describe.groupIds = List.of(STREAMS);
            case AlterShareGroupOffsetsRequest alter -> alter.groupId = SHARERS;
            case DeleteShareGroupOffsetsRequest delete -> delete.groupId = SHARERS;
            case ProduceRequest produce -> {
                produce.acks = 1;
                boolean inTransaction = permission == Permission.PRODUCE_TRANSACTIONAL_ID;
                produce.transactionalId = inTransaction ? TRANSACTION : null;
                produce.topicData.getFirst().partitionData.getFirst().records = new BufferRecords(batch(inTransaction));
            }
            case FetchRequest fetch -> {
                fetch.sessionEpoch = -1;
                fetch.forgottenTopicsData.clear();
                fetch.replicaId = permission == Permission.FETCH_AS_REPLICA ? 0 : -1;
            }
            case MetadataRequest metadata -> {
                switch (permission) {
                    case METADATA_ALL -> metadata.topics = null;
                    case METADATA_CREATE, METADATA_CREATE_TOPIC -> metadata.topics.getFirst().name = "made-" + created++;
                    default -> {}
                }
                metadata.includeClusterAuthorizedOperations = permission == Permission.METADATA_CLUSTER_OPERATIONS;
            }
            case DescribeClusterRequest cluster -> cluster.includeClusterAuthorizedOperations = true;
            case OffsetFetchRequest fetch -> {
                if (permission == Permission.OFFSET_FETCH_ALL) {
                    fetch.groups.getFirst().topics = null;
                }
            }
            case FindCoordinatorRequest find -> {
                find.keyType = (byte) (permission == Permission.FIND_COORDINATOR_GROUP ? 0 : permission == Permission.FIND_COORDINATOR_SHARE ? 2 : 1);
                find.coordinatorKeys = List.of(find.keyType == 0 ? GROUP : find.keyType == 1 ? TRANSACTION : SHARERS + ":AAAAAAAAAAAAAAAAAAAAAA:0");
            }
            case ListGroupsRequest list -> list.typesFilter.clear();
            case ListTransactionsRequest list -> {
                list.producerIdFilters.clear();
                list.durationFilter = -1;
            }
            case InitProducerIdRequest init -> {
                // Of another name than the transaction that is to stay open.
                init.transactionalId = permission == Permission.INIT_PRODUCER_ID_TRANSACTIONAL_ID ? GROUP : null;
                init.producerId = -1;
                init.producerEpoch = -1;
                init.transactionTimeoutMs = 1_000;
            }
            case CreateTopicsRequest create -> {
                create.validateOnly = true;
                create.topics.getFirst().name = permission == Permission.CREATE_TOPICS_CONFIGS ? DOOMED : topic;
                create.topics.getFirst().numPartitions = 1;
                create.topics.getFirst().replicationFactor = 1;
                create.topics.getFirst().assignments.clear();
                create.topics.getFirst().configs.clear();
                if (permission == Permission.CREATE_TOPICS_CONFIGS) {
                    broker.metadata().deleteTopics(List.of(io.partita.broker.metadata.TopicSelector.byName(DOOMED))).toCompletableFuture().join();
                }
            }
            case DescribeConfigsRequest describe -> {
                describe.resources.getFirst().resourceType = resourceType(permission);
                describe.resources.getFirst().resourceName = resourceName(permission, topic);
                describe.resources.getFirst().configurationKeys = null;
            }
            case AlterConfigsRequest alter -> {
                alter.validateOnly = true;
                alter.resources.getFirst().resourceType = resourceType(permission);
                alter.resources.getFirst().resourceName = resourceName(permission, topic);
                alter.resources.getFirst().configs.clear();
            }
            case IncrementalAlterConfigsRequest alter -> {
                alter.validateOnly = true;
                alter.resources.getFirst().resourceType = resourceType(permission);
                alter.resources.getFirst().resourceName = resourceName(permission, topic);
                alter.resources.getFirst().configs.clear();
            }
            case AlterClientQuotasRequest quotas -> quotas.validateOnly = true;
            case io.partita.broker.protocol.message.DeleteTopicsRequest delete -> {
                delete.topicNames = List.of(topic.equals(TOPIC) ? DOOMED : topic);
                delete.topics.clear();
            }
            case io.partita.broker.protocol.message.CreatePartitionsRequest more -> more.validateOnly = true;
            case DescribeTopicPartitionsRequest describe -> {
                describe.cursor = null;
                if (permission == Permission.DESCRIBE_TOPIC_PARTITIONS_ALL) {
                    describe.topics.clear();
                }
            }
            case io.partita.broker.protocol.message.DeleteRecordsRequest delete -> delete.topics.getFirst().partitions.getFirst().offset = 0;
            default -> {}
        }
        return filled;
    }

    private static byte resourceType(Permission permission) {
        return switch (permission.type()) {
            case TOPIC -> 2;
            case GROUP -> 32;
            default -> 4;
        };
    }

    private static String resourceName(Permission permission, String topic) {
        return switch (permission.type()) {
            case TOPIC -> topic;
            case GROUP -> GROUP;
            default -> "";
        };
    }

    private static ByteBuf batch(boolean inTransaction) {
        ByteBuf out = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(out)) {
            if (inTransaction) {
                builder.producer(77, (short) 0, 0).transactional();
            }
            builder.append(System.currentTimeMillis(), null, "x".getBytes(StandardCharsets.UTF_8)).finish();
        }
        return out;
    }

    /** Whether the answer tells what only who has the permission may know. */
    private static boolean shows(Permission permission, Message response) {
        return switch (response) {
            case MetadataResponse metadata when permission == Permission.METADATA_CLUSTER_OPERATIONS -> metadata.clusterAuthorizedOperations > 0;
            case DescribeClusterResponse cluster -> cluster.clusterAuthorizedOperations > 0;
            // Topics go by their ids there.
            case ConsumerGroupHeartbeatResponse heartbeat -> dump(heartbeat).contains(broker.image().topic(TOPIC).id().toString());
            case StreamsGroupHeartbeatResponse heartbeat when permission.operation() == Operation.CREATE ->
                heartbeat.errorCode == 0 && !dump(heartbeat).contains("Unauthorized");
            case CreateTopicsResponse create -> create.topics.getFirst().configs != null && !create.topics.getFirst().configs.isEmpty();
            default -> {
                String text = dump(response).replace(GROUP, "(group)").replace(SHARERS, "(group)").replace(STREAMS, "(group)").replace(TRANSACTION,
                        "(transaction)");
                yield text.contains(switch (permission.type()) {
                    case TOPIC -> TOPIC;
                    case TRANSACTIONAL_ID -> "(transaction)";
                    default -> "(group)";
                });
            }
        };
    }

    // ---- messages without their classes

    /** A request in which every list has one element and every name is that of a resource that is there. */
    @SuppressWarnings("unchecked")
    private static <Q extends Message> Q filled(ApiKey key, String topic) {
        Message request = key.newRequest();
        fill(request, topic);
        return (Q) request;
    }

    @SuppressWarnings("unchecked")
    private static void fill(Object target, String topic) {
        try {
            for (Field field : target.getClass().getFields()) {
                if (Modifier.isStatic(field.getModifiers())) {
                    continue;
                }
                if (field.getType() == String.class) {
                    String name = name(field.getName(), topic);
                    if (name != null) {
                        field.set(target, name);
                    }
                } else if (field.getType() == List.class) {
                    Class<?> element = (Class<?>) ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0];
                    List<Object> list = (List<Object>) field.get(target);
                    if (list == null) {
                        continue;
                    }
                    if (element == Integer.class) {
                        list.add(0);
                    } else if (element == String.class) {
                        String name = name(field.getName(), topic);
                        if (name != null) {
                            list.add(name);
                        }
                    } else if (Message.class.isAssignableFrom(element)) {
                        Object one = element.getConstructor().newInstance();
                        fill(one, topic);
                        list.add(one);
                    }
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static String name(String field, String topic) {
        if (field.contains("ransactionalId")) {
            return TRANSACTION;
        }
        if (field.startsWith("group") && !field.contains("Instance")) {
            return GROUP;
        }
        return Set.of("name", "topic", "topicName", "topicNames").contains(field) ? topic : null;
    }

    private static Set<ErrorCode> refusals(Message response) {
        Set<ErrorCode> errors = errors(response);
        errors.removeIf(error -> !error.name().endsWith("AUTHORIZATION_FAILED"));
        return errors;
    }

    private static Set<ErrorCode> errors(Message response) {
        Set<ErrorCode> errors = EnumSet.noneOf(ErrorCode.class);
        walk(response, "", (name, value) -> {
            if (name.toLowerCase(java.util.Locale.ROOT).endsWith("errorcode")) {
                errors.add(ErrorCode.forCode((short) value));
            }
        });
        return errors;
    }

    private static String dump(Message response) {
        Set<String> lines = new TreeSet<>();
        walk(response, "", (name, value) -> lines.add(name + "=" + value));
        return String.join(" ", lines);
    }

    private interface Visitor {
        void visit(String name, Object value);
    }

    private static void walk(Object message, String path, Visitor visitor) {
        try {
            for (Field field : message.getClass().getFields()) {
                if (Modifier.isStatic(field.getModifiers())) {
                    continue;
                }
                Object value = field.get(message);
                String name = path + "." + field.getName();
                switch (value) {
                    case null -> {}
                    case Message inner -> walk(inner, name, visitor);
                    case List<?> list -> {
                        for (Object element : list) {
                            if (element instanceof Message inner) {
                                walk(inner, name, visitor);
                            } else {
                                visitor.visit(name, element);
                            }
                        }
                    }
                    case BufferRecords records -> visitor.visit(name, records.sizeInBytes());
                    default -> visitor.visit(name, value);
                }
            }
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
