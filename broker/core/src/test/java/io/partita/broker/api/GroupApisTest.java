package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DeleteGroupsRequest;
import io.partita.broker.protocol.message.DeleteGroupsResponse;
import io.partita.broker.protocol.message.DescribeGroupsRequest;
import io.partita.broker.protocol.message.DescribeGroupsResponse;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.partita.broker.protocol.message.HeartbeatRequest;
import io.partita.broker.protocol.message.HeartbeatResponse;
import io.partita.broker.protocol.message.JoinGroupRequest;
import io.partita.broker.protocol.message.JoinGroupResponse;
import io.partita.broker.protocol.message.LeaveGroupRequest;
import io.partita.broker.protocol.message.LeaveGroupResponse;
import io.partita.broker.protocol.message.ListGroupsRequest;
import io.partita.broker.protocol.message.ListGroupsResponse;
import io.partita.broker.protocol.message.OffsetCommitRequest;
import io.partita.broker.protocol.message.OffsetCommitResponse;
import io.partita.broker.protocol.message.OffsetDeleteRequest;
import io.partita.broker.protocol.message.OffsetDeleteResponse;
import io.partita.broker.protocol.message.OffsetFetchRequest;
import io.partita.broker.protocol.message.OffsetFetchResponse;
import io.partita.broker.protocol.message.SyncGroupRequest;
import io.partita.broker.protocol.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import io.partita.broker.transaction.TransactionCoordinator;
import org.junit.jupiter.api.Test;

class GroupApisTest {

    private final GroupApisFixture f = new GroupApisFixture();

    // ---- requests in short

    private FindCoordinatorResponse find(int version, int keyType, String... keys) {
        var request = new FindCoordinatorRequest();
        request.keyType = (byte) keyType;
        request.key = keys[0];
        request.coordinatorKeys = new ArrayList<>(List.of(keys));
        return f.call(ApiKey.FIND_COORDINATOR, version, request);
    }

    private JoinGroupRequest joinRequest(String memberId) {
        var request = new JoinGroupRequest();
        request.groupId = "orders";
        request.memberId = memberId;
        request.sessionTimeoutMs = 10_000;
        request.rebalanceTimeoutMs = 60_000;
        request.protocolType = "consumer";
        var protocol = new JoinGroupRequest.JoinGroupRequestProtocol();
        protocol.name = "range";
        protocol.metadata = new byte[] {0, 0, 0, 0, 0, 0, -1, -1, -1, -1};
        request.protocols.add(protocol);
        return request;
    }

    private JoinGroupResponse join(int version) {
        JoinGroupResponse response = f.call(ApiKey.JOIN_GROUP, version, joinRequest(""));
        return response.errorCode == ErrorCode.MEMBER_ID_REQUIRED.code()
                ? f.call(ApiKey.JOIN_GROUP, version, joinRequest(response.memberId))
                : response;
    }

    private SyncGroupResponse sync(int version, JoinGroupResponse joined, byte[] assignment) {
        var request = new SyncGroupRequest();
        request.groupId = "orders";
        request.generationId = joined.generationId;
        request.memberId = joined.memberId;
        request.protocolType = "consumer";
        request.protocolName = "range";
        var one = new SyncGroupRequest.SyncGroupRequestAssignment();
        one.memberId = joined.memberId;
        one.assignment = assignment;
        request.assignments.add(one);
        return f.call(ApiKey.SYNC_GROUP, version, request);
    }

    private GroupApisFixture.Sent heartbeat(int version, JoinGroupResponse joined) {
        var request = new HeartbeatRequest();
        request.groupId = "orders";
        request.generationId = joined.generationId;
        request.memberId = joined.memberId;
        return f.send(ApiKey.HEARTBEAT, version, request);
    }

