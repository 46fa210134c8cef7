package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Disk;
import io.partita.broker.env.FileDisk;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import io.partita.broker.protocol.message.DescribeGroupsRequest;
import io.partita.broker.protocol.message.DescribeGroupsResponse;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.partita.broker.protocol.message.HeartbeatRequest;
import io.partita.broker.protocol.message.HeartbeatResponse;
import io.partita.broker.protocol.message.JoinGroupRequest;
import io.partita.broker.protocol.message.JoinGroupResponse;
import io.partita.broker.protocol.message.OffsetCommitRequest;
import io.partita.broker.protocol.message.OffsetCommitResponse;
import io.partita.broker.protocol.message.OffsetFetchRequest;
import io.partita.broker.protocol.message.OffsetFetchResponse;
import io.partita.broker.protocol.message.SyncGroupRequest;
import io.partita.broker.protocol.message.SyncGroupResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups over a socket: held answers between several event loops, and what a restart leaves. */
class GroupIT {

    private static final String TOPIC = "events";
    private static final int ATTEMPTS = 5;

    @TempDir
    private Path directory;

    private Broker start(Disk disk, String threads) {
        Broker broker = Broker.start(BrokerOptions.of(BrokerConfig.of(new HashMap<>(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs",
                directory.resolve("data").toString(), "node.id", "1", "num.network.threads", threads, "group.initial.rebalance.delay.ms", "0",
                "offsets.topic.num.partitions", "5")))).withDisk(disk));
        broker.metadata().createTopics(List.of(new NewTopic(TOPIC, 2, 1, null, Map.of())), false).toCompletableFuture().join();
        return broker;
    }

    /** A member of a group, on a connection of its own. */
    private static final class TestMember implements AutoCloseable {
        private final RawClient client;
        private final String groupId;
        private String memberId = "";
        private int generation;

        private TestMember(Broker broker, String groupId) throws IOException {
            this.client = new RawClient(broker.port());
            this.groupId = groupId;
            var versions = new ApiVersionsRequest();
            versions.clientSoftwareName = "apache-kafka-java";
            versions.clientSoftwareVersion = "4.4.0";
            client.call(ApiKey.API_VERSIONS, 3, versions, new ApiVersionsResponse());
            var find = new FindCoordinatorRequest();
            find.coordinatorKeys.add(groupId);
            FindCoordinatorResponse found = client.call(ApiKey.FIND_COORDINATOR, 4, find, new FindCoordinatorResponse());
            assertEquals(ErrorCode.NONE.code(), found.coordinators.getFirst().errorCode);
        }

        private void sendJoin() throws IOException {
            var request = new JoinGroupRequest();
            request.groupId = groupId;
            request.memberId = memberId;
            request.sessionTimeoutMs = 60_000;
            request.rebalanceTimeoutMs = 60_000;
            request.protocolType = "consumer";
            var protocol = new JoinGroupRequest.JoinGroupRequestProtocol();
            protocol.name = "range";
            // A subscription of version 0, to no topic.
            protocol.metadata = new byte[10];
            request.protocols.add(protocol);
            client.send(ApiKey.JOIN_GROUP, 7, 1, request);
        }

        private JoinGroupResponse receiveJoin() throws IOException {
            var response = new JoinGroupResponse();
            client.receive(ApiKey.JOIN_GROUP, 7, response);
            memberId = response.memberId;
            generation = response.generationId;
            return response;
        }

        /** Asks for a member id, and joins with it; the answer is to be received. */
        private void sendFirstJoin() throws IOException {
            sendJoin();
            assertEquals(ErrorCode.MEMBER_ID_REQUIRED.code(), receiveJoin().errorCode);
            sendJoin();
        }

        private byte[] sync(byte[]... assignments) throws IOException {
            var request = new SyncGroupRequest();
            request.groupId = groupId;
            request.memberId = memberId;
            request.generationId = generation;
            for (byte[] assignment : assignments) {
                var one = new SyncGroupRequest.SyncGroupRequestAssignment();
                one.memberId = memberId;
                one.assignment = assignment;
                request.assignments.add(one);
            }
            SyncGroupResponse response = client.call(ApiKey.SYNC_GROUP, 3, request, new SyncGroupResponse());
            assertEquals(ErrorCode.NONE.code(), response.errorCode);
            return response.assignment;
        }

        private void sendHeartbeat(int correlationId) throws IOException {
            var request = new HeartbeatRequest();
            request.groupId = groupId;
            request.memberId = memberId;
            request.generationId = generation;
            client.send(ApiKey.HEARTBEAT, 3, correlationId, request);
        }

        private ErrorCode receiveHeartbeat(int correlationId) throws IOException {
            var response = new HeartbeatResponse();
            assertEquals(correlationId, client.receive(ApiKey.HEARTBEAT, 3, response));
            return ErrorCode.forCode(response.errorCode);
        }

        private void sendCommit(int correlationId, long offset) throws IOException {
            var request = new OffsetCommitRequest();
            request.groupId = groupId;
            request.memberId = memberId;
            request.generationIdOrMemberEpoch = generation;
            var topic = new OffsetCommitRequest.OffsetCommitRequestTopic();
            topic.name = TOPIC;
            var partition = new OffsetCommitRequest.OffsetCommitRequestPartition();
            partition.partitionIndex = 1;
            partition.committedOffset = offset;
            topic.partitions.add(partition);
            request.topics.add(topic);
            client.send(ApiKey.OFFSET_COMMIT, 7, correlationId, request);
        }

        private void receiveCommit(int correlationId) throws IOException {
            var response = new OffsetCommitResponse();
            assertEquals(correlationId, client.receive(ApiKey.OFFSET_COMMIT, 7, response));
            assertEquals(ErrorCode.NONE.code(), response.topics.getFirst().partitions.getFirst().errorCode);
        }

        private long committed() throws IOException {
            var request = new OffsetFetchRequest();
            request.groupId = groupId;
            request.topics = null;
            OffsetFetchResponse response = client.call(ApiKey.OFFSET_FETCH, 7, request, new OffsetFetchResponse());
            assertEquals(ErrorCode.NONE.code(), response.errorCode);
            return response.topics.getFirst().partitions.getFirst().committedOffset;
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    @Test
    void aMemberIsCalledToARebalanceByTheAnswerToItsLastHeartbeat() throws IOException {
        for (String threads : List.of("1", "4")) {
            try (Broker broker = start(new MemoryDisk(), threads)) {
                boolean called = false;
                // The answer is held for seconds; should this machine have stood still for longer, it was NONE.
                for (int attempt = 0; attempt < ATTEMPTS && !called; attempt++) {
                    called = isCalled(broker, "group-" + threads + attempt);
                }
                assertTrue(called);
            }
        }
    }

    private static boolean isCalled(Broker broker, String groupId) throws IOException {
        try (var first = new TestMember(broker, groupId); var second = new TestMember(broker, groupId)) {
            // Given
            first.sendFirstJoin();
            assertEquals(ErrorCode.NONE.code(), first.receiveJoin().errorCode);
            first.sync(new byte[] {1});
            first.sendHeartbeat(5);

            // When
            second.sendFirstJoin();

            // Then
            boolean called = first.receiveHeartbeat(5) == ErrorCode.REBALANCE_IN_PROGRESS;
            first.sendJoin();
            assertEquals(2, first.receiveJoin().members.size());
            assertEquals(first.generation, generationOf(second));
            return called;
        }
    }

    private static int generationOf(TestMember member) throws IOException {
        return member.receiveJoin().generationId;
    }

    @Test
    void whateverComesBehindAHeartbeatIsAnsweredBehindIt() throws IOException {
        for (String threads : List.of("1", "4")) {
            try (Broker broker = start(new MemoryDisk(), threads); var member = new TestMember(broker, "orders")) {
                // Given
                member.sendFirstJoin();
                member.receiveJoin();
                member.sync(new byte[] {1});

                // When: each round would take seconds if the heartbeat were held in spite of the commit.
                for (int round = 0; round < 200; round++) {
                    member.sendHeartbeat(2 * round);
                    member.sendCommit(2 * round + 1, round);
                    assertEquals(ErrorCode.NONE, member.receiveHeartbeat(2 * round));
                    member.receiveCommit(2 * round + 1);
                }

                // Then
                assertEquals(199, member.committed());
            }
        }
    }

    @Test
    void aRestartedBrokerHasTheSameGroupsAndOffsets() throws IOException {
        for (Disk disk : List.of(new FileDisk(), new MemoryDisk())) {
            // Given
            String memberId;
            int generation;
            try (Broker broker = start(disk, "2"); var member = new TestMember(broker, "orders")) {
                member.sendFirstJoin();
                generation = member.receiveJoin().generationId;
                memberId = member.memberId;
                member.sync(new byte[] {7});
                member.sendCommit(1, 42);
                member.receiveCommit(1);
            }

            // When
            try (Broker broker = start(disk, "2"); var member = new TestMember(broker, "orders")) {
                member.memberId = memberId;
                member.generation = generation;

                // Then
                awaitLoaded(member);
                assertEquals(42, member.committed());
                assertArrayEquals(new byte[] {7}, member.sync());
                member.sendCommit(2, 43);
                member.receiveCommit(2);
                assertEquals(43, member.committed());
            }
        }
    }

    private static void awaitLoaded(TestMember member) throws IOException {
        var request = new DescribeGroupsRequest();
        request.groups.add(member.groupId);
        DescribeGroupsResponse response;
        do {
            response = member.client.call(ApiKey.DESCRIBE_GROUPS, 4, request, new DescribeGroupsResponse());
        } while (response.groups.getFirst().errorCode == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code());
        assertEquals("Stable", response.groups.getFirst().groupState);
    }
}
