package io.partita.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The store on a disk on which any write, sync, rename or truncation may fail, followed or not by the loss of what was not synced: whatever was
 * confirmed is there at the next start, whatever was refused is not, and only the command under way when the crash came may be either.
 */
class MetadataCrashPropertyTest {

    private static final Path DIRECTORY = Path.of("/data");

    private final Set<String> confirmed = new TreeSet<>();
    private final Set<String> doubtful = new HashSet<>();
    private FaultyDisk disk;
    private FileMetadataStore store;

    @Test
    void whatWasConfirmedSurvivesEveryCrash() throws IOException {
        for (long seed = 0; seed < 150; seed++) {
            Random random = new Random(seed);
            confirmed.clear();
            disk = new FaultyDisk(random);
            disk.createDirectories(DIRECTORY);
            disk.syncDirectory(Path.of("/"));
            for (int life = 0; life < 8; life++) {
                open(random, "seed " + seed + " life " + life);
                if (random.nextBoolean()) {
                    disk.failOperation(random.nextInt(30), random.nextBoolean());
                }
                live(random);
                if (random.nextInt(3) == 0) {
                    disk.crashProcess();
                } else {
                    disk.crashMachine();
                }
            }
        }
    }

    private void open(Random random, String where) throws IOException {
        store = FileStores.open(disk, DIRECTORY, null, BrokerConfig.of(Map.of()), Runnable::run, random::nextLong);
        assertTrue(store.start(new BrokerImage(0, List.of(), null), change -> ImageListener.APPLIED).toCompletableFuture().isDone());
        Set<String> found = new TreeSet<>();
        store.image().topics().forEach(topic -> found.add(topic.name()));
        Set<String> expected = new TreeSet<>(confirmed);
        for (String name : doubtful) {
            // Either way, but from now on it is certain.
            if (found.contains(name)) {
                expected.add(name);
            } else {
                expected.remove(name);
            }
        }
        assertEquals(expected, found, where);
        confirmed.clear();
        confirmed.addAll(found);
        doubtful.clear();
    }

    /** Creates and deletes topics; the last command before a crash may have been refused, and is then in doubt. */
    private void live(Random random) {
        for (int commands = random.nextInt(20); commands > 0; commands--) {
            String name = "t" + random.nextInt(12);
            boolean create = !confirmed.contains(name);
            ErrorCode error = create
                    ? store.createTopics(List.of(NewTopic.withDefaults(name)), false).toCompletableFuture().join().getFirst().error()
                    : store.deleteTopics(List.of(TopicSelector.byName(name))).toCompletableFuture().join().getFirst().error();
            if (error == ErrorCode.NONE) {
                // A confirmed change wrote everything anew, or the refused one before it was cut off: nothing is in doubt any more.
                doubtful.clear();
                if (create) {
                    confirmed.add(name);
                } else {
                    confirmed.remove(name);
                }
            } else {
                assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, error);
                assertNotEquals(create, store.image().topic(name) != null, "a refused change is seen");
                doubtful.add(name);
            }
        }
    }
}
