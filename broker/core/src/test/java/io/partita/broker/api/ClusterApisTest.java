package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsResponse;
import io.partita.broker.protocol.message.DescribeClusterRequest;
import io.partita.broker.protocol.message.DescribeClusterResponse;
import io.partita.broker.protocol.message.DescribeLogDirsRequest;
import io.partita.broker.protocol.message.DescribeLogDirsRequest.DescribableLogDirTopic;
import io.partita.broker.protocol.message.DescribeLogDirsResponse;
import io.partita.broker.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.partita.broker.protocol.message.DescribeTopicPartitionsRequest;
import io.partita.broker.protocol.message.DescribeTopicPartitionsRequest.Cursor;
import io.partita.broker.protocol.message.DescribeTopicPartitionsRequest.TopicRequest;
import io.partita.broker.protocol.message.DescribeTopicPartitionsResponse;
import io.partita.broker.protocol.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic;
import io.partita.broker.protocol.message.ElectLeadersRequest;
import io.partita.broker.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.partita.broker.protocol.message.ElectLeadersResponse;
import io.partita.broker.protocol.message.ElectLeadersResponse.PartitionResult;
import io.partita.broker.protocol.message.ListPartitionReassignmentsRequest;
import io.partita.broker.protocol.message.ListPartitionReassignmentsResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** DescribeCluster, DescribeTopicPartitions, DescribeLogDirs, ElectLeaders and the reassignments. */
class ClusterApisTest {

    private final AdminFixture broker = new AdminFixture();

    @Test
    void describesTheCluster() {
        for (int version = 0; version <= 2; version++) {
            DescribeClusterRequest request = new DescribeClusterRequest();
            request.includeClusterAuthorizedOperations = version == 2;
            DescribeClusterResponse response = broker.call(ApiKey.DESCRIBE_CLUSTER, version, request);
            assertEquals("cluster", response.clusterId);
            assertEquals(AdminFixture.NODE, response.controllerId);
            assertEquals("inside", response.brokers.getFirst().host);
            assertEquals(version == 2 ? 8096 : Integer.MIN_VALUE, response.clusterAuthorizedOperations);
        }
    }

    @Test
    void thereAreNoControllersToDescribe() {
        DescribeClusterRequest request = new DescribeClusterRequest();
        request.endpointType = 2;
        DescribeClusterResponse response = broker.call(ApiKey.DESCRIBE_CLUSTER, 1, request);
        assertEquals(ErrorCode.MISMATCHED_ENDPOINT_TYPE.code(), response.errorCode);
        request.endpointType = 9;
        response = broker.call(ApiKey.DESCRIBE_CLUSTER, 1, request);
        assertEquals(ErrorCode.UNSUPPORTED_ENDPOINT_TYPE.code(), response.errorCode);
    }

    // ---- DescribeTopicPartitions

    private List<String> page(DescribeTopicPartitionsRequest request) {
        DescribeTopicPartitionsResponse response = broker.call(ApiKey.DESCRIBE_TOPIC_PARTITIONS, 0, request);
        List<String> page = new ArrayList<>();
        for (DescribeTopicPartitionsResponseTopic topic : response.topics) {
            page.add(topic.name + (topic.errorCode != 0 ? " " + ErrorCode.forCode(topic.errorCode) : "")
                    + topic.partitions.stream().map(partition -> partition.partitionIndex).toList());
        }
        if (response.nextCursor != null) {
            page.add("next " + response.nextCursor.topicName + " " + response.nextCursor.partitionIndex);
        }
        return page;
    }

    private static DescribeTopicPartitionsRequest topics(int limit, String... names) {
        DescribeTopicPartitionsRequest request = new DescribeTopicPartitionsRequest();
        request.responsePartitionLimit = limit;
        for (String name : names) {
            TopicRequest topic = new TopicRequest();
            topic.name = name;
            request.topics.add(topic);
        }
        return request;
    }

    private static DescribeTopicPartitionsRequest from(String topic, int partition, DescribeTopicPartitionsRequest request) {
        request.cursor = new Cursor();
        request.cursor.topicName = topic;
        request.cursor.partitionIndex = partition;
        return request;
    }

    @Test
    void describesPartitionsPageByPage() {
        broker.create("a", 2);
        broker.create("b", 3);
        broker.create("c", 1);

        assertEquals(List.of("a[0, 1]", "b[0, 1, 2]", "c[0]"), page(topics(2000)));
        assertEquals(List.of("a[0, 1]", "b[0]", "next b 1"), page(topics(3)));
        assertEquals(List.of("b[1, 2]", "c[0]"), page(from("b", 1, topics(3))));
        assertEquals(List.of("a[0, 1]", "next b 0"), page(topics(2)));
        assertEquals(List.of("a[0]", "next a 1"), page(topics(0)));
        assertEquals(List.of("c[0]"), page(from("bb", 2, topics(3))));
        assertEquals(List.of("b[]", "c[0]"), page(from("b", 99, topics(3))));
    }

