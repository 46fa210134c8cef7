package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecordsTest {

    private final Tool tool = Tool.withBroker();

    @AfterEach
    void close() {
        tool.close();
    }

    @Test
    void linesGoInAndComeOut() {
        tool.run("topic", "create", "orders");
        Tool.Result produced = tool.type("one\ntwo\n\nthree", "produce", "orders");
        assertEquals("4 records acknowledged.\n", produced.err());
        assertEquals("one\ntwo\n\nthree\n", tool.run("consume", "orders").out());
        assertEquals("three\n", tool.run("consume", "orders", "--from", "-1").out());
        assertEquals("two\n", tool.run("consume", "orders", "--from", "1", "-n", "1").out());
        assertEquals("", tool.run("consume", "orders", "--from", "end").out());
        assertEquals("one\ntwo\n\nthree\n", tool.run("consume", "orders", "--from", "10m").out());
        assertEquals("two\n", tool.run("consume", "orders", "-g", "wo").out());
    }

    @Test
    void keysGoWhereJavaClientsPutThem() throws Exception {
        tool.run("topic", "create", "theirs", "ours", "-p", "7");
        List<String> keys = IntStream.range(0, 100).mapToObj(i -> "key-" + "x".repeat(i % 9) + i).toList();
        Properties properties = new Properties();
        properties.put("bootstrap.servers", tool.address());
        try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            for (String key : keys) {
                producer.send(new ProducerRecord<>("theirs", key, "v"));
            }
        }
        tool.type(keys.stream().map(key -> key + "=v\n").collect(Collectors.joining()), "produce", "ours", "-K", "=");
        assertEquals(sorted(tool.run("consume", "theirs", "-o", "%p %k\\n").out()), sorted(tool.run("consume", "ours", "-o", "%p %k\\n").out()));
    }

    private static List<String> sorted(String lines) {
        List<String> all = new ArrayList<>(lines.lines().toList());
        all.sort(null);
        assertEquals(100, all.size());
        return all;
    }

    @Test
    void recordsAreCopiedWithAllThatIsInThem() {
        tool.run("topic", "create", "a", "b");
        tool.type("k:v\nt:\n", "produce", "a", "-K", ":", "-H", "trace=1", "--tombstones", "-z", "zstd");
        tool.type("\0\1binary", "produce", "a", "--whole", "-k", "f");
        String exported = tool.run("consume", "a", "-o", "json").out();
        assertTrue(exported.contains("\"key\":\"k\",\"value\":\"v\",\"headers\":{\"trace\":\"1\"}}"), exported);
        assertTrue(exported.contains("\"key\":\"t\",\"value\":null"), exported);
        tool.type(exported, "produce", "b", "--json");
        assertEquals(exported.replace("\"topic\":\"a\"", "\"topic\":\"b\""), tool.run("consume", "b", "-o", "json").out());
        assertEquals(tool.run("consume", "a", "-o", "hex").out().replace("a-0", "b-0"), tool.run("consume", "b", "-o", "hex").out());
    }

    @Test
    void whatTransactionsHaveNotCommittedIsLeftOutOnlyWhenAsked() {
        tool.run("topic", "create", "t");
        Properties properties = new Properties();
        properties.put("bootstrap.servers", tool.address());
        properties.put("transactional.id", "id");
        try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("t", "aborted"));
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("t", "committed"));
            producer.commitTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("t", "open"));
            producer.flush();
            assertEquals("aborted\ncommitted\nopen\n", tool.run("consume", "t").out());
            assertEquals("committed\n", tool.run("consume", "t", "--committed").out());
            producer.abortTransaction();
        }
    }

    @Test
    void deadLettersGoBackToWhereTheyCameFromAsTheyWere() {
        tool.run("topic", "create", "jobs", "-p", "3");
        tool.run("topic", "create", "dlq.jobs");
        tool.type("k:one\n", "produce", "dlq.jobs", "-K", ":", "-H", "trace=1", "-H", "__dlq.errors.topic=jobs", "-H", "__dlq.errors.partition=2", "-H",
                "__dlq.errors.group=workers");
        tool.type("k:two\n", "produce", "dlq.jobs", "-K", ":", "-H", "__dlq.errors.topic=jobs", "-H", "__dlq.errors.partition=0", "-H",
                "__dlq.errors.group=others");
        tool.type("no letter\n", "produce", "dlq.jobs");
        assertEquals("Dry run, nothing is changed: 2 records would go to jobs.\n", tool.run("topic", "redrive", "dlq.jobs", "--dry-run").out());
        Tool.Result redriven = tool.run("topic", "redrive", "dlq.jobs", "--group", "workers", "--yes");
        assertEquals("1 record sent to jobs.\n", redriven.out());
        assertEquals("2 k one trace=1\n", tool.run("consume", "jobs", "-o", "%p %k %v %h\\n").out());
        assertTrue(tool.run("topic", "redrive", "dlq.jobs", "--from", "1", "--to", "jobs", "--yes").err().contains("1 record left out"));
        assertEquals("There is no such letter in dlq.jobs.\n", tool.run("topic", "redrive", "dlq.jobs", "--group", "nobody", "--yes").err());
        assertEquals(2, tool.run("consume", "jobs").out().lines().count());
    }

    @Test
    void manyRecordsOfManyBatchesAreReadInOrder() {
        tool.run("topic", "create", "many", "-p", "3");
        String lines = IntStream.range(0, 20_000).mapToObj(i -> "key" + i % 3 + ":" + "value ".repeat(20) + i + "\n").collect(Collectors.joining());
        assertEquals("20,000 records acknowledged.\n", tool.type(lines, "produce", "many", "-K", ":", "-z", "lz4").err());
        String read = tool.run("consume", "many", "-k").out();
        for (String key : List.of("key0", "key1", "key2")) {
            assertEquals(lines.lines().filter(line -> line.startsWith(key)).map(line -> line.replace(':', '\t')).toList(),
                    read.lines().filter(line -> line.startsWith(key)).toList());
        }
    }

    @Test
    void followingGoesOnUntilThereAreEnough() {
        tool.run("topic", "create", "live");
        tool.type("before\n", "produce", "live");
        Tool.Result[] result = new Tool.Result[1];
        Thread reader = Thread.startVirtualThread(() -> result[0] = tool.run("consume", "live", "--follow", "--from", "beginning", "-n", "3"));
        tool.type("after\nagain\nmore\n", "produce", "live");
        try {
            reader.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        assertEquals("before\nafter\nagain\n", result[0].out());
    }

    @Test
    void whatCannotBeSentIsSaidInASentence() {
        Tool.Result unknown = tool.type("x\n", "produce", "nowhere");
        assertEquals(4, unknown.code());
        assertTrue(unknown.err().contains("There is no topic nowhere."), unknown.err());
        tool.run("topic", "create", "orders");
        assertTrue(tool.type("x\n", "produce", "orders", "-p", "5").err().contains("The topic orders has no partition 5."));
        assertTrue(tool.type("no json\n", "produce", "orders", "--json").err().contains("The line 'no json' is no record"));
        assertTrue(tool.type("x\n", "produce", "orders", "-K", ":").err().contains("The line 'x' has no ':' between key and value."));
        Tool.Result large = tool.type("x".repeat(2_000_000), "produce", "orders");
        assertEquals(1, large.code());
        assertTrue(large.err().contains("MESSAGE_TOO_LARGE"), large.err());
        assertEquals(2, tool.run("consume", "orders", "-o", "%x").code());
    }
}
