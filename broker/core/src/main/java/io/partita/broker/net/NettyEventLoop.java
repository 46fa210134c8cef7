package io.partita.broker.net;

import io.netty.util.concurrent.ScheduledFuture;
import io.partita.broker.env.EventLoop;
import java.util.concurrent.TimeUnit;

/** An {@link EventLoop} that is one of Netty's. */
public final class NettyEventLoop implements EventLoop {

    private final io.netty.channel.EventLoop loop;

    public NettyEventLoop(io.netty.channel.EventLoop loop) {
        this.loop = loop;
    }

    io.netty.channel.EventLoop netty() {
        return loop;
    }

    @Override
    public boolean inEventLoop() {
        return loop.inEventLoop();
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(task);
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
        ScheduledFuture<?> future = loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        return () -> future.cancel(false);
    }

    @Override
    public String toString() {
        return loop.toString();
    }
}
