package io.partita.broker.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.partita.broker.net.RequestObserver;
import io.partita.broker.protocol.ApiKey;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Counts and times requests by API key. Called on event loops, several at once. */
@Singleton
class RequestMetrics implements RequestObserver {

    private static final Duration[] BUCKETS = {
        Duration.ofNanos(100_000), Duration.ofNanos(250_000), Duration.ofNanos(500_000), Duration.ofMillis(1), Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500),
        Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(30)
    };

    /** The meters of one API key. */
    private record Meters(Timer time, Counter requestBytes, Counter responseBytes) {}

    private final MeterRegistry registry;
    private final Counter opened;
    private final Counter closed;
    /** By API key; made when a key is first asked for, so that the endpoint shows what is in use. */
    private final AtomicReferenceArray<Meters> byKey = new AtomicReferenceArray<>(ApiKey.values().length);

    RequestMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.opened = Counter.builder("partita.connections.opened").description("Client connections accepted").register(registry);
        this.closed = Counter.builder("partita.connections.closed").description("Client connections gone").register(registry);
    }

    @Override
    public void completed(ApiKey key, long nanos, int requestBytes, long responseBytes) {
        Meters meters = byKey.get(key.ordinal());
        if (meters == null) {
            // Two loops may get here at once: the registry gives both the same meters.
            meters = register(key);
            byKey.set(key.ordinal(), meters);
        }
        meters.time.record(nanos, TimeUnit.NANOSECONDS);
        meters.requestBytes.increment(requestBytes);
        meters.responseBytes.increment(responseBytes);
    }

    private Meters register(ApiKey key) {
        return new Meters(
                Timer.builder("partita.requests")
                        .description("Requests from arrival to response; a Fetch or a JoinGroup may wait on purpose")
                        .tag("api", key.title())
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry),
                Counter.builder("partita.request.bytes").description("Size of requests").tag("api", key.title()).register(registry),
                Counter.builder("partita.response.bytes").description("Size of responses").tag("api", key.title()).register(registry));
    }

    @Override
    public void throttled(ApiKey key, long millis) {
        // Where it happens clients wait on purpose, so nobody minds the look-up.
        Timer.builder("partita.throttled").description("For how long clients were not read because of their quotas").tag("api", key.title())
                .register(registry).record(millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void connectionOpened() {
        opened.increment();
    }

    @Override
    public void connectionClosed() {
        closed.increment();
    }
}
