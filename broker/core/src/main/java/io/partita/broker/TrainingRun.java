package io.partita.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.partita.broker.protocol.message.InitProducerIdRequest;
import io.partita.broker.protocol.message.InitProducerIdResponse;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.protocol.message.ListOffsetsResponse;
import io.partita.broker.protocol.message.MetadataRequest;
import io.partita.broker.protocol.message.MetadataResponse;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchBuilder;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a broker does in its first seconds, done once while the JDK records which classes that takes (the AOT cache of JEP 483 and 514): starts on a
 * temporary directory, creates a topic, takes and gives records, stops. Run by the build of the image and by {@code ./run}.
 */
public final class TrainingRun {

    private static final String TOPIC = "training";
    private static final int ROUNDS = 200;

    private final DataInputStream in;
    private final OutputStream out;

    private TrainingRun(Socket socket) throws IOException {
        this.in = new DataInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("partita-training");
        Map<String, String> settings = Map.of("listeners", "PLAINTEXT://localhost:0", "log.dirs", directory.toString(), "node.id", "1",
                "offsets.topic.num.partitions", "1");
        for (int start = 0; start < 2; start++) {
            Broker broker = Broker.start(BrokerOptions.of(BrokerConfig.of(settings)));
            try {
                exercise(broker.port());
            } finally {
                broker.close();
            }
        }
        delete(directory);
    }

    /** What a client does in its first seconds, with the broker that listens on {@code port} of this machine. */
    public static void exercise(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            new TrainingRun(socket).exercise();
        }
    }

    private void exercise() throws IOException {
        ApiVersionsRequest versions = new ApiVersionsRequest();
        versions.clientSoftwareName = "training";
        versions.clientSoftwareVersion = "1";
        call(ApiKey.API_VERSIONS, 3, versions, new ApiVersionsResponse());
        createTopic();
        InitProducerIdResponse producer = call(ApiKey.INIT_PRODUCER_ID, 4, new InitProducerIdRequest(), new InitProducerIdResponse());
        for (int round = 0; round < ROUNDS; round++) {
            produce(producer, round);
            fetch(round);
        }
        FindCoordinatorRequest coordinator = new FindCoordinatorRequest();
        coordinator.coordinatorKeys.add("training-group");
        call(ApiKey.FIND_COORDINATOR, 4, coordinator, new FindCoordinatorResponse());
        ListOffsetsRequest offsets = new ListOffsetsRequest();
        offsets.replicaId = -1;
        ListOffsetsRequest.ListOffsetsTopic topic = new ListOffsetsRequest.ListOffsetsTopic();
        topic.name = TOPIC;
        ListOffsetsRequest.ListOffsetsPartition partition = new ListOffsetsRequest.ListOffsetsPartition();
        partition.timestamp = -1;
        topic.partitions.add(partition);
        offsets.topics.add(topic);
        call(ApiKey.LIST_OFFSETS, 7, offsets, new ListOffsetsResponse());
    }

    private void createTopic() throws IOException {
        MetadataRequest request = new MetadataRequest();
        MetadataRequest.MetadataRequestTopic topic = new MetadataRequest.MetadataRequestTopic();
        topic.name = TOPIC;
        request.topics.add(topic);
        request.allowAutoTopicCreation = true;
        for (int attempt = 0; attempt < ROUNDS; attempt++) {
            MetadataResponse response = call(ApiKey.METADATA, 12, request, new MetadataResponse());
            if (response.topics.getFirst().errorCode == 0) {
                return;
            }
        }
        throw new IOException("the topic of the training run was not created");
    }

    private void produce(InitProducerIdResponse producer, int round) throws IOException {
        ByteBuf batch = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(batch).producer(producer.producerId, producer.producerEpoch, round)) {
            builder.append(System.currentTimeMillis(), null, ("record " + round).getBytes(StandardCharsets.UTF_8)).finish();
        }
        ProduceRequest request = new ProduceRequest();
        request.acks = -1;
        request.timeoutMs = 10_000;
        ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
        topic.name = TOPIC;
        ProduceRequest.PartitionProduceData partition = new ProduceRequest.PartitionProduceData();
        partition.records = new BufferRecords(batch);
        topic.partitionData.add(partition);
        request.topicData.add(topic);
        ProduceResponse response = call(ApiKey.PRODUCE, 9, request, new ProduceResponse());
        if (response.responses.getFirst().partitionResponses.getFirst().errorCode != 0) {
            throw new IOException("the training run could not produce: error " + response.responses.getFirst().partitionResponses.getFirst().errorCode);
        }
    }

    private void fetch(int round) throws IOException {
        FetchRequest request = new FetchRequest();
        request.maxWaitMs = 100;
        request.minBytes = 1;
        FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
        topic.topic = TOPIC;
        FetchRequest.FetchPartition partition = new FetchRequest.FetchPartition();
        partition.fetchOffset = round;
        partition.partitionMaxBytes = 1 << 20;
        topic.partitions.add(partition);
        request.topics.add(topic);
        call(ApiKey.FETCH, 11, request, new FetchResponse());
    }

    private <R extends Message> R call(ApiKey key, int version, Message request, R response) throws IOException {
        ByteBuf frame = Unpooled.buffer();
        frame.writeInt(0).writeShort(key.id()).writeShort(version).writeInt(1).writeShort(-1);
        if (key.isFlexible(version)) {
            frame.writeByte(0);
        }
        request.write(new MessageWriter(frame), (short) version);
        frame.setInt(0, frame.readableBytes() - 4);
        out.write(ByteBufUtil.getBytes(frame));
        byte[] answer = new byte[in.readInt()];
        in.readFully(answer);
        ByteBuf body = Unpooled.wrappedBuffer(answer).skipBytes(4);
        if (key.responseHeaderVersion(version) == 1) {
            body.skipBytes(1);
        }
        response.read(new MessageReader(body), (short) version);
        return response;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
