package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.partita.broker.env.Disk;
import io.partita.broker.env.MemoryDisk;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LogFlushTest {

    private static final int BATCH_BYTES = 8 << 20;

    private Runnable whileFlushing = () -> {};

    /** A disk in memory that runs {@link #whileFlushing} when a file is forced. */
    private Disk disk() {
        MemoryDisk memory = new MemoryDisk();
        return intercepted(Disk.class, memory);
    }

    private <T> T intercepted(Class<T> type, Object target) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            if (method.getName().equals("force")) {
                Runnable now = whileFlushing;
                whileFlushing = () -> {};
                now.run();
            }
            try {
                Object result = method.invoke(target, arguments);
                return result instanceof Disk.DiskFile file ? intercepted(Disk.DiskFile.class, file) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    @Test
    void aFlushCountsAlthoughOthersAppendWhileItRuns() throws Exception {
        // Given a log with more unflushed than is left to itself
        LogFixture fixture = new LogFixture(disk(), Path.of("/data"))
                .config(LogConfig.DEFAULTS.toBuilder().maxMessageBytes(2 * BATCH_BYTES).build())
                .start();
        ByteBuf batch = Batches.of(1, "x".repeat(BATCH_BYTES));
        while (!fixture.log.flushIsDue()) {
            append(fixture, batch);
        }
        // When another record arrives while it is flushed
        whileFlushing = () -> append(fixture, batch);
        fixture.log.flush();
        // Then the next flush is not due at once
        assertTrue(fixture.log.flushedEndOffset() < fixture.log.logEndOffset());
        assertFalse(fixture.log.flushIsDue());
        fixture.stop();
    }

    private static void append(LogFixture fixture, ByteBuf batch) {
        batch.setLong(batch.readerIndex(), 0);
        assertInstanceOf(AppendResult.Appended.class, fixture.log.append(batch, AppendOrigin.CLIENT, 0));
    }
}
