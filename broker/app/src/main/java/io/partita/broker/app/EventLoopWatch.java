package io.partita.broker.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.util.concurrent.EventExecutor;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Has every event loop come by at a steady pace and notes how late it is. The delay is what each request on that loop waits for as well; a loop that
 * does not come by at all is stuck.
 */
@Singleton
class EventLoopWatch {

    private static final long PACE_MILLIS = 100;
    /** Longer than any pause that passes (a full collection, a stopped container), shorter than clients' request timeout of 30 s. */
    private static final long STUCK_MILLIS = 15_000;

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(20), Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(500), Duration.ofSeconds(2)
    };

    private final Vertx vertx;
    private final MeterRegistry registry;
    private final List<Loop> loops = new ArrayList<>();

    EventLoopWatch(Vertx vertx, MeterRegistry registry) {
        this.vertx = vertx;
        this.registry = registry;
    }

    void onStart(@Observes StartupEvent event) {
        int number = 0;
        for (EventExecutor executor : vertx.nettyEventLoopGroup()) {
            Timer lag = Timer.builder("partita.event.loop.lag")
                    .description("How much later than asked for a task runs on an event loop")
                    .tag("loop", Integer.toString(number++))
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry);
            Loop loop = new Loop(executor, lag);
            loops.add(loop);
            loop.scheduleNext();
        }
    }

    boolean allMove() {
        return longestStandstillMillis() < STUCK_MILLIS;
    }

    /** How long the loop that is furthest behind should have come by already. */
    long longestStandstillMillis() {
        long longest = 0;
        for (Loop loop : loops) {
            longest = Math.max(longest, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - loop.due));
        }
        return longest;
    }

    private static final class Loop implements Runnable {
        private final EventExecutor executor;
        private final Timer lag;
        private volatile long due;

        Loop(EventExecutor executor, Timer lag) {
            this.executor = executor;
            this.lag = lag;
        }

        void scheduleNext() {
            due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PACE_MILLIS);
            if (!executor.isShuttingDown()) {
                executor.schedule(this, PACE_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        @Override
        public void run() {
            lag.record(Math.max(0, System.nanoTime() - due), TimeUnit.NANOSECONDS);
            scheduleNext();
        }
    }
}
