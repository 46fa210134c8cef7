package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.coordinator.TestCoordinatorLog;
import io.partita.broker.env.EventLoop;
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
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.quota.ClientBudget;
import io.partita.broker.security.Access;
import io.partita.broker.security.Principal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The handlers of groups over a coordinator and metadata in memory, on one thread. Every request and response goes through its bytes. */
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

    Context send(ApiKey key, int version, Message request) {
        Message received = key.newRequest();
        copy(request, received, (short) version);
        var context = new Context(key, (short) version, softwareName);
        registry.find(key.id()).handler().handle(context, received);
        loop.runTasks();
        return context;
    }

    private static void copy(Message from, Message to, short version) {
        ByteBuf bytes = Unpooled.buffer();
        from.write(new MessageWriter(bytes), version);
        to.read(new MessageReader(bytes), version);
    }

    /** One request under way. */
    final class Context implements RequestContext {
        private final ApiKey key;
        private final short version;
        private final String software;
        private Message response;
        private Runnable held;

        private Context(ApiKey key, short version, String software) {
            this.key = key;
            this.version = version;
            this.software = software;
        }

        boolean isAnswered() {
            return response != null;
        }

        /** What the network does when another request arrives on the connection. */
        void nextRequest() {
            held.run();
            loop.runTasks();
        }

        @SuppressWarnings("unchecked")
        <R extends Message> R response() {
            if (response == null) {
                throw new AssertionError("not answered");
            }
            return (R) response;
        }

        @Override
        public ApiKey apiKey() {
            return key;
        }

        @Override
        public short version() {
            return version;
        }

        @Override
        public String clientId() {
            return "app";
        }

        @Override
        public ClientInfo client() {
            return new Peer(software);
        }

        @Override
        public Access access() {
            return Access.EVERYTHING;
        }

        @Override
        public ClientBudget budget() {
            return ClientBudget.UNLIMITED;
        }

        @Override
        public EventLoop eventLoop() {
            return loop;
        }

        @Override
        public void respond(Message message) {
            assertNull(response, "answered twice");
            response = key.newResponse();
            copy(message, response, version);
        }

        @Override
        public void respondNothing() {
            throw new AssertionError("these requests all have an answer");
        }

        @Override
        public void onNextRequest(Runnable task) {
            held = task;
        }

        @Override
        public void onCrowded(Runnable task) {
            throw new AssertionError("these requests do not wait");
        }

        @Override
        public void onClose(Runnable task) {
            throw new AssertionError("these requests are told of their connection's end by onNextRequest");
        }

        @Override
        public void disconnect(String reason) {
            throw new AssertionError(reason);
        }
    }

    private record Peer(String softwareName) implements ClientInfo {
        @Override
        public Principal principal() {
            return Principal.ANONYMOUS;
        }

        @Override
        public InetAddress address() {
            return InetAddress.getLoopbackAddress();
        }

        @Override
        public String listenerName() {
            return "PLAINTEXT";
        }

        @Override
        public String softwareVersion() {
            return "";
        }

        @Override
        public void identify(String softwareName, String softwareVersion) {
            throw new AssertionError("not asked for here");
        }
    }
}
