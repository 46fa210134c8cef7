package io.partita.broker.compat;

import static io.partita.broker.compat.KafkaTool.CONFIGS;
import static io.partita.broker.compat.KafkaTool.GROUPS;
import static io.partita.broker.compat.KafkaTool.SHARE_GROUPS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Share groups (KIP-932) with the newest Java client, and what Kafka's newest tools show and change of them. */
class ShareGroupToolsIT {
    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final String address = BROKER.bootstrap();
    private final Clients clients = new Clients(address);

    private List<String> run(KafkaTool tool, String... arguments) {
        var all = new ArrayList<>(List.of("--bootstrap-server", address));
        all.addAll(List.of(arguments));
        return tool.with(all.toArray(String[]::new)).succeed().lines().stream().map(String::strip).filter(line -> !line.isBlank()).toList();
    }

    private static void assertLine(List<String> lines, String regex) {
        assertTrue(lines.stream().anyMatch(Pattern.compile(regex).asMatchPredicate()), () -> regex + " is not among " + lines);
    }

    @Test
    void groupsAreListedDescribedResetAndDeleted() throws Exception {
        // Given a group with a member that accepted three records of five
        var topic = clients.topic("share", 1);
        var group = Clients.name("share");
        run(CONFIGS, "--alter", "--entity-type", "groups", "--entity-name", group, "--add-config", "share.auto.offset.reset=earliest");
        assertTrue(run(CONFIGS, "--describe", "--entity-type", "groups", "--entity-name", group).toString().contains("share.auto.offset.reset=earliest"));
        try (var producer = clients.producer()) {
            for (int i = 0; i < 5; i++) {
                producer.send(new ProducerRecord<>(topic, "v" + i)).get();
            }
        }
        try (var consumer = new KafkaShareConsumer<>(
                Map.<String, Object>of("bootstrap.servers", address, "group.id", group, "share.acknowledgement.mode", "explicit", "client.id", "reader"),
                new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            var records = new ArrayList<ConsumerRecord<String, String>>();
            Await.until("records come", () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    records.add(record);
                    consumer.acknowledge(record, record.offset() < 3 ? AcknowledgeType.ACCEPT : AcknowledgeType.RELEASE);
                });
                consumer.commitSync();
                return records.size();
            }, count -> count >= 5);
            // Then
            assertLine(run(SHARE_GROUPS, "--list", "--state"), group + " +Stable");
            assertLine(run(GROUPS, "--list"), group + " +Share +share");
            assertLine(run(SHARE_GROUPS, "--describe", "--group", group), group + " +" + topic + " +0 +3 +2");
            assertLine(run(SHARE_GROUPS, "--describe", "--group", group, "--members", "--verbose"),
                    group + " +\\S+ +/127.0.0.1 +reader +1 +\\d+ +" + topic + ":0");
            assertLine(run(SHARE_GROUPS, "--describe", "--group", group, "--state"), group + " +" + address + " +\\(\\d+\\) +Stable +1");
        }
        // When nobody is in it any more
        assertLine(run(SHARE_GROUPS, "--group", group, "--topic", topic, "--reset-offsets", "--to-earliest", "--execute"), group + " +" + topic + " +0 +0");
        assertLine(run(SHARE_GROUPS, "--describe", "--group", group), group + " +" + topic + " +0 +0 +5");
        assertLine(run(SHARE_GROUPS, "--delete-offsets", "--group", group, "--topic", topic), topic + " +Successful");
        assertLine(run(SHARE_GROUPS, "--delete", "--group", group), "Deletion of requested share groups \\('" + group + "'\\) was successful.");
        // Then
        assertEquals(0, run(SHARE_GROUPS, "--list").stream().filter(line -> line.contains(group)).count());
    }
}