    private LeaveGroupResponse leave(int version, String memberId) {
        var request = new LeaveGroupRequest();
        request.groupId = "orders";
        request.memberId = memberId;
        var one = new LeaveGroupRequest.MemberIdentity();
        one.memberId = memberId;
        request.members.add(one);
        return f.call(ApiKey.LEAVE_GROUP, version, request);
    }

    private OffsetCommitResponse commit(int version, String topic, UUID topicId, int partition, long offset) {
        var request = new OffsetCommitRequest();
        request.groupId = "orders";
        var one = new OffsetCommitRequest.OffsetCommitRequestTopic();
        one.name = topic;
        one.topicId = topicId;
        var committed = new OffsetCommitRequest.OffsetCommitRequestPartition();
        committed.partitionIndex = partition;
        committed.committedOffset = offset;
        committed.committedLeaderEpoch = 4;
        committed.committedMetadata = "m";
        one.partitions.add(committed);
        request.topics.add(one);
        return f.call(ApiKey.OFFSET_COMMIT, version, request);
    }

    private static short error(OffsetCommitResponse response) {
        return response.topics.getFirst().partitions.getFirst().errorCode;
    }

    /** All topics when none is given. */
    private OffsetFetchResponse fetch(int version, String topic, UUID topicId, int partition) {
        var request = new OffsetFetchRequest();
        request.groupId = "orders";
        request.topics = topic == null ? null : new ArrayList<>();
        var group = new OffsetFetchRequest.OffsetFetchRequestGroup();
        group.groupId = "orders";
        group.topics = topic == null ? null : new ArrayList<>();
        if (topic != null) {
            var old = new OffsetFetchRequest.OffsetFetchRequestTopic();
            old.name = topic;
            old.partitionIndexes = List.of(partition);
            request.topics.add(old);
            var one = new OffsetFetchRequest.OffsetFetchRequestTopics();
            one.name = topic;
            one.topicId = topicId;
            one.partitionIndexes = List.of(partition);
            group.topics.add(one);
        }
        request.groups.add(group);
        return f.call(ApiKey.OFFSET_FETCH, version, request);
    }

    private OffsetFetchResponse.OffsetFetchResponsePartitions fetched(int version, TopicImage topic, int partition) {
        return fetch(version, topic.name(), topic.id(), partition).groups.getFirst().topics.getFirst().partitions.getFirst();
    }

    private DescribeGroupsResponse.DescribedGroup describe(int version, String groupId) {
        var request = new DescribeGroupsRequest();
        request.groups.add(groupId);
        request.includeAuthorizedOperations = version >= 3;
        DescribeGroupsResponse response = f.call(ApiKey.DESCRIBE_GROUPS, version, request);
        return response.groups.getFirst();
    }

    // ---- finding

    @Test
    void theFirstQuestionAfterAGroupCreatesTheTopicThatHoldsIt() {
        for (int version = 0; version <= 3; version++) {
            FindCoordinatorResponse found = find(version, 0, "orders");
            assertEquals(ErrorCode.NONE.code(), found.errorCode);
            assertEquals(GroupApisFixture.NODE, found.nodeId);
            assertEquals("inside", found.host);
            assertEquals(9092, found.port);
        }
        assertEquals(GroupApisFixture.OFFSETS_PARTITIONS, f.store.image().topic(GroupCoordinator.TOPIC).partitions().size());
        for (int version = 4; version <= 6; version++) {
            FindCoordinatorResponse found = find(version, 0, "orders", "payments");
            assertEquals(List.of("orders", "payments"), found.coordinators.stream().map(one -> one.key).toList());
            assertEquals(9092, found.coordinators.get(1).port);
        }
    }

    @Test
    void othersThanGroupsAndTransactionsHaveNoCoordinator() {
        for (int version = 1; version <= 6; version++) {
            for (int keyType = 2; keyType <= 3; keyType++) {
                FindCoordinatorResponse found = find(version, keyType, "tx");
                short error = version < 4 ? found.errorCode : found.coordinators.getFirst().errorCode;
                assertEquals(ErrorCode.INVALID_REQUEST.code(), error);
                assertNotNull(version < 4 ? found.errorMessage : found.coordinators.getFirst().errorMessage);
            }
        }
    }

