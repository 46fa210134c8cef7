#!/usr/bin/env bash
# Package: kcat 1.7.1 with librdkafka 2.0.2 (Debian 12), org.apache.kafka:kafka_2.13 and kafka-clients 4.4.0 (Maven Central)
# Behaviour: The records of a batch are compressed as a gzip file of two members, which RFC 1952 allows, gzip, zlib's gzread and Java's GZIPInputStream read,
#   and Kafka's broker stores. The Java consumer shows all records; librdkafka opens the first member, shows what is in it, and goes on behind the batch
#   without an error: records are missing in silence.
# Seen: four records, two in each member: the Java consumer reads 4, kcat 2, and reaches the end
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
(cd "$work" && apt-get download -qq kcat=1.7.1* librdkafka1=2.0.2* libyajl2 > /dev/null && for package in *.deb; do dpkg -x "$package" root; done)
kafka
java_main << 'JAVA'
import java.io.*;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.*;
import java.util.zip.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.requests.*;
import org.apache.kafka.common.serialization.*;

class Main {
    static final int HEADER = 61;

    static byte[] gzip(byte[] bytes, int from, int to) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes, from, to - from);
        }
        return out.toByteArray();
    }

    /** A batch as Kafka's client makes it, with its records compressed as two members of a gzip file. */
    static MemoryRecords batch() throws IOException {
        SimpleRecord[] records = new SimpleRecord[4];
        for (int i = 0; i < 4; i++) {
            records[i] = new SimpleRecord(System.currentTimeMillis(), null, ("record " + i).getBytes());
        }
        byte[] plain = Utils.bytes(MemoryRecords.withRecords(Compression.NONE, records).buffer());
        int half = HEADER + (plain.length - HEADER) / 2;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(plain, 0, HEADER);
        out.write(gzip(plain, HEADER, half));
        out.write(gzip(plain, half, plain.length));
        ByteBuffer batch = ByteBuffer.wrap(out.toByteArray());
        batch.putInt(8, batch.capacity() - 12);
        batch.putShort(21, (short) 1);
        CRC32C crc = new CRC32C();
        crc.update(batch.array(), 21, batch.capacity() - 21);
        batch.putInt(17, (int) crc.getValue());
        return MemoryRecords.readableRecords(batch);
    }

    static class Utils {
        static byte[] bytes(ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes;
        }
    }

    static short produce(String bootstrap, MemoryRecords records) throws IOException {
        var topics = new ProduceRequestData.TopicProduceDataCollection();
        topics.add(new ProduceRequestData.TopicProduceData().setName("t")
                .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData().setIndex(0).setRecords(records))));
        short version = 9;
        var request = new ProduceRequest(new ProduceRequestData().setAcks((short) -1).setTimeoutMs(30_000).setTopicData(topics), version);
        RequestHeader header = new RequestHeader(ApiKeys.PRODUCE, version, "finding", 1);
        byte[] bytes = Utils.bytes(request.serializeWithHeader(header));
        String[] address = bootstrap.split(":");
        try (Socket socket = new Socket(address[0], Integer.parseInt(address[1]))) {
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(bytes.length);
            out.write(bytes);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = in.readNBytes(in.readInt());
            var response = (ProduceResponse) AbstractResponse.parseResponse(ByteBuffer.wrap(answer), header);
            return response.data().responses().iterator().next().partitionResponses().get(0).errorCode();
        }
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
        }
        System.out.println("stored with error " + produce(args[0], batch()));
        int read = 0;
        try (var consumer = new KafkaConsumer<>(Map.<String, Object>of("bootstrap.servers", args[0], "auto.offset.reset", "earliest"),
                new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition("t", 0)));
            for (int i = 0; i < 100 && read < 4; i++) {
                read += consumer.poll(Duration.ofMillis(100)).count();
            }
        }
        System.out.println("the Java consumer reads " + read);
    }
}
JAVA
expect 'stored with error 0'
expect 'the Java consumer reads 4'
libraries=$(find "$work/root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
LD_LIBRARY_PATH=$libraries "$work/root/usr/bin/kcat" -C -b "$bootstrap" -t t -o beginning -e -f 'kcat reads %s\n' > "$work/kcat" 2> "$work/err"
cat "$work/kcat" "$work/err"
{ echo "kcat reads $(wc -l < "$work/kcat") records"; grep -o 'Reached end of topic t \[0\] at offset 4' "$work/err"; } > "$work/out"
cat "$work/out"
grep -qx 'kcat reads [123] records' "$work/out" || { echo "No longer so." >&2; exit 1; }
expect 'Reached end of topic t [0] at offset 4'
echo "as described"
