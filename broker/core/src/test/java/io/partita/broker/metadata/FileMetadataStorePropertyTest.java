package io.partita.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ConfigChange;
import io.partita.broker.env.MemoryDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The store against a map of names, under random commands, restarts and journals rewritten on the way. */
class FileMetadataStorePropertyTest {

    private static final Path DIRECTORY = Path.of("data");
    private static final BrokerImage SELF = new BrokerImage(0, List.of(), null);

    private record Model(int partitions, String retention) {}

    @Test
    void holdsWhatTheModelHolds() throws IOException {
        for (long seed = 0; seed < 15; seed++) {
            Random random = new Random(seed);
            MemoryDisk disk = new MemoryDisk();
            disk.createDirectories(DIRECTORY);
            Map<String, Model> model = new TreeMap<>();
            FileMetadataStore store = start(disk, random);
            for (int step = 0; step < 400; step++) {
                change(store, model, random);
                if (random.nextInt(40) == 0) {
                    store.close();
                    store = start(disk, random);
                }
                if (random.nextInt(10) == 0) {
                    assertHolds(model, store.image(), "seed " + seed + " step " + step);
                }
            }
        }
    }

    private static FileMetadataStore start(MemoryDisk disk, Random random) throws IOException {
        FileMetadataStore store = FileStores.open(disk, DIRECTORY, null, BrokerConfig.of(Map.of()), Runnable::run, random::nextLong);
        store.start(SELF, change -> ImageListener.APPLIED);
        return store;
    }

    private static void change(FileMetadataStore store, Map<String, Model> model, Random random) {
        String name = "t" + random.nextInt(30);
        Model old = model.get(name);
        boolean done = switch (random.nextInt(5)) {
            case 0, 1 -> {
                int partitions = 1 + random.nextInt(4);
                boolean created = store.createTopics(List.of(new NewTopic(name, partitions, 1, null, Map.of())), false)
                        .toCompletableFuture().join().getFirst().isDone();
                if (created) {
                    model.put(name, new Model(partitions, null));
                }
                yield created == (old == null);
            }
            case 2 -> {
                boolean deleted = store.deleteTopics(List.of(TopicSelector.byName(name))).toCompletableFuture().join().getFirst().isDone();
                model.remove(name);
                yield deleted == (old != null);
            }
            case 3 -> {
                int count = 1 + random.nextInt(6);
                boolean grown = store.createPartitions(List.of(new NewPartitions(name, count, null)), false)
                        .toCompletableFuture().join().getFirst().isDone();
                if (grown) {
                    model.put(name, new Model(count, old.retention));
                }
                yield grown == (old != null && count > old.partitions);
            }
            default -> {
                String value = Integer.toString(random.nextInt(1000));
                ConfigChange change = new ConfigChange("retention.ms", ConfigChange.Kind.SET, value);
                boolean altered = store.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic(name), List.of(change), false)), false)
                        .toCompletableFuture().join().getFirst().isDone();
                if (altered) {
                    model.put(name, new Model(old.partitions, value));
                }
                yield altered == (old != null);
            }
        };
        assertEquals(true, done, "a command on " + name + " did what the model did not");
    }

    private static void assertHolds(Map<String, Model> model, ClusterImage image, String where) {
        Map<String, Model> held = new TreeMap<>();
        for (TopicImage topic : image.topics()) {
            held.put(topic.name(), new Model(topic.partitions().size(), topic.configs().get("retention.ms")));
            assertEquals(topic, image.topic(topic.id()), where);
        }
        assertEquals(model, held, where);
    }
}
