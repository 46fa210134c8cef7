package io.partita.broker.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kcat, which is librdkafka as most languages use it. */
class KcatIT {
    @RegisterExtension
    static final Broker BROKER = Broker.perClass();

    private final Clients clients = new Clients(BROKER.bootstrap());

    private Command kcat(String... arguments) {
        // -u: each line of output at once
        var all = new ArrayList<>(List.of("-u", "-b", BROKER.bootstrap()));
        all.addAll(List.of(arguments));
        return Command.installed("kcat", "kcat", all);
    }

    @Test
    void listingShowsBrokersControllerTopicsAndReplicas() {
        // Given
        var topic = clients.topic("listed", 2);
        // When
        var lines = kcat("-L", "-t", topic).succeed().lines();
        // Then
        var address = BROKER.bootstrap();
        assertTrue(lines.getFirst().matches("Metadata for " + topic + " \\(from broker \\d+: " + address + "/\\d+\\):"), lines.getFirst());
        assertEquals(" 1 brokers:", lines.get(1));
        assertTrue(lines.get(2).matches("  broker \\d+ at " + address + " \\(controller\\)"), lines.get(2));
        assertEquals(" 1 topics:", lines.get(3));
        assertEquals("  topic \"" + topic + "\" with 2 partitions:", lines.get(4));
        for (int i = 0; i < 2; i++) {
            var partition = lines.get(5 + i);
            assertTrue(partition.matches("    partition " + i + ", leader (\\d+), replicas: \\1, isrs: \\1"), partition);
        }
        // and all topics are listed when none is named
        assertTrue(kcat("-L").succeed().out().contains("topic \"" + topic + "\" with 2 partitions:"));
    }

    @Test
    void aConsumerOfATopicThatIsNotThereCreatesNone() {
        var name = Clients.name("asked");
        var result = kcat("-C", "-e", "-t", name).run();
        assertEquals(1, result.exit());
        assertTrue(result.err().contains("Topic " + name + " error: Broker: Unknown topic or partition"), result.err());
        assertFalse(kcat("-L").succeed().out().contains(name));
    }

