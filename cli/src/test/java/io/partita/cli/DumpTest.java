package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a broker that was here, read without one. */
class DumpTest {

    @TempDir
    Path data;

    @BeforeEach
    void aBrokerLeavesItsFiles() throws Exception {
        try (Tool tool = Tool.onDisk(data)) {
            tool.run("topic", "create", "orders");
            tool.type("k:one\nk:two\nother:three\n", "produce", "orders", "-K", ":", "-H", "trace=1");
            tool.run("group", "reset", "readers", "--to", "end", "--topic", "orders", "--execute");
            Properties properties = new Properties();
            properties.put("bootstrap.servers", tool.address());
            properties.put("transactional.id", "payments");
            try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("orders", "paid"));
                producer.sendOffsetsToTransaction(java.util.Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(2)),
                        new org.apache.kafka.clients.consumer.ConsumerGroupMetadata("copiers"));
                producer.commitTransaction();
            }
        }
    }

    private static Tool.Result dump(Object... words) {
        return Tool.alone("", false, Stream.concat(Stream.of("dump"), Stream.of(words).map(Object::toString)).toArray(String[]::new));
    }

    @Test
    void aDataDirectoryIsAListOfLogs() throws IOException {
        Tool.Result result = dump(data, "-o", "json");
        List<String> topics = result.jsonArray().stream().map(log -> ((JsonObject) log).getString("topic")).toList();
        assertTrue(topics.containsAll(List.of("__consumer_offsets", "__transaction_state", "orders")), result.out());
    }

    @Test
    void aSegmentIsShownByBatchesOrRecords() {
        Path segment = data.resolve("orders-0/00000000000000000000.log");
        Tool.Result batches = dump(segment, "-o", "json");
        assertEquals(0, batches.code(), batches.err());
        assertEquals(3, batches.jsonArray().size());
        assertEquals(3, batches.jsonArray().getJsonObject(0).getInteger("records"));
        assertEquals("[\"transactional\",\"control\"]", batches.jsonArray().getJsonObject(2).getJsonArray("flags").encode());

        List<String> records = dump(segment, "--records").out().lines().toList();
        JsonObject first = new JsonObject(records.getFirst());
        assertEquals("k", first.getString("key"));
        assertEquals("one", first.getString("value"));
        assertEquals("1", first.getJsonObject("headers").getString("trace"));
        assertEquals("commit", new JsonObject(records.getLast()).getString("marker"));
        assertEquals(2, dump(data.resolve("orders-0"), "--records", "--from", "1", "-n", "2").out().lines().count());
        List<String> state = dump(data.resolve("orders-0"), "--records", "--state").out().lines().toList();
        assertEquals(List.of("two", "three", "paid"), state.stream().map(line -> new JsonObject(line).getString("value")).toList());
    }

    @Test
    void whatCoordinatorsKeepIsDecoded() {
        String offsets = dump(data.resolve("__consumer_offsets-0"), "--records", "--state").out();
        JsonObject readers = offsets.lines().map(JsonObject::new).filter(record -> record.getString("kind").equals("offset"))
                .filter(record -> record.getJsonObject("key").getString("group").equals("readers")).findAny().orElseThrow();
        assertEquals("orders", readers.getJsonObject("key").getString("topic"));
        assertEquals(3, readers.getJsonObject("value").getInteger("offset"));
        assertTrue(offsets.contains("\"group\":\"copiers\""), offsets);

        String transactions = dump(data.resolve("__transaction_state-0"), "--records", "--state").out();
        JsonObject payments = new JsonObject(transactions.lines().findFirst().orElseThrow());
        assertEquals("transaction", payments.getString("kind"));
        assertEquals("payments", payments.getJsonObject("key").getString("transactionalId"));
        assertEquals(4, payments.getJsonObject("value").getInteger("transactionStatus"));
    }

    @Test
    void damageIsTold() throws IOException {
        Path segment = data.resolve("orders-0/00000000000000000000.log");
        try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'X'}), 80);
            channel.write(ByteBuffer.wrap(new byte[20]), channel.size());
        }
        byte[] before = Files.readAllBytes(segment);
        for (Tool.Result result : List.of(dump(segment), dump(segment, "--records"), dump(data.resolve("orders-0")))) {
            assertEquals(6, result.code());
        }
        String told = dump(segment).err();
        assertTrue(told.contains("The batch at 0: its checksum is another one."), told);
        assertTrue(told.contains("The last 20 bytes are no whole batch."), told);
        assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(Files.readAllBytes(segment)));
    }

    @Test
    void indexesSnapshotsAndCheckpointsAreShown() throws IOException {
        assertTrue(dump(data.resolve("orders-0/partition.metadata")).out().contains("topic_id"));
        try (Stream<Path> files = Files.list(data.resolve("orders-0"))) {
            Path snapshot = files.filter(file -> file.toString().endsWith(".snapshot")).findFirst().orElseThrow();
            Tool.Result producers = dump(snapshot, "-o", "json");
            assertEquals(2, producers.jsonArray().size());
            assertTrue(producers.jsonArray().getJsonObject(0).getLong("producerId") >= 0, producers.out());
        }
        assertEquals(0, dump(data.resolve("orders-0/00000000000000000000.timeindex")).code());
        assertEquals(4, dump(data.resolve("nothing")).code());
    }
}
