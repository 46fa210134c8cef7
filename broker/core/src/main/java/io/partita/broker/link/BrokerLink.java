package io.partita.broker.link;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Workers;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.net.BrokerTls;
import io.partita.broker.net.NettyEventLoops;
import io.partita.broker.net.Newcomers;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.replication.ReplicaFetch;
import io.partita.broker.replication.ReplicaLink;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * The connections between this broker and the others: a listener that they come by, and one connection to each broker that something is wanted of. Everything of a
 * connection is done on one event loop; what is wanted and what is answered comes from any thread.
 */
public final class BrokerLink implements ReplicaLink, BrokerCalls {

    /** Connections that others may have here at once: far more than there are brokers. */
    private static final int ACCEPTED_MAX = 1_000;
    /** Of whom it is not known yet who they are, beside those: they cannot take the places of brokers, however many they are. */
    private static final int NEWCOMERS_MAX = 200;

    private final LinkContext context;
    private final Map<Integer, Peer> peers = new ConcurrentHashMap<>();
    private final List<Channel> servers = new CopyOnWriteArrayList<>();
    private final Set<AcceptedConnection> accepted = ConcurrentHashMap.newKeySet();
    private final Newcomers<AcceptedConnection> newcomers = new Newcomers<>(NEWCOMERS_MAX);
    private volatile ApiRegistry registry;
    private volatile boolean closed;

    /**
     * @param clusterId the cluster that the broker belongs to
     * @param process this run of the broker; gives {@code null} until that is known
     * @param image where the others are
     * @param followed where followers' fetches are answered
     * @param suspect told that a broker is heard of no more, or cannot be reached; on an event loop, must not block
     * @param trust told that a broker is heard of again after that; on an event loop, must not block
     * @param tls by which brokers know each other and encrypt, {@code null} where whoever comes is believed
     */
    public BrokerLink(
            LinkOptions options,
            NettyEventLoops loops,
            Workers workers,
            Clock clock,
            String clusterId,
            Supplier<BrokerProcess> process,
            Supplier<ClusterImage> image,
            Followed followed,
            IntConsumer suspect,
            IntConsumer trust,
            BrokerTls tls) {
        context = new LinkContext(options, loops, workers, clock, clusterId, process, image, followed, () -> registry, suspect, trust, new LinkMeter(),
                tls, new FewLines(clock));
    }

    /**
     * Takes {@code port} on {@code address}; port 0 lets the system choose. May be called for several addresses. Connections are queued by the system until
     * {@link #open}. Completes with the port, or with the {@link java.io.IOException} of the bind.
     */
    public CompletableFuture<Integer> bind(InetAddress address, int port) {
        CompletableFuture<Integer> bound = new CompletableFuture<>();
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(context.loops().group())
                .channel(context.loops().serverChannel())
                .option(ChannelOption.SO_BACKLOG, context.options().sockets().backlog())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        admit(channel);
                    }
                });
        if (context.options().sockets().sendBufferBytes() > 0) {
            bootstrap.childOption(ChannelOption.SO_SNDBUF, context.options().sockets().sendBufferBytes());
        }
        bootstrap.bind(new InetSocketAddress(address, port)).addListener((ChannelFutureListener) done -> {
            if (done.isSuccess()) {
                servers.add(done.channel());
                bound.complete(((InetSocketAddress) done.channel().localAddress()).getPort());
            } else {
                bound.completeExceptionally(done.cause());
            }
        });
        return bound;
    }

    /**
     * Begins to accept connections.
     *
     * @param served by which others' calls are answered
     */
    public void open(ApiRegistry served) {
        registry = served;
        for (Channel server : servers) {
            server.config().setAutoRead(true);
        }
    }

    private void admit(Channel channel) {
        if (closed || accepted.size() - newcomers.size() >= ACCEPTED_MAX) {
            channel.close();
            return;
        }
        var connection = new AcceptedConnection(context, channel, context.loops().of(channel.eventLoop()), this::known);
        accepted.add(connection);
        AcceptedConnection oldest = newcomers.add(connection);
        if (oldest != null) {
            oldest.crowdedOut();
        }
        channel.closeFuture().addListener(done -> {
            accepted.remove(connection);
            newcomers.remove(connection);
        });
        connection.install();
    }

    /** It has been said, and seen, who has made a connection. */
    private Peer known(AcceptedConnection connection) {
        newcomers.remove(connection);
        return peer(connection.process().broker());
    }

    private Peer peer(int broker) {
        return peers.computeIfAbsent(broker, id -> new Peer(context, id, context.loops().next()));
    }

    @Override
    public void fetch(int leader, PartitionKey partition, ReplicaFetch fetch, Outcome outcome) {
        if (closed) {
            outcome.lost();
        } else {
            peer(leader).want(new Wanted.Fetch(partition, fetch, outcome));
        }
    }

    @Override
    public void call(int broker, ApiKey key, short version, Message request, Message response, long timeoutMillis, Consumer<Message> answer) {
        var call = new Wanted.Call(key, version, request, response, answer);
        if (closed) {
            call.lost();
        } else {
            peer(broker).call(call, timeoutMillis);
        }
    }

    /** What goes over the connections. Any thread. */
    public LinkMetrics metrics() {
        return context.meter().metrics();
    }

    /** Stops accepting, says farewell on all connections, and closes them. What is wanted is lost. Completes when that is done. */
    public CompletableFuture<Void> close() {
        closed = true;
        List<CompletableFuture<Void>> closing = new ArrayList<>();
        for (Channel server : servers) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            closing.add(done);
            server.close().addListener(ignored -> done.complete(null));
        }
        for (Peer peer : peers.values()) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            closing.add(done);
            peer.close(() -> done.complete(null));
        }
        for (AcceptedConnection connection : accepted) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            closing.add(done);
            connection.loop.run(connection::stop);
            connection.channel.closeFuture().addListener(ignored -> done.complete(null));
        }
        return CompletableFuture.allOf(closing.toArray(new CompletableFuture[0]));
    }
}
