package io.partita.broker.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.partita.broker.env.EventLoop;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The event loops of a Netty group (Vert.x's, in practice), each in its one {@link NettyEventLoop}. Partitions and connections share them. */
public final class NettyEventLoops {

    private final EventLoopGroup group;
    private final Map<EventExecutor, NettyEventLoop> byNetty = new IdentityHashMap<>();
    private final NettyEventLoop[] loops;
    private final AtomicInteger next = new AtomicInteger();

    public NettyEventLoops(EventLoopGroup group) {
        this.group = group;
        for (EventExecutor executor : group) {
            byNetty.put(executor, new NettyEventLoop((io.netty.channel.EventLoop) executor));
        }
        this.loops = byNetty.values().toArray(new NettyEventLoop[0]);
    }

    /** The next loop in turn: an owner for a partition. */
    public EventLoop next() {
        return loops[Math.floorMod(next.getAndIncrement(), loops.length)];
    }

    /** All of them. */
    public List<EventLoop> all() {
        return List.of(loops);
    }

    public int size() {
        return loops.length;
    }

    /** One of Netty's loops as one of these. */
    public EventLoop of(io.netty.channel.EventLoop loop) {
        return byNetty.get(loop);
    }

    /** Netty's loop below one of these. */
    public io.netty.channel.EventLoop netty(EventLoop loop) {
        return ((NettyEventLoop) loop).netty();
    }

    public EventLoopGroup group() {
        return group;
    }

    /** The socket type that goes with the group: epoll where Vert.x runs with its native transport, else NIO. */
    public Class<? extends ServerChannel> serverChannel() {
        // By name first: the class must not be loaded where there is no native transport.
        return isEpoll() ? Epoll.serverChannel(group) : NioServerSocketChannel.class;
    }

    /** The same for connections that are made. */
    public Class<? extends Channel> clientChannel() {
        return isEpoll() ? Epoll.clientChannel(group) : NioSocketChannel.class;
    }

    /**
     * Has the system end connections whose other side has acknowledged nothing of what was sent for so long, rather than after some fifteen minutes. Where it cannot, on NIO, it is as it was.
     */
    public void giveUpSilent(ServerBootstrap bootstrap, int millis) {
        if (isEpoll()) {
            Epoll.giveUpSilent(bootstrap, millis);
        }
    }

    private boolean isEpoll() {
        return group.getClass().getName().startsWith("io.netty.channel.epoll.");
    }

    private static final class Epoll {
        static Class<? extends ServerChannel> serverChannel(EventLoopGroup group) {
            return group instanceof EpollEventLoopGroup ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        }

        static void giveUpSilent(ServerBootstrap bootstrap, int millis) {
            bootstrap.childOption(EpollChannelOption.TCP_USER_TIMEOUT, millis);
        }

        static Class<? extends Channel> clientChannel(EventLoopGroup group) {
            return group instanceof EpollEventLoopGroup ? EpollSocketChannel.class : NioSocketChannel.class;
        }
    }
}