    @Test
    void topicsAskedForByNameAreSortedAndToldOnce() {
        broker.create("a", 2);
        broker.create("b", 1);
        assertEquals(List.of("a[0, 1]", "a/b INVALID_TOPIC_EXCEPTION[]", "b[0]", "x UNKNOWN_TOPIC_OR_PARTITION[]"),
                page(topics(2000, "x", "b", "a", "a/b", "b")));
        assertEquals(List.of("b INVALID_REQUEST[]"), page(from("a", 0, topics(10, "b"))));
        assertEquals(List.of("b INVALID_REQUEST[]"), page(from("b", -1, topics(10, "b"))));
    }

    // ---- DescribeLogDirs

    @Test
    void describesTheDataDirectories() {
        broker.create("t", 2);
        broker.create("u", 1);
        for (int version = 0; version <= 5; version++) {
            DescribeLogDirsRequest request = new DescribeLogDirsRequest();
            request.topics = null;
            assertEquals(List.of("t 0", "t 1", "u 0"), logs(version, request));

            DescribableLogDirTopic topic = new DescribableLogDirTopic();
            topic.topic = "t";
            topic.partitions = List.of(1, 99);
            request.topics = List.of(topic);
            assertEquals(List.of("t 1"), logs(version, request));
        }
    }

    private List<String> logs(int version, DescribeLogDirsRequest request) {
        DescribeLogDirsResponse response = broker.call(ApiKey.DESCRIBE_LOG_DIRS, version, request);
        DescribeLogDirsResult directory = response.results.getFirst();
        assertEquals(ErrorCode.NONE.code(), directory.errorCode);
        assertTrue(directory.logDir.endsWith("data"), directory.logDir);
        assertEquals(version >= 4, directory.usableBytes > 0);
        List<String> logs = new ArrayList<>();
        directory.topics.forEach(topic -> topic.partitions.forEach(partition -> logs.add(topic.name + " " + partition.partitionIndex)));
        return logs;
    }

    // ---- ElectLeaders

    @Test
    void thereIsNothingToElect() {
        broker.create("t", 1);
        for (int version = 0; version <= 2; version++) {
            assertEquals(List.of(ErrorCode.ELECTION_NOT_NEEDED, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), elect(version, 0));
        }
        assertEquals(List.of(ErrorCode.ELECTION_NOT_NEEDED, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), elect(2, 1));
        assertEquals(List.of(ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST), elect(2, 5));

        ElectLeadersRequest all = new ElectLeadersRequest();
        all.topicPartitions = null;
        ElectLeadersResponse response = broker.call(ApiKey.ELECT_LEADERS, 2, all);
        assertEquals(List.of(), response.replicaElectionResults);
        assertEquals(ErrorCode.NONE.code(), response.errorCode);
    }

    private List<ErrorCode> elect(int version, int type) {
        ElectLeadersRequest request = new ElectLeadersRequest();
        request.electionType = (byte) type;
        TopicPartitions topic = new TopicPartitions();
        topic.topic = "t";
        topic.partitions = List.of(0, 9);
        request.topicPartitions.add(topic);
        ElectLeadersResponse response = broker.call(ApiKey.ELECT_LEADERS, version, request);
        List<PartitionResult> results = response.replicaElectionResults.getFirst().partitionResult;
        return results.stream().map(result -> ErrorCode.forCode(result.errorCode)).toList();
    }

    // ---- reassignments

    @Test
    void nothingIsEverOnItsWay() {
        ListPartitionReassignmentsResponse response = broker.call(ApiKey.LIST_PARTITION_REASSIGNMENTS, 0, new ListPartitionReassignmentsRequest());
        assertEquals(ErrorCode.NONE.code(), response.errorCode);
        assertNull(response.errorMessage);
        assertEquals(List.of(), response.topics);
    }

    @Test
    void aPartitionStaysWhereItIs() {
        broker.create("t", 5);
        AlterPartitionReassignmentsRequest request = new AlterPartitionReassignmentsRequest();
        ReassignableTopic topic = new ReassignableTopic();
        topic.name = "t";
        List<List<Integer>> wishes = new ArrayList<>(
                List.of(List.of(AdminFixture.NODE), List.of(99), List.of(), List.of(AdminFixture.NODE, AdminFixture.NODE)));
        wishes.add(null);
        wishes.add(List.of(AdminFixture.NODE));
        for (int i = 0; i < wishes.size(); i++) {
            ReassignablePartition partition = new ReassignablePartition();
            partition.partitionIndex = i;
            partition.replicas = wishes.get(i);
            topic.partitions.add(partition);
        }
        request.topics.add(topic);

        for (int version = 0; version <= 1; version++) {
            AlterPartitionReassignmentsResponse response = broker.call(ApiKey.ALTER_PARTITION_REASSIGNMENTS, version, request);
            assertEquals(List.of(ErrorCode.NONE, ErrorCode.INVALID_REPLICA_ASSIGNMENT, ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
                    response.responses.getFirst().partitions.stream().map(partition -> ErrorCode.forCode(partition.errorCode)).toList());
        }
    }
}
