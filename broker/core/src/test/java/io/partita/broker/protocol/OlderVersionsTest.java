package io.partita.broker.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.CreateTopicsResponse;
import io.partita.broker.protocol.message.DeleteTopicsRequest;
import io.partita.broker.protocol.message.DescribeConfigsResponse;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.JoinGroupRequest;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.protocol.message.ListOffsetsResponse;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.broker.protocol.message.OffsetCommitRequest;
import io.partita.broker.protocol.message.OffsetFetchResponse;
import io.partita.broker.protocol.message.OffsetForLeaderEpochResponse;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.protocol.message.RequestHeader;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Golden bytes of versions that Kafka 4 no longer reads or writes, spelt out after the protocol's description. The kafka-clients of 2.8 and
 * 3.9 agree with all of them.
 */
class OlderVersionsTest {

    private static final String TOPIC_T = "0001 74 ";

    @Test
    void produce0() {
        var partition = new ProduceRequest.PartitionProduceData();
        partition.index = 3;
        partition.records = new BufferRecords(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));
        var topic = new ProduceRequest.TopicProduceData();
        topic.name = "t";
        topic.partitionData.add(partition);
        var request = new ProduceRequest();
        request.acks = -1;
        request.timeoutMs = 1000;
        request.topicData.add(topic);
        String golden = "ffff 000003e8 00000001 " + TOPIC_T + "00000001 00000003 00000003 010203";
        assertGolden(golden, request, 0);
        assertGolden(golden, request, 2);
    }

    @Test
    void produceResponse() {
        var partition = new ProduceResponse.PartitionProduceResponse();
        partition.index = 3;
        partition.errorCode = 6;
        partition.baseOffset = 258;
        var topic = new ProduceResponse.TopicProduceResponse();
        topic.name = "t";
        topic.partitionResponses.add(partition);
        var response = new ProduceResponse();
        response.responses.add(topic);
        response.throttleTimeMs = 7;
        String partitions = "00000001 " + TOPIC_T + "00000001 00000003 0006 0000000000000102";
        assertGolden(partitions, response, 0);
        assertGolden(partitions + "00000007", response, 1);
        assertGolden(partitions + "ffffffffffffffff 00000007", response, 2);
    }

    @Test
    void fetch() {
        var partition = new FetchRequest.FetchPartition();
        partition.partition = 3;
        partition.fetchOffset = 258;
        partition.partitionMaxBytes = 4096;
        var topic = new FetchRequest.FetchTopic();
        topic.topic = "t";
        topic.partitions.add(partition);
        var request = new FetchRequest();
        request.maxWaitMs = 500;
        request.minBytes = 1;
        request.maxBytes = 65536;
        request.topics.add(topic);
        String start = "ffffffff 000001f4 00000001 ";
        String topics = "00000001 " + TOPIC_T + "00000001 00000003 0000000000000102 00001000";
        assertGolden(start + topics, request, 0);
        assertGolden(start + "00010000" + topics, request, 3);
    }

    @Test
    void fetchResponse() {
        var partition = new FetchResponse.PartitionData();
        partition.partitionIndex = 3;
        partition.errorCode = 1;
        partition.highWatermark = 258;
        partition.records = BufferRecords.EMPTY;
        var topic = new FetchResponse.FetchableTopicResponse();
        topic.topic = "t";
        topic.partitions.add(partition);
        var response = new FetchResponse();
        response.responses.add(topic);
        response.throttleTimeMs = 7;
        String topics = "00000001 " + TOPIC_T + "00000001 00000003 0001 0000000000000102 00000000";
        assertGolden(topics, response, 0);
        assertGolden("00000007" + topics, response, 1);
    }

    @Test
    void listOffsets0() {
        var partition = new ListOffsetsRequest.ListOffsetsPartition();
        partition.partitionIndex = 3;
        partition.timestamp = -1;
        partition.maxNumOffsets = 2;
        var topic = new ListOffsetsRequest.ListOffsetsTopic();
        topic.name = "t";
        topic.partitions.add(partition);
        var request = new ListOffsetsRequest();
        request.replicaId = -1;
        request.topics.add(topic);
        assertGolden("ffffffff 00000001 " + TOPIC_T + "00000001 00000003 ffffffffffffffff 00000002", request, 0);
    }

    @Test
    void listOffsetsResponse0() {
        var partition = new ListOffsetsResponse.ListOffsetsPartitionResponse();
        partition.partitionIndex = 3;
        partition.oldStyleOffsets = List.of(258L, 0L);
        var topic = new ListOffsetsResponse.ListOffsetsTopicResponse();
        topic.name = "t";
        topic.partitions.add(partition);
        var response = new ListOffsetsResponse();
        response.topics.add(topic);
        assertGolden("00000001 " + TOPIC_T + "00000001 00000003 0000 00000002 0000000000000102 0000000000000000", response, 0);
    }

    @Test
    void offsetCommit() {
        var partition = new OffsetCommitRequest.OffsetCommitRequestPartition();
        partition.partitionIndex = 3;
        partition.committedOffset = 258;
        partition.commitTimestamp = 9;
        partition.committedMetadata = "m";
        var topic = new OffsetCommitRequest.OffsetCommitRequestTopic();
        topic.name = "t";
        topic.partitions.add(partition);
        var request = new OffsetCommitRequest();
        request.groupId = "g";
        request.memberId = "id";
        request.generationIdOrMemberEpoch = 5;
        request.topics.add(topic);
        String start = "00000001 " + TOPIC_T + "00000001 00000003 0000000000000102 ";
        assertGolden("0001 67" + start + "0001 6d", request, 0);
        assertGolden("0001 67 00000005 0002 6964" + start + "0000000000000009 0001 6d", request, 1);
    }

    @Test
    void offsetFetchResponse0() {
        var partition = new OffsetFetchResponse.OffsetFetchResponsePartition();
        partition.partitionIndex = 3;
        partition.committedOffset = -1;
        partition.metadata = "";
        partition.errorCode = 3;
        var topic = new OffsetFetchResponse.OffsetFetchResponseTopic();
        topic.name = "t";
        topic.partitions.add(partition);
        var response = new OffsetFetchResponse();
        response.topics.add(topic);
        assertGolden("00000001 " + TOPIC_T + "00000001 00000003 ffffffffffffffff 0000 0003", response, 0);
    }

    /** What sarama sends for a request whose version nobody set. */
    @Test
    void createTopics() {
        var assignment = new CreateTopicsRequest.CreatableReplicaAssignment();
        assignment.partitionIndex = 1;
        assignment.brokerIds = List.of(2, 3);
        var config = new CreateTopicsRequest.CreatableTopicConfig();
        config.name = "k";
        config.value = null;
        var topic = new CreateTopicsRequest.CreatableTopic();
        topic.name = "t";
        topic.numPartitions = 3;
        topic.replicationFactor = 1;
        topic.assignments.add(assignment);
        topic.configs.add(config);
        var request = new CreateTopicsRequest();
        request.topics.add(topic);
        request.timeoutMs = 1000;
        request.validateOnly = true;
        String golden = "00000001 " + TOPIC_T + "00000003 0001 00000001 00000001 00000002 00000002 00000003 00000001 0001 6b ffff 000003e8";
        assertGolden(golden, request, 0);
        assertGolden(golden + "01", request, 1);
    }

    @Test
    void createTopicsResponse() {
        var topic = new CreateTopicsResponse.CreatableTopicResult();
        topic.name = "t";
        topic.errorCode = 36;
        topic.errorMessage = null;
        var response = new CreateTopicsResponse();
        response.topics.add(topic);
        assertGolden("00000001 " + TOPIC_T + "0024", response, 0);
        assertGolden("00000001 " + TOPIC_T + "0024 ffff", response, 1);
    }

    @Test
    void deleteTopics0() {
        var request = new DeleteTopicsRequest();
        request.topicNames = List.of("t", "u");
        request.timeoutMs = 1000;
        assertGolden("00000002 " + TOPIC_T + "0001 75 000003e8", request, 0);
    }

    @Test
    void describeConfigsResponse0() {
        var config = new DescribeConfigsResponse.DescribeConfigsResourceResult();
        config.name = "k";
        config.value = "v";
        config.isDefault = true;
        var result = new DescribeConfigsResponse.DescribeConfigsResult();
        result.errorMessage = null;
        result.resourceType = 2;
        result.resourceName = "t";
        result.configs.add(config);
        var response = new DescribeConfigsResponse();
        response.results.add(result);
        assertGolden("00000000 00000001 0000 ffff 02 " + TOPIC_T + "00000001 0001 6b 0001 76 00 01 00", response, 0);
    }

    @Test
    void offsetForLeaderEpochResponse() {
        var partition = new OffsetForLeaderEpochResponse.EpochEndOffset();
        partition.partition = 3;
        partition.leaderEpoch = 4;
        partition.endOffset = 258;
        var topic = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult();
        topic.topic = "t";
        topic.partitions.add(partition);
        var response = new OffsetForLeaderEpochResponse();
        response.topics.add(topic);
        assertGolden("00000001 " + TOPIC_T + "00000001 0000 00000003 0000000000000102", response, 0);
        assertGolden("00000001 " + TOPIC_T + "00000001 0000 00000003 00000004 0000000000000102", response, 1);
    }

    @Test
    void joinGroup0() {
        var protocol = new JoinGroupRequest.JoinGroupRequestProtocol();
        protocol.name = "range";
        protocol.metadata = new byte[] {1};
        var request = new JoinGroupRequest();
        request.groupId = "g";
        request.sessionTimeoutMs = 1000;
        request.protocolType = "consumer";
        request.protocols.add(protocol);
        assertGolden("0001 67 000003e8 0000 0008 636f6e73756d6572 00000001 0005 72616e6765 00000001 01", request, 0);
    }

    @Test
    void findCoordinator0() {
        var request = new FindCoordinatorRequest();
        request.key = "g";
        assertGolden("0001 67", request, 0);
    }

    @Test
    void metadataResponse0() {
        var broker = new MetadataResponse.MetadataResponseBroker();
        broker.nodeId = 1;
        broker.host = "h";
        broker.port = 9092;
        var partition = new MetadataResponse.MetadataResponsePartition();
        partition.partitionIndex = 3;
        partition.leaderId = 1;
        partition.replicaNodes = List.of(1);
        partition.isrNodes = List.of(1);
        var topic = new MetadataResponse.MetadataResponseTopic();
        topic.name = "t";
        topic.partitions.add(partition);
        var response = new MetadataResponse();
        response.brokers.add(broker);
        response.topics.add(topic);
        assertGolden("00000001 00000001 0001 68 00002384 00000001 0000 " + TOPIC_T
                + "00000001 0000 00000003 00000001 00000001 00000001 00000001 00000001", response, 0);
    }

    /** The client id keeps its old-style length in the flexible header, so that brokers can read it whatever the version. */
    @Test
    void requestHeader() {
        var header = new RequestHeader();
        header.requestApiKey = 18;
        header.requestApiVersion = 3;
        header.correlationId = 9;
        header.clientId = "c";
        assertGolden("0012 0003 00000009 0001 63", header, 1);
        assertGolden("0012 0003 00000009 0001 63 00", header, 2);
        header.clientId = null;
        assertGolden("0012 0003 00000009 ffff", header, 1);
    }

    private static void assertGolden(String hex, Message message, int version) {
        String golden = hex.replace(" ", "");
        // When written
        assertEquals(golden, ByteBufUtil.hexDump(Messages.write(message, version)));
        // When read, and written to show what was read
        Message read = Messages.create(message.getClass());
        ByteBuf bytes = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(golden));
        var reader = new MessageReader(bytes);
        read.read(reader, (short) version);
        assertEquals(0, reader.remaining());
        assertEquals(golden, ByteBufUtil.hexDump(Messages.write(read, version)));
    }
}
