package io.partita.broker.app;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventLoopWatchTest {

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final EventLoopWatch watch = new EventLoopWatch(vertx, registry);

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void noticesALoopThatStandsStill() {
        watch.onStart(new StartupEvent());
        assertTrue(watch.allMove());

        CountDownLatch goOn = new CountDownLatch(1);
        vertx.nettyEventLoopGroup().next().execute(() -> {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });

        await().until(() -> watch.longestStandstillMillis() > 300);
        goOn.countDown();
        await().until(() -> watch.longestStandstillMillis() < 100);
        assertTrue(registry.get("partita.event.loop.lag").timers().stream().anyMatch(timer -> timer.max(TimeUnit.MILLISECONDS) > 200));
    }
}
