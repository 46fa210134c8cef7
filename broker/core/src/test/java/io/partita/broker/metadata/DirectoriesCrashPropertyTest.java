package io.partita.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/**
 * Starts in which directories are added and named in another order, each of which may end at any write: the next start, with all directories that were ever named, works,
 * and knows every topic that was confirmed.
 */
class DirectoriesCrashPropertyTest {

    private static final List<Path> ALL = List.of(Path.of("/a"), Path.of("/b"), Path.of("/c"));

    @Test
    void noStartThatIsCutShortKeepsTheNextFromWorking() throws IOException {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            FaultyDisk disk = new FaultyDisk(random);
            Set<String> confirmed = new TreeSet<>();
            Set<String> doubtful = new TreeSet<>();
            List<Path> named = new ArrayList<>(List.of(ALL.get(random.nextInt(3))));
            for (int life = 0; life < 6; life++) {
                if (random.nextBoolean()) {
                    Path more = ALL.get(random.nextInt(3));
                    if (!named.contains(more)) {
                        named.add(more);
                    }
                }
                Collections.shuffle(named, random);
                disk.stopWritingAfter(random.nextInt(40));
                live(disk, named, random, confirmed, doubtful);
                if (random.nextBoolean()) {
                    disk.crashProcess();
                } else {
                    disk.crashMachine();
                }
                Set<String> found = found(disk, named, random);
                String where = "seed " + seed + " life " + life;
                assertTrue(found.containsAll(confirmed), where + ": " + found + " lacks some of " + confirmed);
                Set<String> possible = new TreeSet<>(confirmed);
                possible.addAll(doubtful);
                assertTrue(possible.containsAll(found), where + ": " + found + " has more than " + possible);
                confirmed.addAll(found);
                doubtful.clear();
                disk.crashProcess();
            }
        }
    }

    private static void live(FaultyDisk disk, List<Path> directories, Random random, Set<String> confirmed, Set<String> doubtful) {
        try {
            FileMetadataStore store = start(disk, directories, random);
            for (int topics = random.nextInt(5); topics > 0; topics--) {
                String name = "t" + random.nextInt(1000);
                if (confirmed.contains(name)) {
                    continue;
                }
                ErrorCode error = store.createTopics(List.of(NewTopic.withDefaults(name)), false).toCompletableFuture().join().getFirst().error();
                (error == ErrorCode.NONE ? confirmed : doubtful).add(name);
            }
        } catch (IOException | CompletionException cutShort) {
            // What the next start makes of it is the question.
        }
    }

    private static Set<String> found(FaultyDisk disk, List<Path> directories, Random random) throws IOException {
        FileMetadataStore store = start(disk, directories, random);
        Set<String> found = new TreeSet<>();
        store.image().topics().forEach(topic -> found.add(topic.name()));
        assertEquals(List.of(), store.away());
        return found;
    }

    private static FileMetadataStore start(FaultyDisk disk, List<Path> directories, Random random) throws IOException {
        FileMetadataStore store = FileStores.open(disk, directories, null, BrokerConfig.of(Map.of()), Runnable::run, random::nextLong);
        store.start(new BrokerImage(0, List.of(), null), change -> ImageListener.APPLIED).toCompletableFuture().join();
        return store;
    }
}
