package io.partita.broker.api;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.FileMetadataStore;
import io.partita.broker.metadata.FileStores;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.security.Audit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;

/**
 * The administration handlers over a metadata store in memory, on one thread.
 */
final class AdminFixture {

    static final int NODE = 3;

    final TestEventLoop loop = new TestEventLoop(new TestClock());
    final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    final MemoryDisk disk = new MemoryDisk();
    final LogDirectory directory;
    final FileMetadataStore store;
    /** The lines of what was administered. */
    final List<String> audited = new ArrayList<>();
    private final ApiRegistry registry;
    /** While set, the work of the store and of handlers waits in {@link #waiting}. */
    boolean busy;

    AdminFixture(String... settings) {
        Map<String, String> properties = new HashMap<>(Map.of("node.id", Integer.toString(NODE), "log.segment.bytes", "2000000"));
        for (int i = 0; i < settings.length; i += 2) {
            properties.put(settings[i], settings[i + 1]);
        }
        BrokerConfig config = BrokerConfig.of(properties);
        Workers workers = task -> {
            if (busy) {
                waiting.add(task);
            } else {
                task.run();
            }
        };
        try {
            Path path = Path.of("data");
            directory = LogDirectory.open(path, "cluster", NODE, 10, disk, Clock.SYSTEM, workers, new Random(7)::nextLong);
            directory.load(topic -> LogConfig.DEFAULTS, 1);
            store = FileStores.open(disk, Path.of("metadata"), "cluster", config, workers, new Random(8)::nextLong);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        List<BrokerImage.Endpoint> endpoints = List.of(new BrokerImage.Endpoint("PLAINTEXT", "inside", 9092),
                new BrokerImage.Endpoint("OUTSIDE", "outside.example", 19092));
        store.start(new BrokerImage(NODE, endpoints, "rack-a"), this::createLogs);
        ApiRegistry.Builder builder = new ApiRegistry.Builder(new Audit(loop.clock(), audited::add));
        AdminApis.serve(builder, store, config, List.of(directory), disk, workers);
        registry = builder.build(entries -> new ApiVersionsHandler(entries, "cluster", 1));
    }

    private CompletionStage<Void> createLogs(ImageChange change) {
        for (TopicImage topic : change.created()) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                try {
                    directory.create(new LogId(topic.name(), i), topic.id(), LogConfig.DEFAULTS);
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            }
        }
        return ImageListener.APPLIED;
    }

    TopicImage create(String name, int partitions) {
        store.createTopics(List.of(new NewTopic(name, partitions, 1, null, Map.of())), false);
        return store.image().topic(name);
    }

    /** Sends a request and returns its answer, which must be there at once. */
    <R extends Message> R call(ApiKey key, int version, Message request) {
        return send(key, version, request, "PLAINTEXT").response();
    }

    /** Sends a request on a connection of some listener. */
    EncodedRequest send(ApiKey key, int version, Message request, String listener) {
        EncodedRequest sent = new EncodedRequest(loop, key, version, listener);
        sent.serve(registry.find(key.id()), request);
        return sent;
    }
}
