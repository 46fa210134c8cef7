package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
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
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.quota.ClientBudget;
import io.partita.broker.security.Access;
import io.partita.broker.security.Audit;
import io.partita.broker.security.Principal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;

/**
 * The administration handlers over a metadata store in memory, on one thread. Every request and response goes through its bytes in the version
 * at hand, so that what a version cannot say is lost, and what it needs must be there.
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
        Context context = send(key, version, request, "PLAINTEXT");
        assertNotNull(context.response, "not answered");
        return context.response();
    }

    /** Sends a request on a connection of some listener. */
    Context send(ApiKey key, int version, Message request, String listener) {
        Message received = key.newRequest();
        copy(request, received, (short) version);
        Context context = new Context(key, (short) version, listener);
        registry.find(key.id()).handler().handle(context, received);
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
        private final String listener;
        private Message response;

        private Context(ApiKey key, short version, String listener) {
            this.key = key;
            this.version = version;
            this.listener = listener;
        }

        boolean isAnswered() {
            return response != null;
        }

        @SuppressWarnings("unchecked")
        <R extends Message> R response() {
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
            return "test";
        }

        @Override
        public ClientInfo client() {
            return new Client(listener);
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
            throw new AssertionError("these requests are not held");
        }

        @Override
        public void onCrowded(Runnable task) {
            throw new AssertionError("these requests do not wait");
        }

        @Override
        public void onClose(Runnable task) {
            throw new AssertionError("these requests do not wait");
        }

        @Override
        public void disconnect(String reason) {
            throw new AssertionError(reason);
        }
    }

    private record Client(String listenerName) implements ClientInfo {
        @Override
        public Principal principal() {
            return Principal.ANONYMOUS;
        }

        @Override
        public InetAddress address() {
            return InetAddress.getLoopbackAddress();
        }

        @Override
        public String softwareName() {
            return "";
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
