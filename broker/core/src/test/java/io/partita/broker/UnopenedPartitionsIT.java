package io.partita.broker;

import static io.partita.broker.Requests.batch;
import static io.partita.broker.Requests.error;
import static io.partita.broker.Requests.produce;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Disk;
import io.partita.broker.env.DiskFullException;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.CreateTopicsResponse;
import io.partita.broker.protocol.message.DescribeGroupsRequest;
import io.partita.broker.protocol.message.DescribeGroupsResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Logs that cannot be opened when their partitions come are opened when they can be, without a restart. */
class UnopenedPartitionsIT {

    private final MemoryDisk disk = new MemoryDisk();
    /** A method of the disk that fails for a path that ends so, and how; {@code null} while nothing does. */
    private volatile Failure failure;

    private record Failure(String method, String pathEnd, IOException error) {}

    private final Disk failing = (Disk) Proxy.newProxyInstance(Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
        Failure current = failure;
        if (current != null && method.getName().equals(current.method) && ((Path) arguments[0]).toString().endsWith(current.pathEnd)) {
            throw current.error;
        }
        try {
            return method.invoke(disk, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    });

    private Broker start(String directories) {
        return Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", directories,
                "offsets.topic.num.partitions", "1"))).withDisk(failing));
    }

    private static void create(Broker broker, String topic) {
        assertTrue(broker.metadata().createTopics(List.of(new NewTopic(topic, 1, 1, null, Map.of())), false).toCompletableFuture().join().getFirst().isDone());
    }

    private static ErrorCode append(Broker broker) throws IOException {
        try (RawClient client = new RawClient(broker.port())) {
            return error(client.call(ApiKey.PRODUCE, 9, produce("t", 0, -1, 60_000, batch("a")), new ProduceResponse()));
        }
    }

    private static void awaitServed(Broker broker) throws IOException {
        ErrorCode error;
        do {
            error = append(broker);
        } while (error == ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertEquals(ErrorCode.NONE, error);
    }

    @Test
    void aTopicMadeWhileTheDiskIsFullIsServedWhenThereIsRoom() throws IOException {
        try (Broker broker = start("/a")) {
            failure = new Failure("createDirectories", "t-0", new DiskFullException("No space left on device"));
            create(broker, "t");
            assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, append(broker));

            failure = null;

            awaitServed(broker);
        }
    }

    @Test
    void whoMakesATopicIsToldThatItIsNotServedYet() throws IOException {
        try (Broker broker = start("/a"); RawClient client = new RawClient(broker.port())) {
            failure = new Failure("createDirectories", "t-0", new DiskFullException("No space left on device"));
            CreateTopicsRequest request = new CreateTopicsRequest();
            request.timeoutMs = 60_000;
            CreateTopicsRequest.CreatableTopic topic = new CreateTopicsRequest.CreatableTopic();
            topic.name = "t";
            topic.numPartitions = 1;
            topic.replicationFactor = 1;
            request.topics.add(topic);

            CreateTopicsResponse.CreatableTopicResult result = client.call(ApiKey.CREATE_TOPICS, 7, request, new CreateTopicsResponse()).topics.getFirst();

            assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.forCode(result.errorCode));
            assertTrue(result.errorMessage.contains("'t' is there, but no log could be made for 1 of its partitions"), result.errorMessage);
            failure = null;
            awaitServed(broker);
        }
    }

    @Test
    void whereOneOfTwoDisksIsFullTheOtherIsTaken() throws IOException {
        try (Broker broker = start("/a,/b")) {
            failure = new Failure("createDirectories", "/a/t-0", new DiskFullException("No space left on device"));

            create(broker, "t");

            awaitServed(broker);
            assertTrue(disk.exists(Path.of("/b/t-0")));
        }
    }

    @Test
    void aLogThatCannotBeOpenedForAWhileIsServedAfterIt() throws IOException {
        try (Broker broker = start("/a")) {
            create(broker, "t");
            assertEquals(ErrorCode.NONE, append(broker));
        }
        // It is opened when it is used, which may be tried again as well.
        failure = new Failure("list", "t-0", new IOException("Too many open files"));
        try (Broker broker = start("/a")) {
            assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, append(broker));

            failure = null;

            awaitServed(broker);
        }
    }

    @Test
    void aPartitionThatADefectHasEndedIsLoadedAnewAndServed() throws Exception {
        try (Broker broker = start("/a")) {
            create(broker, "t");
            assertEquals(ErrorCode.NONE, append(broker));
            PartitionLeader before = broker.partitions().find("t", 0);

            before.owner().execute(() -> {
                throw new IllegalStateException("thrown by the test");
            });

            ErrorCode error;
            do {
                error = append(broker);
            } while (broker.partitions().find("t", 0) == before || error == ErrorCode.KAFKA_STORAGE_ERROR || error == ErrorCode.NOT_LEADER_OR_FOLLOWER);
            assertEquals(ErrorCode.NONE, error);
            PartitionLog log = broker.partitions().find("t", 0).log();
            assertNotSame(before.log(), log);
            assertTrue(log.logEndOffset() >= 2, "what was acknowledged is there: " + log.logEndOffset());
        }
    }

    @Test
    void soIsACoordinatorWhoseLogIt() throws IOException {
        try (Broker broker = start("/a"); RawClient client = new RawClient(broker.port())) {
            failure = new Failure("createDirectories", GroupCoordinator.TOPIC + "-0", new IOException("Too many open files"));
            create(broker, GroupCoordinator.TOPIC);
            assertEquals(ErrorCode.NOT_COORDINATOR, describeGroup(client));

            failure = null;

            ErrorCode error;
            do {
                error = describeGroup(client);
            } while (error == ErrorCode.NOT_COORDINATOR || error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
            assertEquals(ErrorCode.NONE, error);
        }
    }

    private static ErrorCode describeGroup(RawClient client) throws IOException {
        DescribeGroupsRequest request = new DescribeGroupsRequest();
        request.groups.add("g");
        return ErrorCode.forCode(client.call(ApiKey.DESCRIBE_GROUPS, 5, request, new DescribeGroupsResponse()).groups.getFirst().errorCode);
    }
}