    @Test
    void theCoordinatorOfATransactionalIdLeadsItsPartitionOfATopicThatIsMadeWithTheFirst() {
        for (int version = 1; version <= 6; version++) {
            FindCoordinatorResponse found = find(version, 1, "tx");
            assertEquals(9092, version < 4 ? found.port : found.coordinators.getFirst().port);
        }
        assertNotNull(f.store.image().topic(TransactionCoordinator.TOPIC));
        assertNull(f.store.image().topic(GroupCoordinator.TOPIC), "transactions are no reason to create it");
    }

    // ---- membership

    @Test
    void groupsLiveThroughAllVersions() {
        find(4, 0, "orders");
        for (int version = 0; version <= f.entry(ApiKey.JOIN_GROUP).maxVersion(); version++) {
            // Given
            JoinGroupResponse joined = join(version);
            assertEquals(ErrorCode.NONE.code(), joined.errorCode, "JoinGroup v" + version);
            assertEquals("range", joined.protocolName);
            assertEquals(joined.memberId, joined.leader);
            assertEquals(version >= 7 ? "consumer" : null, joined.protocolType);
            assertTrue(joined.memberId.startsWith("app-"));

            // When
            SyncGroupResponse synced = sync(Math.min(version, 5), joined, new byte[] {9});

            // Then
            assertEquals(ErrorCode.NONE.code(), synced.errorCode);
            assertArrayEquals(new byte[] {9}, synced.assignment);
            HeartbeatResponse beat = heartbeat(Math.min(version, 4), joined).response();
            assertEquals(ErrorCode.NONE.code(), beat.errorCode);
            DescribeGroupsResponse.DescribedGroup described = describe(Math.min(version, 6), "orders");
            assertEquals("Stable", described.groupState);
            assertEquals("/127.0.0.1", described.members.getFirst().clientHost);
            assertArrayEquals(new byte[] {9}, described.members.getFirst().memberAssignment);
            assertEquals(version >= 3 ? 0b1101_0100_1000 : Integer.MIN_VALUE, described.authorizedOperations);
            LeaveGroupResponse left = leave(Math.min(version, 5), joined.memberId);
            assertEquals(ErrorCode.NONE.code(), left.errorCode);
            assertEquals(version >= 3 ? 1 : 0, left.members.size());
        }
    }

    @Test
    void errorsCanBeSaidInAllVersions() {
        find(4, 0, "orders");
        JoinGroupResponse stranger = new JoinGroupResponse();
        stranger.memberId = "stranger";
        stranger.generationId = 1;
        for (int version = 0; version <= 9; version++) {
            JoinGroupResponse refused = f.call(ApiKey.JOIN_GROUP, version, joinRequest("stranger"));
            assertEquals(ErrorCode.UNKNOWN_MEMBER_ID.code(), refused.errorCode);
            assertEquals(-1, refused.generationId);
            assertEquals(version < 7 ? "" : null, refused.protocolName);
        }
        for (int version = 0; version <= 5; version++) {
            assertEquals(ErrorCode.UNKNOWN_MEMBER_ID.code(), sync(version, stranger, new byte[0]).errorCode);
        }
        for (int version = 0; version <= 4; version++) {
            HeartbeatResponse beat = heartbeat(version, stranger).response();
            assertEquals(ErrorCode.UNKNOWN_MEMBER_ID.code(), beat.errorCode);
        }
        for (int version = 0; version <= 5; version++) {
            LeaveGroupResponse left = leave(version, "stranger");
            assertEquals(ErrorCode.UNKNOWN_MEMBER_ID.code(), version < 3 ? left.errorCode : left.members.getFirst().errorCode);
        }
    }

