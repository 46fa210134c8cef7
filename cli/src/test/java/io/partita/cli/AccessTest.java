package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings, users, rules, quotas, transactions. */
class AccessTest {

    private static final String PLAIN_ALICE = "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"alice\" password=\"secret\";";

    @Test
    void settingsAreShownWithWhereTheyComeFromAndAreChanged() {
        try (Tool tool = Tool.withBroker()) {
            tool.run("topic", "create", "orders");
            assertEquals("The topic orders has no settings of its own. --all shows the defaults.\n", tool.run("config", "list", "topic", "orders").err());
            assertEquals(1, tool.run("config", "set", "topic", "orders", "retention.ms=x").code());
            tool.run("config", "set", "topic", "orders", "retention.ms=5", "--dry-run");
            assertEquals("", tool.run("config", "list", "topic", "orders").out());
            assertEquals("retention.ms of the topic orders is 60000.\n", tool.run("config", "set", "topic", "orders", "retention.ms=60000").out());
            assertEquals("""
                    NAME           VALUE   FROM
                    retention.ms   60000   topic
                    """, tool.run("config", "list", "topic", "orders").out());
            Tool.Result unknown = tool.run("config", "list", "topic", "orders", "retention.sm");
            assertEquals("There is no setting retention.sm of a topic.\nDid you mean retention.ms?\n", unknown.err());
            assertTrue(tool.run("config", "list", "broker", "1").out().contains("log.dirs"));
            tool.run("config", "set", "broker", "all", "message.max.bytes=2000000");
            assertTrue(tool.run("config", "list", "broker", "1").out().contains("message.max.bytes"));
        }
    }

