package io.partita.broker;

import io.partita.broker.env.EventLoop;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A process beside the broker that ends it when it stands still: stopped, swapped out, or with an event loop that hangs. Clients of a broker that hangs wait for their
 * requests to time out, half a minute, because their connections are there; when it ends they are not, and the clients go to its successors at once.
 *
 * <p>The other process is a shell that waits for a line from this one, again and again. It ends with the broker, however that ends.
 */
public final class Watchdog implements AutoCloseable {

    /** Lines that may be missed before the time is over: each wakes every loop, also of a broker that has nothing else to do. */
    private static final int BEATS = 4;

    private static final long FIRST_OF_A_CONTAINER = 1;

    // A session of its own: what stops the broker's process group must not stop it. Status above 128: nothing came in time; else the broker has ended.
    private static final String SCRIPT = """
            while :; do
              read -t "$1" -r _ && continue
              [ $? -gt 128 ] || exit 0
              kill -9 "$2" && echo "The broker, process $2, stood still for $1 s and was ended by its watchdog (watchdog.timeout.ms)." >&2
              exit 0
            done
            """;

    private final Process dog;
    private final Thread beats;
    private final List<EventLoop> loops;
    /** By loop: how many beats it was asked for and has not answered. */
    private final AtomicIntegerArray missed;

    private Watchdog(Process dog, List<EventLoop> loops, long timeoutMillis) {
        this.dog = dog;
        this.loops = loops;
        this.missed = new AtomicIntegerArray(loops.size());
        this.beats = Thread.ofPlatform().daemon().name("watchdog").unstarted(() -> beat(timeoutMillis / BEATS));
    }

    /**
     * Starts one.
     *
     * @param broker whose event loops have to get on with their tasks
     * @param timeoutMillis after which this process is ended; to the second
     * @throws IOException when it cannot be started, or could not end this process
     */
    public static Watchdog start(Broker broker, long timeoutMillis) throws IOException {
        if (ProcessHandle.current().pid() == FIRST_OF_A_CONTAINER) {
            throw new IOException("watchdog.timeout.ms needs a broker that is not the first process of its container, for nobody in there can end that one:"
                    + " start it by the image's own command, or set watchdog.timeout.ms to 0");
        }
        long seconds = Math.max(1, TimeUnit.MILLISECONDS.toSeconds(timeoutMillis));
        Process dog;
        try {
            dog = new ProcessBuilder("setsid", "bash", "-c", SCRIPT, "partita-watchdog", Long.toString(seconds), Long.toString(ProcessHandle.current().pid()))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new IOException("watchdog.timeout.ms needs bash and setsid (util-linux): " + e.getMessage(), e);
        }
        Watchdog watchdog = new Watchdog(dog, broker.loops(), TimeUnit.SECONDS.toMillis(seconds));
        watchdog.beats.start();
        return watchdog;
    }

    private void beat(long millis) {
        try (OutputStream out = dog.getOutputStream()) {
            while (!Thread.interrupted()) {
                if (allMove()) {
                    out.write('\n');
                    out.flush();
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
            }
        } catch (IOException ended) {
            // It was ended by somebody; the broker goes on without.
        }
    }

    /** Whether every loop has done what it was asked for last; asks anew those that have. */
    private boolean allMove() {
        boolean all = true;
        for (int i = 0; i < loops.size(); i++) {
            int loop = i;
            if (missed.get(loop) == 0) {
                missed.incrementAndGet(loop);
                loops.get(loop).execute(() -> missed.set(loop, 0));
            } else {
                all &= missed.incrementAndGet(loop) <= 1;
            }
        }
        return all;
    }

    /** Ends it: the broker stops, which may take its time. */
    @Override
    public void close() {
        beats.interrupt();
        dog.destroy();
    }
}