    @Test
    void withoutATopicNobodyIsCoordinator() {
        assertEquals(ErrorCode.NOT_COORDINATOR.code(), join(9).errorCode);
        assertEquals(ErrorCode.NOT_COORDINATOR.code(), leave(2, "m").errorCode);
        assertEquals(ErrorCode.NOT_COORDINATOR.code(), leave(5, "m").errorCode);
        f.create("t", 1);
        assertEquals(ErrorCode.NOT_COORDINATOR.code(), error(commit(8, "t", f.store.image().topic("t").id(), 0, 1)));
        for (int version = 0; version <= 10; version++) {
            OffsetFetchResponse fetched = fetch(version, "t", f.store.image().topic("t").id(), 0);
            short error = version < 2
                    ? fetched.topics.getFirst().partitions.getFirst().errorCode
                    : version < 8 ? fetched.errorCode : fetched.groups.getFirst().errorCode;
            assertEquals(ErrorCode.NOT_COORDINATOR.code(), error, "v" + version);
        }
        ListGroupsResponse listed = f.call(ApiKey.LIST_GROUPS, 5, new ListGroupsRequest());
        assertEquals(ErrorCode.NONE.code(), listed.errorCode);
        assertEquals(ErrorCode.NOT_COORDINATOR.code(), describe(5, "orders").errorCode);
    }

    @Test
    void aGroupNeedsAName() {
        find(4, 0, "orders");
        var request = joinRequest("");
        request.groupId = "";
        JoinGroupResponse refused = f.call(ApiKey.JOIN_GROUP, 5, request);
        assertEquals(ErrorCode.INVALID_GROUP_ID.code(), refused.errorCode);
    }

