package io.partita.testing;

import com.sun.management.OperatingSystemMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchBuilder;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measures what an embedded broker costs a test: from {@code start()} to the first record acknowledged with acks=all, by a client that itself
 * costs next to nothing. The first round of a process is the cold start, the later ones are warm. Not a test: {@code bench/embedded} runs it.
 *
 * <p>Arguments: rounds (default 20), storage (default MEMORY).
 */
final class StartTimes {

    private static final short PRODUCE_VERSION = 9;
    private static final OperatingSystemMXBean PROCESS = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /**
     * Milliseconds until clients can use the broker, until the first record is acknowledged, of processor time until then (all threads), and of
     * closing the broker.
     */
    private record Round(double started, double acknowledged, double cpu, double close) {}

    private StartTimes() {}

    public static void main(String[] arguments) throws IOException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20;
        Storage storage = arguments.length > 1 ? Storage.valueOf(arguments[1]) : Storage.MEMORY;
        List<Round> all = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            all.add(measure(storage));
        }
        print("cold", all.subList(0, 1));
        if (rounds > 1) {
            // Half of the rounds warm the compiler up; the rest are what the hundredth test class of a build sees.
            print("second", all.subList(1, 2));
            print("warm", all.subList(rounds / 2, rounds));
        }
    }

    private static Round measure(Storage storage) throws IOException {
        long cpu = PROCESS.getProcessCpuTime();
        long begin = System.nanoTime();
        EmbeddedBroker broker = EmbeddedBroker.builder().storage(storage).topic("orders", 1).start();
        long started = System.nanoTime();
        produce(broker.port());
        long acknowledged = System.nanoTime();
        long cpuUsed = PROCESS.getProcessCpuTime() - cpu;
        broker.close();
        return new Round(millis(started - begin), millis(acknowledged - begin), millis(cpuUsed), millis(System.nanoTime() - acknowledged));
    }

    private static void produce(int port) throws IOException {
        ByteBuf batch = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(batch)) {
            builder.append(System.currentTimeMillis(), null, new byte[100]).finish();
        }
        ProduceRequest request = new ProduceRequest();
        request.acks = -1;
        request.timeoutMs = 10_000;
        ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
        topic.name = "orders";
        ProduceRequest.PartitionProduceData partition = new ProduceRequest.PartitionProduceData();
        partition.records = new BufferRecords(batch);
        topic.partitionData.add(partition);
        request.topicData.add(topic);
        ByteBuf frame = Unpooled.buffer();
        frame.writeInt(0).writeShort(ApiKey.PRODUCE.id()).writeShort(PRODUCE_VERSION).writeInt(1).writeShort(-1).writeByte(0);
        request.write(new MessageWriter(frame), PRODUCE_VERSION);
        frame.setInt(0, frame.readableBytes() - Integer.BYTES);
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream().write(ByteBufUtil.getBytes(frame));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = new byte[in.readInt()];
            in.readFully(answer);
            ProduceResponse response = new ProduceResponse();
            // Behind the correlation id and the header's tagged fields.
            response.read(new MessageReader(Unpooled.wrappedBuffer(answer).skipBytes(Integer.BYTES + 1)), PRODUCE_VERSION);
            short error = response.responses.getFirst().partitionResponses.getFirst().errorCode;
            if (error != 0) {
                throw new IOException("the record was refused with error " + error);
            }
        }
    }

    private static void print(String name, List<Round> rounds) {
        System.out.printf(
                Locale.ROOT,
                "%-7s started %6.1f ms, first record acknowledged %6.1f ms, CPU %6.1f ms, closed in %6.1f ms%n",
                name,
                median(rounds.stream().mapToDouble(Round::started).toArray()),
                median(rounds.stream().mapToDouble(Round::acknowledged).toArray()),
                median(rounds.stream().mapToDouble(Round::cpu).toArray()),
                median(rounds.stream().mapToDouble(Round::close).toArray()));
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }
}
