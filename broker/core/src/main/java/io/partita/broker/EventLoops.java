package io.partita.broker;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.partita.broker.env.WorkerPools;
import io.partita.broker.net.NettyEventLoops;
import io.vertx.core.Vertx;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The event loops a broker runs on: those of a Vert.x that was handed in, or some of its own that come and go with it. The latter are Netty's
 * alone, because a Vert.x around them would only make every first start in a process a quarter slower.
 */
final class EventLoops implements AutoCloseable {

    private static final long CLOSE_SECONDS = 10;

    private final EventLoopGroup own;
    private final NettyEventLoops loops;

    private EventLoops(EventLoopGroup own, NettyEventLoops loops) {
        this.own = own;
        this.loops = loops;
    }

    static EventLoops of(Vertx vertx) {
        return new EventLoops(null, new NettyEventLoops(vertx.nettyEventLoopGroup()));
    }

    /**
     * @param count how many loops; 0 for one per two processors. A loop does the work of several of Kafka's threads, and the clients, the page
     *     cache and the garbage collector want processors too; partitions and connections on one loop meet without a handover.
     */
    static EventLoops create(int count) {
        int loops = count > 0 ? count : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        ThreadFactory threads = new DefaultThreadFactory("partita-loop");
        EventLoopGroup group = Epoll.isAvailable() ? new EpollEventLoopGroup(loops, threads) : new NioEventLoopGroup(loops, threads);
        return new EventLoops(group, new NettyEventLoops(group));
    }

    NettyEventLoops loops() {
        return loops;
    }

    /**
     * Waits until workers have ended what they were given, loops have done what came of it, and nothing more came of that: a read that ends after its loop gives nothing back of what
     * it holds. For when no connection and no partition is left to begin anything.
     *
     * @return false when the time was up before
     */
    boolean settle(WorkerPools workers, long seconds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        do {
            if (!workers.awaitIdle(deadline - System.nanoTime())) {
                return false;
            }
            // Twice, because what one loop does may be something for another one.
            for (int round = 0; round < 2; round++) {
                CountDownLatch passed = new CountDownLatch(loops.size());
                loops.all().forEach(loop -> loop.execute(passed::countDown));
                try {
                    if (!passed.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                        return false;
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        } while (!workers.isIdle());
        return true;
    }

    @Override
    public void close() {
        if (own != null && !own.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("The event loops did not stop");
        }
    }
}
