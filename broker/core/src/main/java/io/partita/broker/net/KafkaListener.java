package io.partita.broker.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.env.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A socket that Kafka clients connect to, with the connections accepted on it. Thread-safe. */
public final class KafkaListener {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaListener.class);

    /** Unsent response bytes (log content sent from files does not count) at which a connection is no longer read, and is read again. */
    private static final WriteBufferWaterMark UNSENT_BYTES = new WriteBufferWaterMark(256 * 1024, 1024 * 1024);
    /** How often connections are looked over for idleness, at most. */
    private static final long SWEEP_MILLIS_MAX = 10_000;

    /** Longest time for which a connection is kept that is not served, for it takes a descriptor. */
    private static final long TURNED_AWAY_MILLIS_MAX = 10_000;

    /** How often connections are asked to give way while others wait for memory. */
    private static final long CONTESTED_SWEEP_MILLIS = 1_000;

    private final String name;
    private final NettyEventLoops loops;
    private final SocketOptions sockets;
    private final Network network;
    private final ListenerSecurity security;
    private final SessionFactory sessions;
    private final ApiRegistry registry;
    private final RequestObserver observer;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final List<Channel> servers = new CopyOnWriteArrayList<>();
    private volatile EventLoop.Timer sweep;
    private volatile EventLoop.Timer contestedSweep;
    private volatile boolean closed;

    /** A listener that asks nobody who he is. */
    public KafkaListener(
            String name, NettyEventLoops loops, SocketOptions sockets, Network network, ApiRegistry registry, RequestObserver observer) {
        this(name, ListenerSecurity.NONE, loops, sockets, network, registry, observer);
    }

    public KafkaListener(
            String name, ListenerSecurity security, NettyEventLoops loops, SocketOptions sockets, Network network, ApiRegistry registry,
            RequestObserver observer) {
        this.name = name;
        this.security = security;
        this.sessions = security.sessions(network.servedLimits());
        this.loops = loops;
        this.sockets = sockets;
        this.network = network;
        this.registry = registry;
        this.observer = observer;
    }

    /**
     * Takes {@code port} on {@code address}; port 0 lets the system choose. May be called for several addresses. Connections are queued by the
     * system until {@link #open}. Completes with the port, or with the {@link java.io.IOException} of the bind.
     */
    public CompletableFuture<Integer> bind(InetAddress address, int port) {
        CompletableFuture<Integer> bound = new CompletableFuture<>();
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverChannel())
                .option(ChannelOption.SO_BACKLOG, sockets.backlog())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT_BYTES)
                .handler(new Admission())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accepted(channel);
                    }
                });
        if (sockets.sendBufferBytes() > 0) {
            bootstrap.childOption(ChannelOption.SO_SNDBUF, sockets.sendBufferBytes());
        }
        if (sockets.receiveBufferBytes() > 0) {
            // On the listening socket, because the window is agreed on before a connection is accepted.
            bootstrap.option(ChannelOption.SO_RCVBUF, sockets.receiveBufferBytes());
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

    /** Begins to accept connections. */
    public void open() {
        for (Channel server : servers) {
            server.config().setAutoRead(true);
        }
        scheduleSweep();
        scheduleContestedSweep();
    }

    /** Closes connections beyond the bound where they are accepted, before they are handed to their event loop. */
    private final class Admission extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            if (network.admits()) {
                pause(context.channel(), network.quotas().accepted());
                context.fireChannelRead(accepted);
                return;
            }
            Channel refused = (Channel) accepted;
            if (network.mayReportRefusal()) {
                LOG.warn("Closing a connection from {} at once: {} are open, as many as max.connections or the process's descriptors (ulimit -n) allow",
                        refused.remoteAddress(), network.bounds().maxConnections());
            }
            refused.unsafe().closeForcibly();
        }
    }

    /** Lets the system keep new connections for a while. */
    private static void pause(Channel server, long millis) {
        if (millis > 0) {
            server.config().setAutoRead(false);
            server.eventLoop().schedule(() -> server.config().setAutoRead(true), millis, TimeUnit.MILLISECONDS);
        }
    }

    private void accepted(Channel channel) {
        if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
            // The client went away before it was accepted.
            network.lost();
            channel.close();
            return;
        }
        InetAddress address = remote.getAddress();
        String exceeded = network.entered(address);
        long tooEarlyMillis = network.quotas().connected(address.getHostAddress());
        if (tooEarlyMillis > 0) {
            turnAway(channel, address, tooEarlyMillis);
            return;
        }
        Connection connection = new Connection(this, channel, address, loops.of(channel.eventLoop()), network, sessions);
        connections.add(connection);
        observer.connectionOpened();
        connection.install();
        if (exceeded != null) {
            connection.refuse(exceeded);
        } else {
            connection.begin();
        }
    }

    /** Closes a connection of an address that makes too many, when it could make another one: a client that is refused at once would try again at once (KIP-612). */
    private void turnAway(Channel channel, InetAddress address, long millis) {
        channel.config().setAutoRead(false);
        loops.of(channel.eventLoop()).schedule(Math.min(millis, TURNED_AWAY_MILLIS_MAX), () -> {
            channel.close();
            network.left(address);
        });
    }

    void closed(Connection connection) {
        if (connections.remove(connection)) {
            network.left(connection.peer().address());
            observer.connectionClosed();
        }
    }

    private void scheduleSweep() {
        NetworkBounds bounds = network.bounds();
        long period = Math.clamp(Math.min(bounds.setupMillis(), Math.min(bounds.idleMillis(), bounds.stalledFrameMillis())) / 2, 1, SWEEP_MILLIS_MAX);
        sweep = loops.next().schedule(period, () -> {
            long now = network.clock().monotonicMillis();
            for (Connection connection : connections) {
                connection.loop().run(() -> connection.closeIfIdle(now));
            }
            if (!closed) {
                scheduleSweep();
            }
        });
    }

    /** Looks at the connections only where somebody waits for memory, which is rare. */
    private void scheduleContestedSweep() {
        long period = Math.clamp(network.bounds().contestedMillis() / 2, 1, CONTESTED_SWEEP_MILLIS);
        contestedSweep = loops.next().schedule(period, () -> {
            if (network.memory().network().isContested() || network.memory().requests().isContested()) {
                long now = network.clock().monotonicMillis();
                for (Connection connection : connections) {
                    connection.loop().run(() -> connection.giveWay(now));
                }
            }
            if (!closed) {
                scheduleContestedSweep();
            }
        });
    }

    /** Users have changed: connections of those that are there no more end. Any thread. */
    public void review() {
        for (Connection connection : connections) {
            connection.loop().run(connection::review);
        }
    }

    /** Looks at so many connections at most, each on its event loop. */
    public CompletableFuture<List<ConnectionInfo>> look(int max) {
        List<CompletableFuture<ConnectionInfo>> looked = new ArrayList<>();
        for (Connection connection : connections) {
            if (looked.size() == max) {
                break;
            }
            CompletableFuture<ConnectionInfo> one = new CompletableFuture<>();
            looked.add(one);
            connection.loop().run(() -> one.complete(connection.isClosed() ? null : connection.info()));
        }
        return CompletableFuture.allOf(looked.toArray(new CompletableFuture[0]))
                .thenApply(done -> looked.stream().map(CompletableFuture::join).filter(Objects::nonNull).toList());
    }

    /** Stops accepting and closes all connections. Completes when the sockets are closed. */
    public CompletableFuture<Void> close() {
        closed = true;
        if (sweep != null) {
            sweep.cancel();
            contestedSweep.cancel();
        }
        List<CompletableFuture<Void>> closing = new ArrayList<>();
        for (Channel server : servers) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            closing.add(done);
            server.close().addListener(ignored -> done.complete(null));
        }
        return CompletableFuture.allOf(closing.toArray(new CompletableFuture[0])).thenCompose(ignored -> {
            List<CompletableFuture<Void>> connectionsClosing = new ArrayList<>();
            for (Connection connection : connections) {
                CompletableFuture<Void> done = new CompletableFuture<>();
                connectionsClosing.add(done);
                connection.loop().run(() -> {
                    connection.close();
                    done.complete(null);
                });
            }
            return CompletableFuture.allOf(connectionsClosing.toArray(new CompletableFuture[0]));
        });
    }

    ListenerSecurity security() {
        return security;
    }

    String name() {
        return name;
    }

    ApiRegistry registry() {
        return registry;
    }

    RequestObserver observer() {
        return observer;
    }
}
