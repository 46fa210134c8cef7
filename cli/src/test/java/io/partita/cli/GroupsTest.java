package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Groups of real consumers. */
class GroupsTest {

    private final Tool tool = Tool.withBroker(Map.of("group.streams.initial.rebalance.delay.ms", "0"));

    @BeforeEach
    void aTopicWithTenRecords() throws Exception {
        tool.run("topic", "create", "orders");
        Properties properties = new Properties();
        properties.put("bootstrap.servers", tool.address());
        try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            for (long i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>("orders", 0, 1_000 * (i + 1), "key", "value " + i)).get();
            }
        }
    }

    @AfterEach
    void close() {
        tool.close();
    }

    private KafkaConsumer<String, String> consumer(String group, String protocol) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", tool.address());
        properties.put("group.id", group);
        properties.put("group.protocol", protocol);
        properties.put("client.id", "reader");
        properties.put("auto.offset.reset", "earliest");
        properties.put("max.poll.records", "4");
        properties.put("enable.auto.commit", "false");
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of("orders"));
        int seen = 0;
        while (seen < 4) {
            seen += consumer.poll(Duration.ofSeconds(1)).count();
        }
        consumer.commitSync();
        return consumer;
    }

    @Test
    void membersAndLagOfAGroupAreShownWhateverItsProtocol() {
        for (String protocol : List.of("classic", "consumer")) {
            try (var consumer = consumer(protocol + "-group", protocol)) {
                JsonObject group = tool.run("group", "describe", protocol + "-group", "-o", "json").jsonArray().getJsonObject(0);
                assertEquals("Stable", group.getString("state"));
                assertEquals(protocol, group.getString("type"));
                JsonObject listed = tool.run("group", "list", protocol + "-group", "-o", "json").jsonArray().getJsonObject(0);
                assertEquals(group.getString("type"), listed.getString("type"), "everywhere the same");
                JsonObject partition = group.getJsonArray("partitions").getJsonObject(0);
                assertEquals(4, partition.getInteger("committed"));
                assertEquals(10, partition.getInteger("end"));
                assertEquals(6, partition.getInteger("lag"));
                assertEquals("reader", partition.getString("client"));
            }
            JsonObject listed = tool.run("group", "list", protocol, "-o", "json").jsonArray().getJsonObject(0);
            assertEquals("Empty", listed.getString("state"));
            assertEquals(6, listed.getInteger("lag"));
        }
    }

    @Test
    void aResetShowsWhatItWouldDoUntilItIsToldToDoIt() {
        consumer("readers", "classic").close();
        Tool.Result shown = tool.run("group", "reset", "readers", "--to", "beginning");
        assertEquals("""
                TOPIC    PARTITION   BEFORE   AFTER   END   LAG
                orders           0        4       0    10    10
                """, shown.out());
        assertEquals("Dry run, nothing is changed. --execute does it.\n", shown.err());
        assertEquals(6, lag());

        assertEquals(0, tool.run("group", "reset", "readers", "--to", "beginning", "--execute").code());
        assertEquals(10, lag());
        tool.run("group", "reset", "readers", "--to", "-3", "--execute");
        assertEquals(3, lag());
        tool.run("group", "reset", "readers", "--to", "@7000", "--execute");
        assertEquals(4, lag());
        tool.run("group", "reset", "readers", "--to", "99", "--execute");
        assertEquals(0, lag());
    }

    private int lag() {
        return tool.run("group", "list", "-o", "json").jsonArray().getJsonObject(0).getInteger("lag");
    }

    @Test
    void offsetsOfAGroupWithMembersAreLeftAlone() {
        try (var consumer = consumer("readers", "classic")) {
            Tool.Result reset = tool.run("group", "reset", "readers", "--to", "end", "--execute");
            assertEquals(1, reset.code());
            assertEquals("The group readers has members, whose offsets are theirs to commit.\nStop its consumers first.\n", reset.err());
            Tool.Result deleted = tool.run("group", "delete", "readers", "-y");
            assertEquals(1, deleted.code());
            assertTrue(deleted.err().startsWith("The group readers has members."), deleted.err());
        }
        assertEquals("The group readers is deleted.\n", tool.run("group", "delete", "readers", "-y").out());
        Tool.Result gone = tool.run("group", "describe", "readers");
        assertEquals(4, gone.code());
        assertEquals("There is no group readers.\npartita group list shows all.\n", gone.err());
    }

    @Test
    void tasksOfAGroupOfKafkaStreamsAreShownAndItsOffsetsAreSet() {
        StreamsMember member = StreamsMember.of(tool.broker(), "totals", "orders");
        member.commit("orders", 4);
        JsonObject group = tool.run("group", "describe", "totals", "-o", "json").jsonArray().getJsonObject(0);
        assertEquals("streams", group.getString("type"));
        assertEquals(3, group.getInteger("topologyEpoch"));
        assertEquals(6, group.getInteger("lag"));
        JsonObject described = group.getJsonArray("members").getJsonObject(0);
        assertEquals("[\"0_0\"]", described.getJsonArray("active").encode());
        assertEquals("process-1", described.getString("process"));
        assertEquals("[\"orders\"]", group.getJsonArray("subtopologies").getJsonObject(0).getJsonArray("sources").encode());
        String text = tool.run("group", "describe", "totals").out();
        assertTrue(text.startsWith("totals: Stable, 1 member, lag 6; a streams group with topology epoch 3, coordinated by broker 1\n"), text);
        assertTrue(text.contains("streams-1"), "who reads the partition: " + text);
        String members = tool.run("group", "describe", "totals", "--members").out();
        assertTrue(members.contains("TOPOLOGY-EPOCH") && members.contains("0_0"), members);
        assertEquals(6, tool.run("group", "list", "totals", "-o", "json").jsonArray().getJsonObject(0).getInteger("lag"));

        assertEquals(1, tool.run("group", "reset", "totals", "--to", "beginning", "--execute").code());
        member.leave();
        assertEquals(0, tool.run("group", "reset", "totals", "--to", "beginning", "--execute").code());
        assertEquals(10, lag());
    }

    @Test
    void shareGroupIsShownResetAndDeletedAsOthersAre() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", tool.address());
        properties.put("group.id", "workers");
        properties.put("client.id", "worker");
        tool.run("group", "reset", "workers", "--to", "end", "-t", "orders");
        try (var consumer = new KafkaShareConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            JsonObject group = null;
            while (group == null || group.getJsonArray("partitions").isEmpty()
                    || group.getJsonArray("partitions").getJsonObject(0).getInteger("start") == null) {
                consumer.poll(Duration.ofMillis(100));
                if (tool.run("group", "list", "workers").out().contains("workers")) {
                    group = tool.run("group", "describe", "workers", "-o", "json").jsonArray().getJsonObject(0);
                }
            }
            assertEquals("share", group.getString("type"));
            assertEquals("Stable", group.getString("state"));
            JsonObject member = group.getJsonArray("members").getJsonObject(0);
            assertEquals("worker", member.getString("client"));
            assertEquals("[\"orders\"]", member.getJsonArray("subscribed").encode());
            JsonObject partition = group.getJsonArray("partitions").getJsonObject(0);
            assertEquals(10, partition.getInteger("start"));
            assertEquals(0, partition.getInteger("lag"));
            assertEquals("worker", partition.getString("client"));
            String text = tool.run("group", "describe", "workers").out();
            assertTrue(text.contains("a share group") && text.contains("START"), text);
            assertEquals(1, tool.run("group", "reset", "workers", "--to", "beginning", "--execute").code(), "it has a member");
        }
        Tool.Result shown = tool.run("group", "reset", "workers", "--to", "-3");
        assertEquals("""
                TOPIC    PARTITION   BEFORE   AFTER   END   LAG
                orders           0       10       7    10     3
                """, shown.out());
        assertEquals(0, lag());
        assertEquals(0, tool.run("group", "reset", "workers", "--to", "-3", "--execute").code());
        assertEquals(3, lag());
        assertEquals("The group workers is deleted.\n", tool.run("group", "delete", "workers", "-y").out());
        assertEquals(4, tool.run("group", "describe", "workers").code());
    }
}
