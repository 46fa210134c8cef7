package io.partita.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchCheck;
import io.partita.broker.record.BatchRules;
import io.partita.broker.record.BatchValidation;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the wire costs: a Produce read and answered, an incremental Fetch read, the check of a produced batch with its CRC. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {

    private static final short PRODUCE_VERSION = 9;
    private static final short FETCH_VERSION = 12;

    private final ByteBuf batch = Batches.direct(16, 1000);
    private final ByteBuf produce = Unpooled.directBuffer();
    private final ByteBuf fetch = Unpooled.directBuffer();
    private final ByteBuf out = Unpooled.directBuffer();
    private final ProduceResponse response = new ProduceResponse();
    private final BatchRules rules = BatchRules.lenient(1 << 20);

    @Setup
    public void encode() {
        ProduceRequest request = new ProduceRequest();
        request.acks = -1;
        ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
        topic.name = "some-topic";
        ProduceRequest.PartitionProduceData partition = new ProduceRequest.PartitionProduceData();
        partition.records = new BufferRecords(batch);
        topic.partitionData.add(partition);
        request.topicData.add(topic);
        request.write(new MessageWriter(produce), PRODUCE_VERSION);

        FetchRequest incremental = new FetchRequest();
        incremental.sessionId = 1;
        incremental.sessionEpoch = 1;
        FetchRequest.FetchTopic fetchTopic = new FetchRequest.FetchTopic();
        fetchTopic.topic = "some-topic";
        fetchTopic.partitions.add(new FetchRequest.FetchPartition());
        incremental.topics.add(fetchTopic);
        incremental.write(new MessageWriter(fetch), FETCH_VERSION);

        ProduceResponse.TopicProduceResponse topicResponse = new ProduceResponse.TopicProduceResponse();
        topicResponse.name = "some-topic";
        topicResponse.partitionResponses.add(new ProduceResponse.PartitionProduceResponse());
        response.responses.add(topicResponse);
    }

    @Benchmark
    public ProduceRequest readProduce() {
        ProduceRequest request = new ProduceRequest();
        request.read(new MessageReader(produce), PRODUCE_VERSION);
        return request;
    }

    @Benchmark
    public FetchRequest readFetch() {
        FetchRequest request = new FetchRequest();
        request.read(new MessageReader(fetch), FETCH_VERSION);
        return request;
    }

    @Benchmark
    public int writeProduceResponse() {
        out.clear();
        response.write(new MessageWriter(out), PRODUCE_VERSION);
        return out.writerIndex();
    }

    @Benchmark
    public BatchCheck checkBatch() {
        return BatchValidation.checkProduced(batch, 0, batch.writerIndex(), rules, System.currentTimeMillis());
    }
}