    @Test
    void anAnswerThatIsHeldComesWithTheNextRequestOrTheNextMember() {
        // Given
        find(4, 0, "orders");
        f.softwareName = "apache-kafka-java";
        JoinGroupResponse joined = join(9);
        sync(5, joined, new byte[0]);

        // When
        var first = heartbeat(4, joined);
        assertFalse(first.isAnswered());
        first.nextRequest();

        // Then
        HeartbeatResponse calm = first.response();
        assertEquals(ErrorCode.NONE.code(), calm.errorCode);

        // When
        var second = heartbeat(4, joined);
        JoinGroupResponse required = f.call(ApiKey.JOIN_GROUP, 9, joinRequest(""));
        f.send(ApiKey.JOIN_GROUP, 9, joinRequest(required.memberId));

        // Then
        HeartbeatResponse called = second.response();
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS.code(), called.errorCode);
    }

    // ---- offsets

    @Test
    void offsetsGoInAndOutInAllVersions() {
        find(4, 0, "orders");
        TopicImage topic = f.create("web_log", 2);
        for (int version = 0; version <= 10; version++) {
            assertEquals(ErrorCode.NONE.code(), error(commit(version, "web_log", topic.id(), 1, 100 + version)), "OffsetCommit v" + version);
            for (int read = 0; read <= 7; read++) {
                var fetched = fetch(read, "web_log", topic.id(), 1).topics.getFirst().partitions.getFirst();
                assertEquals(100 + version, fetched.committedOffset);
                assertEquals("m", fetched.metadata);
                // Epochs came with OffsetCommit 6 and OffsetFetch 5.
                assertEquals(version >= 6 && read >= 5 ? 4 : -1, fetched.committedLeaderEpoch);
            }
            for (int read = 8; read <= 10; read++) {
                assertEquals(100 + version, fetched(read, topic, 1).committedOffset);
            }
        }
    }

    @Test
    void whatWasNotCommittedIsSaidInEachVersionsWay() {
        find(4, 0, "orders");
        TopicImage topic = f.create("t", 1);
        for (int version = 0; version <= 7; version++) {
            var fetched = fetch(version, "t", topic.id(), 0).topics.getFirst().partitions.getFirst();
            assertEquals(-1, fetched.committedOffset);
            assertEquals((version == 0 ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NONE).code(), fetched.errorCode);
        }
        for (int version = 8; version <= 10; version++) {
            assertEquals(-1, fetched(version, topic, 0).committedOffset);
            assertEquals(ErrorCode.NONE.code(), fetched(version, topic, 0).errorCode);
        }
        for (int version = 2; version <= 7; version++) {
            assertTrue(fetch(version, null, null, 0).topics.isEmpty());
        }
    }

    @Test
    void allOffsetsOfAGroupCanBeAskedFor() {
        find(4, 0, "orders");
        TopicImage topic = f.create("t", 1);
        commit(8, "t", topic.id(), 0, 5);
        for (int version = 2; version <= 7; version++) {
            assertEquals("t", fetch(version, null, null, 0).topics.getFirst().name);
        }
        for (int version = 8; version <= 10; version++) {
            var answered = fetch(version, null, null, 0).groups.getFirst().topics.getFirst();
            assertEquals(version < 10 ? "t" : "", answered.name);
            assertEquals(version < 10 ? new UUID(0, 0) : topic.id(), answered.topicId);
            assertEquals(5, answered.partitions.getFirst().committedOffset);
        }
    }

    @Test
    void partitionsThatDoNotExistAreRefusedOneByOne() {
        find(4, 0, "orders");
        TopicImage topic = f.create("t", 1);
        var nobody = new UUID(7, 7);
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), error(commit(9, "absent", nobody, 0, 1)));
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), error(commit(9, "t", topic.id(), 1, 1)));
        assertEquals(ErrorCode.UNKNOWN_TOPIC_ID.code(), error(commit(10, "t", nobody, 0, 1)));
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), error(commit(10, "t", topic.id(), 1, 1)));
        OffsetFetchResponse fetched = fetch(10, "t", nobody, 0);
        assertEquals(nobody, fetched.groups.getFirst().topics.getFirst().topicId);
        assertEquals(ErrorCode.UNKNOWN_TOPIC_ID.code(), fetched.groups.getFirst().topics.getFirst().partitions.getFirst().errorCode);
    }

    @Test
    void severalGroupsAreAskedForAtOnceWhereverTheyAre() {
        // Given: groups in different partitions of the offsets topic.
        find(4, 0, "orders");
        TopicImage topic = f.create("t", 1);
        commit(8, "t", topic.id(), 0, 5);
        var request = new OffsetFetchRequest();
        for (String groupId : List.of("a", "orders", "b", "c")) {
            var group = new OffsetFetchRequest.OffsetFetchRequestGroup();
            group.groupId = groupId;
            group.topics = null;
            request.groups.add(group);
        }
        request.requireStable = true;

        // When
        OffsetFetchResponse response = f.call(ApiKey.OFFSET_FETCH, 8, request);

        // Then
        assertEquals(List.of("a", "orders", "b", "c"), response.groups.stream().map(group -> group.groupId).toList());
        assertEquals(1, response.groups.get(1).topics.size());
        assertEquals(0, response.groups.get(2).topics.size());
    }

    @Test
    void offsetsAreDeleted() {
        find(4, 0, "orders");
        TopicImage topic = f.create("t", 1);
        var request = new OffsetDeleteRequest();
        request.groupId = "orders";
        for (String name : List.of("t", "absent")) {
            var one = new OffsetDeleteRequest.OffsetDeleteRequestTopic();
            one.name = name;
            var partition = new OffsetDeleteRequest.OffsetDeleteRequestPartition();
            one.partitions.add(partition);
            request.topics.add(one);
        }
        OffsetDeleteResponse none = f.call(ApiKey.OFFSET_DELETE, 0, request);
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND.code(), none.errorCode);
        assertTrue(none.topics.isEmpty());

        commit(8, "t", topic.id(), 0, 5);
        OffsetDeleteResponse deleted = f.call(ApiKey.OFFSET_DELETE, 0, request);
        assertEquals(ErrorCode.NONE.code(), deleted.errorCode);
        assertEquals(ErrorCode.NONE.code(), deleted.topics.get(0).partitions.getFirst().errorCode);
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code(), deleted.topics.get(1).partitions.getFirst().errorCode);
        assertEquals(-1, fetched(8, topic, 0).committedOffset);
    }

    // ---- administration

    @Test
    void aGroupThatDoesNotExistIsDeadOrAnError() {
        find(4, 0, "orders");
        for (int version = 0; version <= 5; version++) {
            assertEquals("Dead", describe(version, "nothing").groupState);
            assertEquals(ErrorCode.NONE.code(), describe(version, "nothing").errorCode);
        }
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND.code(), describe(6, "nothing").errorCode);
        assertEquals("Group nothing not found.", describe(6, "nothing").errorMessage);
    }

    @Test
    void groupsAreListedByStateAndType() {
        // Given
        find(4, 0, "orders");
        TopicImage topic = f.create("t", 1);
        JoinGroupResponse joined = join(9);
        sync(5, joined, new byte[0]);
        var simple = new OffsetCommitRequest();
        simple.groupId = "simple";
        var one = new OffsetCommitRequest.OffsetCommitRequestTopic();
        one.name = topic.name();
        one.partitions.add(new OffsetCommitRequest.OffsetCommitRequestPartition());
        simple.topics.add(one);
        f.call(ApiKey.OFFSET_COMMIT, 8, simple);

        // Then
        for (int version = 0; version <= 5; version++) {
            assertEquals(2, list(version, List.of(), List.of()).size());
        }
        var stable = list(5, List.of(" stable ", "nonsense"), List.of("Classic"));
        assertEquals(List.of("orders"), stable.stream().map(group -> group.groupId).toList());
        assertEquals("Stable", stable.getFirst().groupState);
        assertEquals("classic", stable.getFirst().groupType);
        assertEquals("consumer", stable.getFirst().protocolType);
        assertEquals(List.of("simple"), list(5, List.of("Empty"), List.of()).stream().map(group -> group.groupId).toList());
        assertTrue(list(5, List.of(), List.of("consumer")).isEmpty());
    }

    private List<ListGroupsResponse.ListedGroup> list(int version, List<String> states, List<String> types) {
        var request = new ListGroupsRequest();
        request.statesFilter = new ArrayList<>(states);
        request.typesFilter = new ArrayList<>(types);
        ListGroupsResponse response = f.call(ApiKey.LIST_GROUPS, version, request);
        assertEquals(ErrorCode.NONE.code(), response.errorCode);
        return response.groups;
    }

    @Test
    void groupsAreDeletedEachWithItsResult() {
        find(4, 0, "orders");
        JoinGroupResponse joined = join(9);
        for (int version = 0; version <= 3; version++) {
            var request = new DeleteGroupsRequest();
            request.groupsNames = new ArrayList<>(List.of("orders", "absent", "orders"));
            DeleteGroupsResponse deleted = f.call(ApiKey.DELETE_GROUPS, version, request);
            assertEquals(2, deleted.results.size());
            assertEquals(ErrorCode.NON_EMPTY_GROUP.code(), deleted.results.get(0).errorCode);
            assertEquals(version >= 3 ? "The group has members." : null, deleted.results.get(0).errorMessage);
            assertEquals(ErrorCode.GROUP_ID_NOT_FOUND.code(), deleted.results.get(1).errorCode);
        }
        leave(5, joined.memberId);
        var request = new DeleteGroupsRequest();
        request.groupsNames.add("orders");
        DeleteGroupsResponse deleted = f.call(ApiKey.DELETE_GROUPS, 3, request);
        assertEquals(ErrorCode.NONE.code(), deleted.results.getFirst().errorCode);
        assertNull(deleted.results.getFirst().errorMessage);
        assertEquals("Dead", describe(5, "orders").groupState);
    }
}