    @Test
    void whoLogsInMayDoWhatRulesAllow(@TempDir Path directory) throws IOException {
        Map<String, String> settings = Map.of("listeners", "SASL_PLAINTEXT://127.0.0.1:0", "sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
                "listener.name.sasl_plaintext.plain.sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required user_admin=\"admin\" user_alice=\"secret\";",
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users", "User:admin");
        try (Tool tool = Tool.withBroker(settings)) {
            String admin = file(directory, "admin", "PLAIN", PLAIN_ALICE.replace("alice", "admin").replace("secret", "admin"));
            String alice = file(directory, "alice", "PLAIN", PLAIN_ALICE);

            Tool.Result without = tool.run("topic", "list");
            assertEquals(3, without.code());
            assertTrue(without.err().contains("If it wants TLS or a login: --config names a file"), without.err());
            Tool.Result wrong = tool.run("topic", "list", "--config", file(directory, "wrong", "PLAIN", PLAIN_ALICE.replace("secret", "no")));
            assertEquals(5, wrong.code());
            assertTrue(wrong.err().contains("does not let you in"), wrong.err());

            tool.run("topic", "create", "orders", "--config", admin);
            assertEquals(5, tool.run("topic", "create", "mine", "--config", alice).code());
            assertEquals("", tool.run("topic", "list", "-q", "--config", alice).out());
            Tool.Result allowed = tool.run("acl", "allow", "--user", "alice", "--operation", "read,write", "--topic", "ord", "--prefixed", "--config", admin);
            assertEquals("User:alice may read topic ord*.\nUser:alice may write topic ord*.\n", allowed.out());
            assertEquals("orders\n", tool.run("topic", "list", "-q", "--config", alice).out());
            assertEquals("1 record acknowledged.\n", tool.type("x\n", "produce", "orders", "--config", alice).err());
            assertEquals("""
                    PRINCIPAL    PERMISSION   OPERATION   RESOURCE     HOST
                    User:alice   allow        read        topic ord*   *
                    User:alice   allow        write       topic ord*   *
                    """, tool.run("acl", "list", "--topic", "orders", "--config", admin).out());
            assertEquals(4, tool.run("acl", "remove", "--topic", "orders", "-y", "--config", admin).code());
            tool.run("acl", "remove", "--user", "alice", "--topic", "ord", "--prefixed", "-y", "--config", admin);
            assertEquals("", tool.run("topic", "list", "-q", "--config", alice).out());

            tool.type("hunter2\n", "user", "set", "bob", "--config", admin);
            assertEquals("""
                    USER   MECHANISMS
                    bob    SCRAM-SHA-256,SCRAM-SHA-512
                    """, tool.run("user", "list", "--config", admin).out());
            for (String mechanism : new String[] {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
                String bob = file(directory, "bob", mechanism,
                        PLAIN_ALICE.replace("plain.Plain", "scram.Scram").replace("alice", "bob").replace("secret", "hunter2"));
                assertEquals(0, tool.run("topic", "list", "--config", bob).code());
            }
            String notBob = file(directory, "bob", "SCRAM-SHA-512", PLAIN_ALICE.replace("plain.Plain", "scram.Scram").replace("alice", "bob"));
            assertEquals(5, tool.run("topic", "list", "--config", notBob).code());
            assertEquals(4, tool.run("user", "delete", "bbo", "-y", "--config", admin).code());
            tool.run("user", "delete", "bob", "-y", "--config", admin);
            assertEquals("", tool.run("user", "list", "--config", admin).out());
        }
    }

    private static String file(Path directory, String name, String mechanism, String jaas) throws IOException {
        Path file = directory.resolve(name + ".properties");
        Files.writeString(file, "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=" + mechanism + "\nsasl.jaas.config=" + jaas + "\n");
        return file.toString();
    }

    @Test
    void quotasAreSetAndShown() {
        try (Tool tool = Tool.withBroker()) {
            assertEquals("producer_byte_rate of user alice is 1000000.\n", tool.run("quota", "set", "--user", "alice", "producer_byte_rate=1000000").out());
            tool.run("quota", "set", "--user", "default", "--client", "app", "request_percentage=50");
            assertEquals("user=alice",
                    tool.run("quota", "list").out().lines().filter(line -> line.contains("producer_byte_rate=1000000")).findAny().orElseThrow().split(" ")[0]);
            tool.run("quota", "set", "--user", "alice", "-u", "producer_byte_rate");
            assertEquals(1, tool.run("quota", "list", "-o", "json").jsonArray().size());
            assertEquals(2, tool.run("quota", "set", "producer_byte_rate=1").code());
        }
    }

    @Test
    void aTransactionThatHangsIsSeenAndAborted() {
        try (Tool tool = Tool.withBroker()) {
            tool.run("topic", "create", "orders");
            Properties properties = new Properties();
            properties.put("bootstrap.servers", tool.address());
            properties.put("transactional.id", "payments");
            try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("orders", "x"));
                producer.flush();
                var listed = tool.run("transaction", "list", "--open", "-o", "json").jsonArray().getJsonObject(0);
                assertEquals("payments", listed.getString("id"));
                assertEquals("orders-0", listed.getJsonArray("partitions").getString(0));
                assertEquals(0, tool.run("transaction", "abort", "payments", "-y").code());
                producer.close(java.time.Duration.ZERO);
            }
            assertEquals("", tool.run("consume", "orders", "--committed").out());
        }
    }

    @Test
    void anIdThatIsNotThereIsNotMadeByAbortingIt() {
        try (Tool tool = Tool.withBroker()) {
            Tool.Result result = tool.run("transaction", "abort", "typo", "-y");
            assertEquals(4, result.code());
            assertTrue(result.err().contains("There is no transactional id typo."), result.err());
            assertEquals(0, tool.run("transaction", "list", "-o", "json").jsonArray().size());
            assertEquals(0, tool.run("topic", "list", "--internal", "-o", "json").jsonArray().size());
        }
    }

    @Test
    void whatTheClusterKeepsItsStateInIsNotDeleted() throws Exception {
        try (Tool tool = Tool.withBroker()) {
            tool.run("topic", "create", "orders");
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", tool.address()))) {
                admin.alterConsumerGroupOffsets("readers", Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(0))).all().get();
            }
            Tool.Result result = tool.run("topic", "delete", "__consumer_offsets", "-y");
            assertEquals(2, result.code());
            assertTrue(result.err().contains("all committed offsets"), result.err());
        }
    }
}
