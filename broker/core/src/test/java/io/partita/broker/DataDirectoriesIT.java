package io.partita.broker;

import static io.partita.broker.Requests.batch;
import static io.partita.broker.Requests.error;
import static io.partita.broker.Requests.fetch;
import static io.partita.broker.Requests.produce;
import static io.partita.broker.Requests.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Disk;
import io.partita.broker.env.FileDisk;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.OldJournal;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.net.RawClient;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeLogDirsRequest;
import io.partita.broker.protocol.message.DescribeLogDirsResponse;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts on data directories that are not what they were: nothing is deleted, nothing is served that is not right, and a refusal says what to do. */
class DataDirectoriesIT {

    private static final Path A = Path.of("/a");
    private static final Path B = Path.of("/b");
    private static final Path JOURNAL_OF_A = A.resolve("metadata.journal");
    private static final Path JOURNAL_OF_B = B.resolve("metadata.journal");

    private final MemoryDisk disk = new MemoryDisk();

    private Broker start(String directories, String... settings) {
        Map<String, String> all = new HashMap<>(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", directories));
        for (String setting : settings) {
            all.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        return Broker.start(BrokerOptions.of(BrokerConfig.of(all)).withDisk(disk));
    }

    private String refused(String directories, String... settings) {
        return assertThrows(BrokerStartException.class, () -> start(directories, settings).close()).getMessage();
    }

    private static void create(Broker broker, String topic, int partitions) {
        assertTrue(broker.metadata().createTopics(List.of(new NewTopic(topic, partitions, 1, null, Map.of())), false).toCompletableFuture().join().getFirst()
                .isDone());
    }

    private static ErrorCode append(Broker broker, String topic, int partition, String value) throws IOException {
        try (RawClient client = new RawClient(broker.port())) {
            return error(client.call(ApiKey.PRODUCE, 9, produce(topic, partition, -1, 60_000, batch(value)), new ProduceResponse()));
        }
    }

    private static List<String> read(Broker broker, String topic, int partition) throws IOException {
        try (RawClient client = new RawClient(broker.port())) {
            FetchResponse fetched = client.call(ApiKey.FETCH, 11, fetch(topic, partition, 0, 0, 0), new FetchResponse());
            assertEquals(ErrorCode.NONE, error(fetched), topic + "-" + partition);
            return values(fetched);
        }
    }

    /** A broker with topic t of two partitions, a record in each. */
    private void given(String directories) throws IOException {
        try (Broker broker = start(directories)) {
            create(broker, "t", 2);
            fill(broker, "t");
        }
    }

    private static void fill(Broker broker, String topic) throws IOException {
        for (int partition = 0; partition < 2; partition++) {
            assertEquals(ErrorCode.NONE, append(broker, topic, partition, topic + partition));
        }
    }

    private static void assertServed(Broker broker, String topic) throws IOException {
        for (int partition = 0; partition < 2; partition++) {
            assertEquals(List.of(topic + partition), read(broker, topic, partition));
        }
    }

    private List<String> strays(Path directory) throws IOException {
        return disk.list(directory).stream().filter(name -> name.endsWith("-stray")).toList();
    }

    /** All files below a directory, with what is in them. */
    private Map<Path, String> content(Path directory) throws IOException {
        Map<Path, String> files = new TreeMap<>();
        for (String name : disk.list(directory)) {
            Path path = directory.resolve(name);
            if (disk.list(path).isEmpty()) {
                byte[] bytes = disk.readAll(path);
                files.put(path, bytes == null ? "directory" : new String(bytes, StandardCharsets.ISO_8859_1));
            } else {
                files.putAll(content(path));
            }
        }
        return files;
    }

    @Test
    void withoutItsJournalADirectoryWithLogsIsRefused() throws IOException {
        given("/a");
        byte[] journal = disk.readAll(JOURNAL_OF_A);
        disk.delete(JOURNAL_OF_A);
        Map<Path, String> before = content(A);

        String sentence = refused("/a");

        assertTrue(sentence.contains("2 logs (t-0, t-1), and no data directory has the metadata.journal"), sentence);
        assertEquals(before, content(A));
        // When it is back
        disk.writeAtomically(JOURNAL_OF_A, journal);
        try (Broker broker = start("/a")) {
            assertServed(broker, "t");
        }
    }

    @Test
    void logsThatAnOlderJournalDoesNotNameAreKeptAndComeBackWithTheNewerOne() throws IOException {
        // Given a backup, and a topic that is younger
        given("/a");
        byte[] backup = disk.readAll(JOURNAL_OF_A);
        try (Broker broker = start("/a")) {
            create(broker, "young", 2);
            fill(broker, "young");
        }
        byte[] journal = disk.readAll(JOURNAL_OF_A);
        // When the backup is put in place
        disk.writeAtomically(JOURNAL_OF_A, backup);
        try (Broker broker = start("/a")) {
            // Then
            assertServed(broker, "t");
            assertEquals(2, strays(A).size());
            assertTrue(disk.list(A).stream().noneMatch(name -> name.endsWith("-delete")));
        }
        // When the right one is put back
        disk.writeAtomically(JOURNAL_OF_A, journal);
        try (Broker broker = start("/a")) {
            // Then
            assertServed(broker, "t");
            assertServed(broker, "young");
            assertEquals(List.of(), strays(A));
        }
    }

    @Test
    void anOlderJournalsEpochsAreRaisedAboveThoseOfTheLogs() throws IOException {
        given("/a");
        byte[] backup = disk.readAll(JOURNAL_OF_A);
        for (int starts = 0; starts < 3; starts++) {
            try (Broker broker = start("/a")) {
                append(broker, "t", 0, "more");
            }
        }
        disk.writeAtomically(JOURNAL_OF_A, backup);

        try (Broker broker = start("/a")) {
            assertEquals(ErrorCode.NONE, append(broker, "t", 0, "last"));
            assertEquals(List.of("t0", "more", "more", "more", "last"), read(broker, "t", 0));
        }
    }

    @Test
    void aTopicMadeAnewUnderTheNameOfALogThatWasSetAsideBeginsEmpty() throws IOException {
        try (Broker broker = start("/a")) {
            create(broker, "other", 1);
        }
        byte[] backup = disk.readAll(JOURNAL_OF_A);
        try (Broker broker = start("/a")) {
            create(broker, "t", 2);
            fill(broker, "t");
        }
        disk.writeAtomically(JOURNAL_OF_A, backup);

        try (Broker broker = start("/a")) {
            create(broker, "t", 2);
            assertEquals(List.of(), read(broker, "t", 0));
            assertEquals(2, strays(A).size());
        }
    }

    @Test
    void theLogsOfATopicThatWasDeletedAreNoStrays() throws IOException {
        given("/a");
        byte[] segment = disk.readAll(A.resolve("t-0/00000000000000000000.log"));
        byte[] identity = disk.readAll(A.resolve("t-0/partition.metadata"));
        try (Broker broker = start("/a")) {
            broker.metadata().deleteTopics(List.of(TopicSelector.byName("t"))).toCompletableFuture().join();
        }
        // When the machine failed before the end of the log was on its disk
        disk.createDirectories(A.resolve("t-0"));
        disk.writeAtomically(A.resolve("t-0/00000000000000000000.log"), segment);
        disk.writeAtomically(A.resolve("t-0/partition.metadata"), identity);
        start("/a").close();
        // Then
        assertEquals(List.of(), strays(A));
        assertFalse(disk.exists(A.resolve("t-0/00000000000000000000.log")));
    }

    @Test
    void theOrderOfDirectoriesSaysNothing() throws IOException {
        given("/a,/b");

        try (Broker broker = start("/b,/a")) {
            assertServed(broker, "t");
            create(broker, "more", 2);
            fill(broker, "more");
        }
        try (Broker broker = start("/a,/b")) {
            assertServed(broker, "t");
            assertServed(broker, "more");
        }
    }

    @Test
    void aDirectoryCanBeAddedAnywhere() throws IOException {
        given("/a");

        try (Broker broker = start("/b,/a")) {
            assertServed(broker, "t");
            create(broker, "more", 2);
            fill(broker, "more");
        }
        assertTrue(disk.exists(B.resolve("more-0")));
        try (Broker broker = start("/a,/b")) {
            assertServed(broker, "more");
        }
    }

    @Test
    void aDirectoryThatComesUpEmptyIsRefusedAndNotWrittenTo() throws IOException {
        given("/a,/b");
        disk.rename(B, Path.of("/elsewhere"));
        disk.createDirectories(B);
        Map<Path, String> before = content(A);

        String sentence = refused("/a,/b");

        assertTrue(sentence.contains("/b holds logs of this broker and is missing: the directory is empty, so perhaps its disk is not mounted"), sentence);
        assertTrue(sentence.contains("log.dirs.missing=offline"), sentence);
        assertEquals(before, content(A));
        assertTrue(content(B).keySet().stream().allMatch(path -> path.endsWith(".lock")));
    }

    @Test
    void aDirectoryThatIsLeftOutIsMissed() throws IOException {
        given("/a,/b");

        String sentence = refused("/b");

        assertTrue(sentence.contains("/a holds logs of this broker and is missing: it is not among log.dirs"), sentence);
    }

    @Test
    void withoutADirectoryThatIsAwayTheOthersAreServedWhereThatIsWanted() throws IOException {
        // Given
        given("/a,/b");
        Path lostDisk = Path.of("/elsewhere");
        disk.rename(B, lostDisk);
        disk.createDirectories(B);
        String there = disk.exists(A.resolve("t-0")) ? "t-0" : "t-1";
        int served = there.equals("t-0") ? 0 : 1;
        // When
        try (Broker broker = start("/a,/b", "log.dirs.missing=offline")) {
            // Then
            assertEquals(List.of("t" + served), read(broker, "t", served));
            assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, append(broker, "t", 1 - served, "lost"));
            create(broker, "more", 2);
            fill(broker, "more");
            assertEquals(Map.of("/a", ErrorCode.NONE, "/b", ErrorCode.KAFKA_STORAGE_ERROR), directories(broker));
        }
        assertTrue(content(B).keySet().stream().allMatch(path -> path.endsWith(".lock")));
        // When it is back
        disk.deleteTree(B);
        disk.rename(lostDisk, B);
        try (Broker broker = start("/b,/a")) {
            // Then
            assertServed(broker, "t");
            assertServed(broker, "more");
        }
    }

    private static Map<String, ErrorCode> directories(Broker broker) throws IOException {
        Map<String, ErrorCode> directories = new HashMap<>();
        try (RawClient client = new RawClient(broker.port())) {
            DescribeLogDirsRequest all = new DescribeLogDirsRequest();
            all.topics = null;
            client.call(ApiKey.DESCRIBE_LOG_DIRS, 4, all, new DescribeLogDirsResponse()).results
                    .forEach(result -> directories.put(result.logDir, ErrorCode.forCode(result.errorCode)));
        }
        return directories;
    }

    @Test
    void aDirectoryCanBeGivenUpByItsId() throws IOException {
        given("/a,/b");
        String sentence = refused("/a");
        String remedy = sentence.substring(sentence.indexOf("log.dirs.forget="), sentence.length() - 1);

        try (Broker broker = start("/a", remedy)) {
            int empty = disk.exists(A.resolve("t-0/00000000000000000000.log")) ? 1 : 0;
            assertEquals(List.of("t" + (1 - empty)), read(broker, "t", 1 - empty));
            assertEquals(List.of(), read(broker, "t", empty));
        }
        // And from then on nobody misses it; when it comes back, there are two logs of one partition
        start("/a").close();
        String twice = refused("/a,/b");
        assertTrue(twice.contains("has a log in both"), twice);
    }

    @Test
    void aCopyOfADirectoryIsRefused() throws IOException {
        given("/a");
        for (Map.Entry<Path, String> file : content(A).entrySet()) {
            Path copy = B.resolve(A.relativize(file.getKey()));
            disk.createDirectories(copy.getParent());
            disk.writeAtomically(copy, file.getValue().getBytes(StandardCharsets.ISO_8859_1));
        }

        String sentence = refused("/a,/b");

        assertTrue(sentence.contains("/a and /b have the same directory.id, so one is a copy of the other"), sentence);
        assertTrue(refused("/a,/a").contains("is named twice"));
    }

    @Test
    void directoriesOfTwoClustersOrBrokersAreRefused() throws IOException {
        given("/a");
        try (Broker broker = start("/b")) {
            create(broker, "other", 1);
        }

        assertTrue(refused("/a,/b").contains("name directories of one cluster in log.dirs"));
        assertTrue(refused("/a", "node.id=7").contains("belongs to broker 0, this is broker 7"));
    }

    @Test
    void logsWithoutMetaPropertiesAreNobodys() throws IOException {
        given("/a");
        disk.delete(A.resolve("meta.properties"));
        Map<Path, String> before = content(A);

        assertTrue(refused("/a").contains("2 logs (t-0, t-1) and no meta.properties"));

        assertEquals(before, content(A));
    }

    @Test
    void aJournalThatIsLostInOneOfTwoDirectoriesIsMadeAnewFromTheOther() throws IOException {
        given("/a,/b");
        disk.delete(JOURNAL_OF_A);

        try (Broker broker = start("/a,/b")) {
            assertServed(broker, "t");
        }
        disk.delete(JOURNAL_OF_B);
        try (Broker broker = start("/a,/b")) {
            assertServed(broker, "t");
        }
    }

    @Test
    void theNewestOfTwoJournalsCounts() throws IOException {
        given("/a,/b");
        byte[] old = disk.readAll(JOURNAL_OF_A);
        try (Broker broker = start("/a,/b")) {
            create(broker, "young", 2);
            fill(broker, "young");
        }
        for (Path stale : List.of(JOURNAL_OF_A, JOURNAL_OF_B)) {
            disk.writeAtomically(stale, old);
            try (Broker broker = start("/a,/b")) {
                assertServed(broker, "t");
                assertServed(broker, "young");
            }
        }
    }

    @Test
    void twoJournalsThatWentDifferentWaysAreRefused() throws IOException {
        // Given a copy of a time from which two brokers went on, each with one directory
        given("/a,/b");
        byte[] common = disk.readAll(JOURNAL_OF_A);
        try (Broker broker = start("/a,/b")) {
            create(broker, "here", 1);
        }
        byte[] here = disk.readAll(JOURNAL_OF_A);
        disk.writeAtomically(JOURNAL_OF_A, common);
        disk.writeAtomically(JOURNAL_OF_B, common);
        try (Broker broker = start("/a,/b")) {
            create(broker, "there", 1);
            create(broker, "further", 1);
        }
        disk.writeAtomically(JOURNAL_OF_A, here);

        String sentence = refused("/a,/b");

        assertTrue(sentence.contains("say different things of the topics of this broker"), sentence);
    }

    @Test
    void aDamagedJournalIsRefusedAndSaysThatThereMayBeAnother() throws IOException {
        given("/a,/b");
        byte[] damaged = disk.readAll(JOURNAL_OF_A);
        damaged[20] ^= 1;
        disk.writeAtomically(JOURNAL_OF_A, damaged);

        String sentence = refused("/a,/b");

        assertTrue(sentence.contains("Where another data directory has a whole copy, delete this one"), sentence);
        disk.delete(JOURNAL_OF_A);
        try (Broker broker = start("/a,/b")) {
            assertServed(broker, "t");
        }
    }

    @Test
    void directoriesOfTheTimeBeforeCopiesGoOnWorking() throws IOException {
        for (String directories : List.of("/a,/b", "/b,/a")) {
            disk.deleteTree(A);
            disk.deleteTree(B);
            // Given a journal as it was, in the first of two directories
            given("/a,/b");
            OldJournal.rewrite(disk, A);
            disk.delete(JOURNAL_OF_B);
            // When
            try (Broker broker = start(directories)) {
                // Then
                assertServed(broker, "t");
            }
            // And from now on it is known which directories there are
            assertTrue(refused("/b").contains("/a holds logs of this broker and is missing"));
        }
    }

    @Test
    void anEmptyDirectoryIsNotTakenForANewOneWhenLogsAreMissing() throws IOException {
        given("/a,/b");
        OldJournal.rewrite(disk, A);
        disk.deleteTree(B);

        String sentence = refused("/a,/b");

        assertTrue(sentence.contains("/b is empty, and 1 log ("), sentence);
        assertTrue(sentence.contains("perhaps its disk is not mounted"), sentence);
    }

    @Test
    void twoJournalsOfTheTimeBeforeCopiesAreRefused() throws IOException {
        given("/a,/b");
        OldJournal.rewrite(disk, A);
        OldJournal.rewrite(disk, B);

        assertTrue(refused("/a,/b").contains("say different things"));
    }

    @Test
    void aDirectoryOfApacheKafkaIsLeftAsItIs() throws IOException {
        // Given what Kafka leaves: two partitions, and its own metadata
        disk.createDirectories(A);
        disk.writeAtomically(A.resolve("meta.properties"), "#\nnode.id=0\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAw\nversion=1\ncluster.id=k\n".getBytes(
                StandardCharsets.UTF_8));
        for (String log : List.of("t-0", "__cluster_metadata-0")) {
            disk.createDirectories(A.resolve(log));
            disk.writeAtomically(A.resolve(log).resolve("00000000000000000000.log"), new byte[] {1, 2, 3});
        }
        disk.writeAtomically(A.resolve(".kafka_cleanshutdown"), new byte[0]);
        Map<Path, String> before = content(A);
        // When
        String sentence = refused("/a");
        // Then
        assertTrue(sentence.contains("/a is a data directory of Apache Kafka"), sentence);
        Map<Path, String> after = content(A);
        after.remove(A.resolve(".lock"));
        assertEquals(before, after);
    }

    @Test
    void aDirectoryThatCannotBeUsedIsRefused() throws IOException {
        given("/a");
        disk.writeAtomically(Path.of("/file"), new byte[0]);

        String sentence = refused("/a,/file/b");

        assertTrue(Stream.of("The data directory /file/b cannot be used", "take it out of log.dirs").allMatch(sentence::contains), sentence);
    }

    @Test
    void aStartThatIsRefusedLeavesDirectoriesAsTheyWere(@TempDir Path files) throws IOException {
        Path foreign = files.resolve("foreign");
        Files.createDirectories(foreign.resolve("t-0"));
        Path fresh = files.resolve("fresh");
        BrokerOptions options = BrokerOptions.of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", foreign + "," + fresh)))
                .withDisk(new FileDisk());

        String sentence = assertThrows(BrokerStartException.class, () -> Broker.start(options).close()).getMessage();

        assertTrue(sentence.contains("holds 1 log (t-0) and no meta.properties"), sentence);
        try (Stream<Path> left = Files.walk(files)) {
            assertEquals(List.of(files, foreign, foreign.resolve("t-0")), left.sorted().toList());
        }
    }

    @Test
    void theEmptyPlaceOfADiskThatIsNotMountedIsNoNewDirectory() throws IOException {
        Disk unmounted = (Disk) Proxy.newProxyInstance(Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
            if (method.getName().equals("missingMount")) {
                return Path.of("/a");
            }
            try {
                return method.invoke(disk, arguments);
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        });
        BrokerOptions options = BrokerOptions.of(BrokerConfig.of(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/a/data"))).withDisk(unmounted);

        String sentence = assertThrows(BrokerStartException.class, () -> Broker.start(options).close()).getMessage();

        assertTrue(sentence.contains("/a/data is empty, and the disk that /etc/fstab has for /a is not mounted there: mount it"), sentence);
        assertFalse(disk.exists(Path.of("/a/data/meta.properties")));
        // One that is in use is not asked about
        given("/a/data");
        Broker.start(options).close();
    }
}
