package io.partita.broker.api;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.coordinator.TestCoordinatorLog;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.group.GroupConfig;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.FileMetadataStore;
import io.partita.broker.metadata.FileStores;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The handlers of groups over a coordinator and metadata in memory, on one thread. */
final class GroupApisFixture {

    static final int NODE = 3;
    static final int OFFSETS_PARTITIONS = 3;

    final TestEventLoop loop = new TestEventLoop(new TestClock());
    final FileMetadataStore store;
    final GroupCoordinator groups;
    private final ApiRegistry registry;
    /** What the next clients call themselves. */
    String softwareName = "";

    GroupApisFixture() {
        BrokerConfig config = BrokerConfig.of(Map.of("node.id", Integer.toString(NODE), "offsets.topic.num.partitions", "" + OFFSETS_PARTITIONS));
        try {
            var disk = new MemoryDisk();
            disk.createDirectories(Path.of("data"));
            store = FileStores.open(disk, Path.of("data"), "cluster", config, Runnable::run, new Random(8)::nextLong);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        groups = new GroupCoordinator(loop.clock(), new Random(9)::nextLong, GroupConfig.DEFAULTS.withInitialRebalanceDelayMillis(0), new MemoryPool(64 << 20));
        var listener = (ImageListener) change -> {
            TopicImage offsets = change.after().topic(GroupCoordinator.TOPIC);
            if (offsets != null && change.created().contains(offsets)) {
                groups.shards().partitionCount(offsets.partitions().size());
                for (int i = 0; i < offsets.partitions().size(); i++) {
                    groups.shards().elected(i, loop, new TestCoordinatorLog(loop));
                }
            }
            return ImageListener.APPLIED;
        };
        store.start(new BrokerImage(NODE, List.of(new BrokerImage.Endpoint("PLAINTEXT", "inside", 9092)), null), listener);
        var builder = new ApiRegistry.Builder();
        GroupApis.serve(builder, store, config, groups);
        registry = builder.build(entries -> new ApiVersionsHandler(entries, "cluster", 1));
    }

    TopicImage create(String name, int partitions) {
        store.createTopics(List.of(new NewTopic(name, partitions, 1, null, Map.of())), false);
        return store.image().topic(name);
    }

    ApiRegistry.Entry entry(ApiKey key) {
        return registry.find(key.id());
    }

    /** Sends a request and returns its answer, which must be there when everything that can run has run. */
    <R extends Message> R call(ApiKey key, int version, Message request) {
        return send(key, version, request).response();
    }

    Sent send(ApiKey key, int version, Message request) {
        Sent sent = new Sent(key, version);
        sent.serve(registry.find(key.id()), request);
        loop.runTasks();
        return sent;
    }

    /** A request that may be held. */
    final class Sent extends EncodedRequest {
        private final String software = softwareName;
        private Runnable held;

        private Sent(ApiKey key, int version) {
            super(loop, key, version, "PLAINTEXT");
        }

        /** What the network does when another request arrives on the connection. */
        void nextRequest() {
            held.run();
            loop.runTasks();
        }

        @Override
        public void onNextRequest(Runnable task) {
            held = task;
        }

        @Override
        public String clientId() {
            return "app";
        }

        @Override
        public String softwareName() {
            return software;
        }
    }
}