    @Test
    void helloIsProducedToANewTopicAndReadByTwoReaders() {
        // Given the two lines of a first try, to a topic that the first one creates
        kcat("-P", "-t", "hello").input("hello, kafka\nthis is my first message via kafka!\n").succeed();
        // When two consumers read to the end and stay
        try (var first = kcat("-C", "-t", "hello").start(); var second = kcat("-C", "-t", "hello").start()) {
            for (var reader : List.of(first, second)) {
                reader.awaitOut("hello, kafka\nthis is my first message via kafka!\n");
                Await.until("the end is announced", () -> reader.err().contains("% Reached end of topic hello [0] at offset 2"));
            }
            // and another line is produced
            kcat("-P", "-t", "hello").input("go go go....\n").succeed();
            // Then both get it
            for (var reader : List.of(first, second)) {
                reader.awaitOut("go go go....\n");
                Await.until("the new end is announced", () -> reader.err().contains("% Reached end of topic hello [0] at offset 3"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void everyCodec(String codec) {
        var topic = clients.topic("kcat-" + codec, 1);
        var text = lines(2_000);
        kcat("-P", "-t", topic, "-z", codec, "-X", "linger.ms=50").input(text).succeed();
        assertEquals(text, kcat("-C", "-t", topic, "-e", "-q").succeed().out());
        if (!codec.equals("none")) {
            // librdkafka silently leaves compression out when the broker's versions look too old for it
            assertTrue(bytesOf(topic) < text.length() / 2, () -> bytesOf(topic) + " bytes in the log for " + text.length());
        }
        // and the Java client reads what librdkafka compressed
        assertEquals("line 1999 of this text", clients.read(topic, 0, 2_000).getLast().value());
    }

    @Test
    void keysHeadersAndTimestamps() {
        var topic = clients.topic("kcat-headers", 1);
        kcat("-P", "-t", topic, "-K:", "-H", "first=1", "-H", "second=two").input("key:value\n").succeed();
        kcat("-P", "-t", topic, "-K:", "-Z").input("only key:\n").succeed();
        var lines = kcat("-C", "-t", topic, "-e", "-q", "-f", "%o|%k|%s|%h|%S|%p\n").succeed().lines();
        assertEquals(List.of("0|key|value|first=1,second=two|5|0", "1|only key|NULL||-1|0"),
                lines.stream().map(line -> line.replace("|only key||", "|only key|NULL|")).toList());
    }

    @Test
    void readingStartsWhereItIsToldTo() {
        var topic = clients.topic("kcat-offsets", 1);
        kcat("-P", "-t", topic).input(lines(100)).succeed();
        assertEquals(List.of("line 98 of this text", "line 99 of this text"), kcat("-C", "-t", topic, "-o", "-2", "-e", "-q").succeed().lines());
        assertEquals(List.of("line 40 of this text"), kcat("-C", "-t", topic, "-o", "40", "-c", "1", "-q").succeed().lines());
        assertEquals(List.of("line 0 of this text"), kcat("-C", "-t", topic, "-o", "s@1000", "-c", "1", "-q").succeed().lines());
        assertEquals(topic + " [0] offset 100", kcat("-Q", "-t", topic + ":0:-1").succeed().out().strip());
        assertEquals(topic + " [0] offset 0", kcat("-Q", "-t", topic + ":0:-2").succeed().out().strip());
        assertEquals(topic + " [0] offset 0", kcat("-Q", "-t", topic + ":0:1000").succeed().out().strip());
    }

    @Test
    void idempotentProducer() {
        var topic = clients.topic("kcat-idempotent", 3);
        kcat("-P", "-t", topic, "-X", "enable.idempotence=true").input(lines(1_000)).succeed();
        var read = kcat("-C", "-t", topic, "-e", "-q").succeed().lines();
        assertEquals(1_000, read.size());
        assertEquals(1_000, read.stream().distinct().count());
    }

    @ParameterizedTest
    @ValueSource(strings = {"range", "roundrobin", "cooperative-sticky"})
    void groupMembersShareATopic(String strategy) {
        // Given a group of one
        var topic = clients.topic("kcat-group", 4);
        var group = Clients.name("kcat-group");
        var options = new String[] {"-G", group, "-X", "partition.assignment.strategy=" + strategy, "-X", "auto.offset.reset=earliest", topic};
        try (var first = kcat(options).start()) {
            Await.until("the first member has all", () -> assigned(first, topic) == 4);
            // When another joins
            try (var second = kcat(options).start()) {
                Await.until("both have half", () -> assigned(first, topic) == 2 && assigned(second, topic) == 2);
                // Then each record is read by one of them
                kcat("-P", "-t", topic, "-K:").input(IntStream.range(0, 200).mapToObj(i -> "key" + i + ":" + i).collect(Collectors.joining("\n", "", "\n")))
                        .succeed();
                Await.until("all is read", () -> first.out().lines().count() + second.out().lines().count() >= 200);
                var all = new ArrayList<>(first.out().lines().toList());
                all.addAll(second.out().lines().toList());
                assertEquals(200, all.stream().distinct().count());
                assertEquals(200, all.size());
                second.terminate();
            }
        }
    }

    @Test
    void aGroupGoesOnWhereItStopped() {
        var topic = clients.topic("kcat-resume", 1);
        var group = Clients.name("kcat-resume");
        var options = new String[] {"-G", group, "-X", "auto.offset.reset=earliest", "-e", "-q", topic};
        kcat("-P", "-t", topic).input("one\n").succeed();
        assertEquals("one\n", kcat(options).succeed().out());
        kcat("-P", "-t", topic).input("two\n").succeed();
        assertEquals("two\n", kcat(options).succeed().out());
    }

    @Test
    void jsonOfMetadataAndRecords() {
        var topic = clients.topic("kcat-json", 1);
        kcat("-P", "-t", topic).input("v\n").succeed();
        assertTrue(kcat("-L", "-J", "-t", topic).succeed().out().contains("\"topics\":[{\"topic\":\"" + topic + "\",\"partitions\":[{\"partition\":0"));
        assertTrue(kcat("-C", "-J", "-e", "-q", "-t", topic).succeed().out().contains("\"tstype\":\"create\""));
    }

    private long bytesOf(String topic) {
        try (var admin = clients.admin()) {
            var node = Clients.get(admin.describeCluster().nodes()).iterator().next().id();
            return Clients.get(admin.describeLogDirs(List.of(node)).allDescriptions()).get(node).values().stream()
                    .flatMap(directory -> directory.replicaInfos().entrySet().stream())
                    .filter(entry -> entry.getKey().topic().equals(topic)).mapToLong(entry -> entry.getValue().size()).sum();
        }
    }

    /** How many partitions a member has, by the rebalances that kcat told of. */
    private static int assigned(Command.Running member, String topic) {
        var assigned = new HashSet<String>();
        for (var line : member.err().lines().filter(line -> line.contains(" rebalanced")).toList()) {
            var partitions = Pattern.compile(topic + " \\[(\\d+)]").matcher(line).results().map(match -> match.group(1)).toList();
            if (line.contains("revoke")) {
                partitions.forEach(assigned::remove);
            } else {
                assigned.addAll(partitions);
            }
        }
        return assigned.size();
    }

    private static String lines(int count) {
        return IntStream.range(0, count).mapToObj(i -> "line " + i + " of this text\n").collect(Collectors.joining());
    }

    @Test
    void aDelayedRecordIsPassedOverUntilItIsDue() {
        // Given a topic that delays records
        var topic = clients.topic("delayed", 1, "queue.delay.enable", "true");
        kcat("-P", "-t", topic).input("now\n").succeed();
        // When one is sent that asks for it, and one of its key takes another one back
        kcat("-P", "-t", topic, "-K:", "-H", "partita.deliver.after=3600000").input("order-7:never\n").succeed();
        kcat("-P", "-t", topic, "-K:", "-H", "partita.deliver.cancel=1").input("order-7:\n").succeed();
        kcat("-P", "-t", topic, "-K:", "-H", "partita.deliver.after=500").input("order-7:later\n").succeed();
        // Then consumers see it when it is due
        try (var reader = kcat("-C", "-t", topic, "-o", "beginning", "-f", "%k %s\n").start()) {
            reader.awaitOut(" now\norder-7 later\n");
        }
    }
}
