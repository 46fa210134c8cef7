package io.partita.broker.app;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import sun.misc.Signal;

/** Whoever is told to stop and does has not failed: it ends with 0, where a JVM would end with 143, which Kubernetes shows as an error. */
@Singleton
class OrderlyEnd {

    void onStart(@Observes StartupEvent event, LaunchMode mode) {
        if (mode == LaunchMode.NORMAL) {
            // Everything is stopped by the hooks of the JVM, as ever. On a thread of its own, because they may need signals handled meanwhile.
            Signal.handle(new Signal("TERM"), signal -> Thread.ofPlatform().name("partita-end").start(() -> System.exit(0)));
        }
    }
}
