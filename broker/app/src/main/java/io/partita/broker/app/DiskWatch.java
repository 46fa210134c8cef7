package io.partita.broker.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Writes a byte to each data directory every so often and has it flushed, on a thread for each. A disk that fails is known by its errors, to whoever writes to it; one that hangs
 * has none, and everything that waits for it waits for ever: this notices that.
 */
final class DiskWatch implements AutoCloseable {

    static final String FILE = ".partita-pulse";

    private final Duration pace;
    private final Duration stuck;
    private final List<Pulse> pulses = new CopyOnWriteArrayList<>();

    /**
     * @param pace from the end of one write to the next
     * @param stuck a write that takes longer is one that hangs
     */
    DiskWatch(Duration pace, Duration stuck) {
        this.pace = pace;
        this.stuck = stuck;
    }

    private final class Pulse implements Runnable {

        private final Path file;
        private final Thread thread;
        /** When the write under way began, 0 for none. */
        private volatile long beganNanos;

        private Pulse(Path directory) {
            this.file = directory.resolve(FILE);
            this.thread = Thread.ofPlatform().daemon().name("partita-disk-watch").unstarted(this);
        }

        @Override
        public void run() {
            try {
                while (true) {
                    beganNanos = System.nanoTime();
                    write();
                    beganNanos = 0;
                    Thread.sleep(pace);
                }
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        }

        private void write() {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(1), 0);
                channel.force(false);
            } catch (IOException failed) {
                // It answers. What that means for records is seen where they are written.
                return;
            }
        }

        private Duration underWay() {
            long began = beganNanos;
            return began == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - began);
        }
    }

    /** Watches these from now on. */
    void watch(List<Path> directories) {
        for (Path directory : directories) {
            Pulse pulse = new Pulse(directory);
            pulses.add(pulse);
            pulse.thread.start();
        }
    }

    /** Which directory hangs, {@code null} when none does. */
    Path standstill() {
        return pulses.stream().filter(pulse -> pulse.underWay().compareTo(stuck) > 0).map(pulse -> pulse.file.getParent()).findFirst().orElse(null);
    }

    @Override
    public void close() {
        pulses.forEach(pulse -> pulse.thread.interrupt());
    }
}
