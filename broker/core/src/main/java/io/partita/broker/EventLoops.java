package io.partita.broker;

import io.partita.broker.net.NettyEventLoops;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.concurrent.TimeUnit;

/** The event loops a broker runs on: those of a Vert.x that was handed in, or of one that comes and goes with the broker. */
final class EventLoops implements AutoCloseable {

    private static final long CLOSE_SECONDS = 10;

    private final Vertx own;
    private final NettyEventLoops loops;

    private EventLoops(Vertx own, NettyEventLoops loops) {
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
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(loops)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setPreferNativeTransport(true)
                .setFileSystemOptions(new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
        Vertx vertx = Vertx.vertx(options);
        return new EventLoops(vertx, new NettyEventLoops(vertx.nettyEventLoopGroup()));
    }

    NettyEventLoops loops() {
        return loops;
    }

    @Override
    public void close() {
        if (own != null) {
            try {
                own.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
                throw new IllegalStateException("The event loops did not stop", e);
            }
        }
    }
}
