package io.partita.broker.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A socket that Kafka clients connect to, with the connections accepted on it. Thread-safe. */
public final class KafkaListener {

    /** Unsent response bytes (log content sent from files does not count) at which a connection is no longer read, and is read again. */
    private static final WriteBufferWaterMark UNSENT_BYTES = new WriteBufferWaterMark(256 * 1024, 1024 * 1024);
    /** How often connections are looked over for idleness, at most. */
    private static final long SWEEP_MILLIS_MAX = 10_000;

    private static final int REPORTS_PER_SECOND_MAX = 5;

    private final String name;
    private final NettyEventLoops loops;
    private final SocketOptions sockets;
    private final NetworkBounds bounds;
    private final RequestMemory memory;
    private final ApiRegistry registry;
    private final Clock clock;
    private final RequestObserver observer;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connectionCount = new AtomicInteger();
    private final Map<InetAddress, Integer> connectionsByAddress = new ConcurrentHashMap<>();

    private final List<Channel> servers = new CopyOnWriteArrayList<>();
    private EventLoop.Timer sweep;
    private final AtomicInteger reports = new AtomicInteger();
    private volatile long reportSecond;
    private volatile boolean closed;

    public KafkaListener(
            String name, NettyEventLoops loops, SocketOptions sockets, NetworkBounds bounds, ApiRegistry registry, Clock clock, RequestObserver observer) {
        this.name = name;
        this.loops = loops;
        this.sockets = sockets;
        this.bounds = bounds;
        this.memory = new RequestMemory(bounds.maxQueuedRequestBytes());
        this.registry = registry;
        this.clock = clock;
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
    }

    private void accepted(Channel channel) {
        if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
            // The client went away before it was accepted.
            channel.close();
            return;
        }
        InetAddress address = remote.getAddress();
        int count = connectionCount.incrementAndGet();
        int fromAddress = connectionsByAddress.merge(address, 1, Integer::sum);
        Connection connection = new Connection(this, channel, address, loops.of(channel.eventLoop()), bounds, memory);
        connections.add(connection);
        observer.connectionOpened();
        connection.install();
        if (count > bounds.maxConnections()) {
            connection.refuse("max.connections is " + bounds.maxConnections());
        } else if (fromAddress > bounds.maxConnectionsPerIp()) {
            connection.refuse("max.connections.per.ip is " + bounds.maxConnectionsPerIp());
        }
    }

    void closed(Connection connection) {
        if (connections.remove(connection)) {
            connectionCount.decrementAndGet();
            connectionsByAddress.computeIfPresent(connection.address(), (address, count) -> count == 1 ? null : count - 1);
            observer.connectionClosed();
        }
    }

    /** Whether a closed connection may be told of in the log: a few a second are, so that nobody can fill the disk by breaking rules. */
    boolean mayReportRefusal() {
        long second = clock.monotonicMillis() / 1000;
        if (reportSecond != second) {
            reportSecond = second;
            reports.set(0);
        }
        return reports.incrementAndGet() <= REPORTS_PER_SECOND_MAX;
    }

    private void scheduleSweep() {
        long period = Math.clamp(Math.min(bounds.idleMillis(), bounds.stalledFrameMillis()) / 2, 1, SWEEP_MILLIS_MAX);
        sweep = loops.next().schedule(period, () -> {
            long now = clock.monotonicMillis();
            for (Connection connection : connections) {
                connection.loop().run(() -> connection.closeIfIdle(now));
            }
            if (!closed) {
                scheduleSweep();
            }
        });
    }

    /** Stops accepting and closes all connections. Completes when the sockets are closed. */
    public CompletableFuture<Void> close() {
        closed = true;
        if (sweep != null) {
            sweep.cancel();
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

    public int connectionCount() {
        return connectionCount.get();
    }

    String name() {
        return name;
    }

    NetworkBounds bounds() {
        return bounds;
    }

    RequestMemory memory() {
        return memory;
    }

    ApiRegistry registry() {
        return registry;
    }

    Clock clock() {
        return clock;
    }

    RequestObserver observer() {
        return observer;
    }
}
