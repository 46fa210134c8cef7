package io.partita.broker;

import static io.partita.broker.Requests.batch;
import static io.partita.broker.Requests.fetch;
import static io.partita.broker.Requests.produce;
import static io.partita.broker.Requests.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Disk;
import io.partita.broker.env.FileDisk;
import io.partita.broker.log.LogId;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.DeleteRecordsRequest;
import io.partita.broker.protocol.message.DeleteRecordsResponse;
import io.partita.broker.protocol.message.DescribeProducersRequest;
import io.partita.broker.protocol.message.DescribeProducersResponse;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that nobody uses costs a broker nothing but its name, whether it was made just now or is there since long. */
class LateOpeningIT {

    private static final String TOPIC = "many";
    private static final int PARTITIONS = 300;
    private static final int WAIT = 30_000;

    @TempDir
    private Path directory;

    private Broker start() {
        return Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of("node.id", "1", "log.dirs", directory.toString(), "listeners",
                "PLAINTEXT://127.0.0.1:0"))).withDisk(new FileDisk()));
    }

    private static List<PartitionLog> open(Broker broker) {
        return IntStream.range(0, PARTITIONS).mapToObj(index -> broker.directories().getFirst().log(new LogId(TOPIC, index))).filter(PartitionLog::isLoaded)
                .toList();
    }

    private long segments() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().contains(TOPIC) && file.toString().endsWith(".log")).count();
        }
    }

    @Test
    void logsAreMadeAndOpenedWhenTheyAreUsed() throws IOException {
        try (Broker broker = start()) {
            broker.metadata().createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, 1, null, Map.of())), false).toCompletableFuture().join();
            // Given a topic of which a few partitions are written to
            assertEquals(List.of(), open(broker));
            assertEquals(0, segments());
            try (RawClient client = new RawClient(broker.port())) {
                for (int index = 0; index < 5; index++) {
                    client.call(ApiKey.PRODUCE, 9, produce(TOPIC, index, -1, WAIT, batch("value-" + index)), new ProduceResponse());
                }
            }
            assertEquals(5, open(broker).size());
            assertEquals(5, segments());
        }
        // When the broker starts again
        try (Broker broker = start(); RawClient client = new RawClient(broker.port())) {
            // Then it leads them all without having looked at one, and reads those it is asked for
            assertEquals(PARTITIONS, broker.partitions().all().stream().filter(leader -> leader.topic().equals(TOPIC)).count());
            assertEquals(List.of(), open(broker));
            FetchResponse fetched = client.call(ApiKey.FETCH, 11, fetch(TOPIC, 3, 0, WAIT, 1), new FetchResponse());
            assertEquals(List.of("value-3"), values(fetched));
            assertEquals(1, open(broker).size());
            client.call(ApiKey.PRODUCE, 9, produce(TOPIC, 4, -1, WAIT, batch("more")), new ProduceResponse());
            assertEquals(2, open(broker).size());
            assertEquals(2, broker.partitions().find(TOPIC, 4).log().logEndOffset());
            assertTrue(segments() == 5);
        }
    }

    /** Made known with {@link #disk}: whatever the event loop of this partition looks for on the disk is noted. */
    private final AtomicReference<PartitionLeader> watched = new AtomicReference<>();
    private final List<String> soughtOnTheLoop = new CopyOnWriteArrayList<>();

    private Disk disk() {
        Disk files = new FileDisk();
        return (Disk) Proxy.newProxyInstance(Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
            PartitionLeader leader = watched.get();
            if (leader != null && leader.owner().inEventLoop() && Set.of("list", "readAll").contains(method.getName())) {
                soughtOnTheLoop.add(method.getName() + " " + arguments[0]);
            }
            try {
                return method.invoke(files, arguments);
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        });
    }

    @Test
    void noRequestOpensALogOnItsEventLoop() throws IOException {
        try (Broker broker = start(); RawClient client = new RawClient(broker.port())) {
            broker.metadata().createTopics(List.of(new NewTopic(TOPIC, 3, 1, null, Map.of())), false).toCompletableFuture().join();
            for (int index = 0; index < 3; index++) {
                client.call(ApiKey.PRODUCE, 9, produce(TOPIC, index, -1, WAIT, batch("value")), new ProduceResponse());
            }
        }
        BrokerOptions options = BrokerOptions
                .of(BrokerConfig.of(Map.of("node.id", "1", "log.dirs", directory.toString(), "listeners", "PLAINTEXT://127.0.0.1:0")));
        try (Broker broker = Broker.start(options.withDisk(disk())); RawClient client = new RawClient(broker.port())) {
            watched.set(broker.partitions().find(TOPIC, 0));
            DescribeProducersRequest describe = new DescribeProducersRequest();
            var described = new DescribeProducersRequest.TopicRequest();
            described.name = TOPIC;
            described.partitionIndexes.add(0);
            describe.topics.add(described);
            DescribeProducersResponse producers = client.call(ApiKey.DESCRIBE_PRODUCERS, 0, describe, new DescribeProducersResponse());
            assertEquals(0, producers.topics.getFirst().partitions.getFirst().errorCode);

            watched.set(broker.partitions().find(TOPIC, 1));
            DeleteRecordsRequest delete = new DeleteRecordsRequest();
            delete.timeoutMs = WAIT;
            var shortened = new DeleteRecordsRequest.DeleteRecordsTopic();
            shortened.name = TOPIC;
            var partition = new DeleteRecordsRequest.DeleteRecordsPartition();
            partition.partitionIndex = 1;
            partition.offset = 1;
            shortened.partitions.add(partition);
            delete.topics.add(shortened);
            DeleteRecordsResponse deleted = client.call(ApiKey.DELETE_RECORDS, 2, delete, new DeleteRecordsResponse());
            assertEquals(0, deleted.topics.getFirst().partitions.getFirst().errorCode);
            assertEquals(1, deleted.topics.getFirst().partitions.getFirst().lowWatermark);
        }
        assertEquals(List.of(), soughtOnTheLoop);
    }
}
