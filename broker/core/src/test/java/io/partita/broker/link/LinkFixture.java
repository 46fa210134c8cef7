package io.partita.broker.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.nio.NioEventLoopGroup;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ApiVersionsHandler;
import io.partita.broker.api.Handler;
import io.partita.broker.api.RequestContext;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.env.Clock;
import io.partita.broker.env.WorkerPools;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.net.BrokerTls;
import io.partita.broker.net.NettyEventLoops;
import io.partita.broker.net.SocketOptions;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.HeartbeatRequest;
import io.partita.broker.replication.ReplicaAnswer;
import io.partita.broker.replication.ReplicaFetch;
import io.partita.broker.replication.ReplicaLink;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Brokers that are nothing but a link and some logs that they lead, each with event loops of its own. */
final class LinkFixture implements AutoCloseable {

    /** Nobody is silent for so long. */
    static final LinkOptions CALM = new LinkOptions(1 << 20, 10 << 20, 20 << 20, 10_000, SocketOptions.DEFAULTS);
    /** Silence is noticed within moments. */
    static final LinkOptions QUICK = new LinkOptions(1 << 20, 10 << 20, 20 << 20, 100, SocketOptions.DEFAULTS);

    /** How a fetch ended. @param answer {@code null} when it was lost */
    record Ended(int partition, ReplicaFetch fetch, ReplicaAnswer<ByteBuf> answer) {

        /** The records, which are released. */
        byte[] bytes() {
            ByteBuf records = ((ReplicaAnswer.Records<ByteBuf>) answer).records();
            byte[] bytes = new byte[records.readableBytes()];
            records.getBytes(records.readerIndex(), bytes);
            records.release();
            return bytes;
        }
    }

    final class Node {
        final int id;
        final NettyEventLoops loops;
        final LedLogs led;
        final BrokerLink link;
        final int port;
        final BlockingQueue<Integer> suspected = new LinkedBlockingQueue<>();
        final BlockingQueue<Integer> trusted = new LinkedBlockingQueue<>();
        final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
        final BlockingQueue<RequestContext> calls = new LinkedBlockingQueue<>();
        private final NioEventLoopGroup group = new NioEventLoopGroup(2);
        private final WorkerPools workers = new WorkerPools();

        private Node(int id, String clusterId, String process, LinkOptions options, BrokerTls tls) throws IOException {
            this.id = id;
            loops = new NettyEventLoops(group);
            led = new LedLogs(loops.next(), workers, directory.resolve("node-" + nodes.size()));
            ApiRegistry registry = new ApiRegistry.Builder()
                    .serve(ApiKey.HEARTBEAT, 0, 4, (Handler<HeartbeatRequest>) (context, request) -> calls.add(context))
                    .build(entries -> new ApiVersionsHandler(entries, clusterId, id));
            BrokerProcess self = process == null ? null : new BrokerProcess(id, process);
            link = new BrokerLink(options, loops, workers, Clock.SYSTEM, clusterId, () -> self, () -> image, led, suspected::add, trusted::add, tls);
            port = link.bind(InetAddress.getLoopbackAddress(), 0).join();
            link.open(registry);
            at(id, port);
            nodes.add(this);
        }

        void fetch(int leader, int partition, long offset) {
            fetch(leader, partition, offset, LedLogs.EPOCH);
        }

        void fetch(int leader, int partition, long offset, int epoch) {
            PartitionKey key = LedLogs.partition(partition);
            var fetch = new ReplicaFetch(id, "log-" + id, epoch, offset, -1, 0, 0);
            link.fetch(leader, key, fetch, new ReplicaLink.Outcome() {
                @Override
                public void answered(ReplicaAnswer<ByteBuf> answer) {
                    ended.add(new Ended(partition, fetch, answer));
                }

                @Override
                public void lost() {
                    ended.add(new Ended(partition, fetch, null));
                }
            });
        }

        Ended next() throws InterruptedException {
            return LinkFixture.next(ended);
        }

        /** Fetches until it is answered, from whatever broker is there then. */
        Ended answer(int leader, int partition, long offset) throws InterruptedException {
            while (true) {
                fetch(leader, partition, offset);
                Ended end = next();
                if (end.answer() != null) {
                    return end;
                }
            }
        }

        private void close() {
            link.close().orTimeout(20, TimeUnit.SECONDS).join();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(20_000);
            workers.close();
        }
    }

    private final Path directory;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Wire> wires = new ArrayList<>();
    private final Map<Integer, BrokerImage> brokers = new java.util.concurrent.ConcurrentHashMap<>();
    private volatile ClusterImage image = ClusterImage.empty("cluster");

    LinkFixture(Path directory) {
        this.directory = directory;
    }

    Node node(int id) throws IOException {
        return node(id, CALM);
    }

    Node node(int id, LinkOptions options) throws IOException {
        return node(id, "cluster", "process-" + id, options);
    }

    /** @param process {@code null} where it does not know yet who it is */
    Node node(int id, String clusterId, String process, LinkOptions options) throws IOException {
        return node(id, clusterId, process, options, null);
    }

    /** @param tls {@code null} where it does not encrypt */
    Node node(int id, String clusterId, String process, LinkOptions options, BrokerTls tls) throws IOException {
        return new Node(id, clusterId, process, options, tls);
    }

    /** Where the others look for a broker. */
    void at(int broker, int port) {
        brokers.put(broker, new BrokerImage(broker, List.of(new BrokerImage.Endpoint(BrokerImage.REPLICATION, "127.0.0.1", port)), null));
        image = ClusterImage.of("cluster", List.copyOf(brokers.values()), List.of(), Map.of());
    }

    /** A wire that the others reach a node by. */
    Wire wireTo(Node node) throws IOException {
        Wire wire = new Wire(node.port);
        wires.add(wire);
        at(node.id, wire.port());
        return wire;
    }

    static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(60, TimeUnit.SECONDS);
        assertNotNull(next, "nothing came");
        return next;
    }

    @Override
    public void close() throws IOException {
        for (Wire wire : wires) {
            wire.close();
        }
        for (Node node : nodes) {
            node.close();
            node.led.close();
        }
    }

    /** Pieces of files that fit into one answer and that do not arrive as they are, each byte once. */
    static void assertRecordsOfAnySizeArrive(Node leader, Node follower) throws Exception {
        int[] sizes = {10, 16_000, 17_000, 40_000, 70_000, 900_000, 5_000_000};
        for (int i = 0; i < sizes.length; i++) {
            leader.led.lead(i);
            leader.led.append(i, sizes[i], i);
        }
        for (int i = 0; i < sizes.length; i++) {
            follower.fetch(1, i, 0);
        }
        Set<Integer> answered = new HashSet<>();
        while (answered.size() < sizes.length) {
            Ended end = follower.next();
            assertArrayEquals(leader.led.content(end.partition()), end.bytes());
            answered.add(end.partition());
        }
        assertEquals(Arrays.stream(sizes).sum() / 1000, follower.link.metrics().recordBytesReceived() / 1000, "no byte twice");
    }

    /** The records of many partitions at once arrive. */
    static void assertManyArrive(Node leader, Node follower) throws Exception {
        for (int i = 0; i < 20; i++) {
            leader.led.lead(i);
            leader.led.append(i, 1 + 700 * i, i);
            follower.fetch(1, i, 0);
        }
        for (int i = 0; i < 20; i++) {
            Ended end = follower.next();
            assertArrayEquals(leader.led.content(end.partition()), end.bytes());
        }
    }
}
