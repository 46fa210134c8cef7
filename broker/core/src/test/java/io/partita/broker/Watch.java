package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/**
 * Watches what a broker does to its process from the outside: error lines in its log, buffers of the network that are never given back. Netty's
 * leak detection runs at its most suspicious level meanwhile.
 */
public final class Watch implements AutoCloseable {

    private static final long WAIT_MILLIS = 20_000;

    private final PrintStream originalErr = System.err;
    private final ResourceLeakDetector.Level originalLevel = ResourceLeakDetector.getLevel();
    private final List<String> errors = new CopyOnWriteArrayList<>();
    private final long buffersBefore;

    public Watch() {
        this(ResourceLeakDetector.Level.PARANOID);
    }

    /** @param level of Netty's leak detection: the most suspicious one takes a stack trace of each access to a buffer */
    public Watch(ResourceLeakDetector.Level level) {
        ResourceLeakDetector.setLevel(level);
        System.setErr(new PrintStream(new LineReader(), true, StandardCharsets.UTF_8));
        buffersBefore = activeBuffers();
    }

    /** Pooled direct buffers that are in use, or kept by a thread for its next use; the latter go when the thread ends. */
    private static long activeBuffers() {
        long active = 0;
        for (PoolArenaMetric arena : PooledByteBufAllocator.DEFAULT.metric().directArenas()) {
            active += arena.numActiveAllocations();
        }
        return active;
    }

    /** Fails if something was logged as an error so far. */
    public void noErrors(String when) {
        assertEquals(List.of(), List.copyOf(errors), "errors in the log, " + when);
    }

    /** To be called when the broker is closed, its event loops with it: fails if a buffer was not given back. */
    public void noBuffersLeft(String when) {
        assertEquals(buffersBefore, activeBuffers(), "direct buffers in use, " + when);
    }

    /** Waits until {@code condition} holds, and fails if it does not within 20 s. */
    public static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + WAIT_MILLIS * 1_000_000;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + WAIT_MILLIS + " ms: " + what);
            }
            Thread.onSpinWait();
            Thread.yield();
        }
    }

    @Override
    public void close() {
        System.setErr(originalErr);
        ResourceLeakDetector.setLevel(originalLevel);
    }

    /** Passes everything on, and keeps lines of level ERROR, among them Netty's about leaks. */
    private final class LineReader extends OutputStream {

        private final StringBuilder line = new StringBuilder();

        @Override
        public synchronized void write(int b) {
            originalErr.write(b);
            if (b != '\n') {
                line.append((char) b);
                return;
            }
            if (line.indexOf(" ERROR ") >= 0 || line.indexOf("LEAK:") >= 0) {
                errors.add(line.toString());
            }
            line.setLength(0);
        }
    }
}
