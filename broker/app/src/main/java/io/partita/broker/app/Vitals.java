package io.partita.broker.app;

import io.partita.broker.Broker;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;

/** Whether this broker gets on with its work: its event loops move and its disks answer. Who renews its registration, or says that it is ready, asks here. */
@Singleton
class Vitals {

    private final EventLoopWatch loops;
    /** Longer than a busy disk takes, or the commit of a file system's journal. */
    private final DiskWatch disks = new DiskWatch(Duration.ofSeconds(10), Duration.ofSeconds(30));

    Vitals(EventLoopWatch loops) {
        this.loops = loops;
    }

    /** Watches the disks of a broker that runs. */
    void watch(Broker broker) {
        disks.watch(broker.directories().stream().map(directory -> directory.path()).toList());
    }

    /** What stands still, the end of a sentence; {@code null} when all moves. */
    String standstill() {
        if (!loops.allMove()) {
            return "an event loop has stood still for " + Duration.ofMillis(loops.longestStandstillMillis()).toSeconds() + " s";
        }
        Path disk = disks.standstill();
        return disk == null ? null : "the disk of " + disk + " does not answer";
    }

    @PreDestroy
    void end() {
        disks.close();
    }
}
