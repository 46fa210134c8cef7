package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.partita.broker.coordinator.CoordinatorLog;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.replication.PartitionLeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PartitionCoordinatorLogTest {

    private static final UUID TOPIC = new UUID(0, 1);

    private final TestEventLoop loop = new TestEventLoop(new TestClock());
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final Workers workers = tasks::add;
    private final FaultyDisk disk = new FaultyDisk(new Random(1));

    private void work() {
        loop.runTasks();
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
            loop.runTasks();
        }
    }

    private LogDirectory start() throws IOException {
        LogDirectory directory = LogDirectory.open(Path.of("/data"), "cluster", 1, 16, disk, loop.clock(), workers, new Random(2)::nextLong);
        directory.load(topic -> LogConfig.DEFAULTS, 1);
        return directory;
    }

    private PartitionLeader leader(LogDirectory directory) throws IOException {
        PartitionLog log = directory.create(new LogId("t", 0), TOPIC, LogConfig.DEFAULTS);
        return new PartitionLeader("t", TOPIC, 0, loop, workers, log, 0, 1);
    }

    @Test
    void aReplayEndsWhereTheLogHasNothingMoreThoughItsEndIsFurther() throws IOException {
        // Given a log that was closed properly and whose last segment somebody cut
        LogDirectory first = start();
        PartitionLeader leader = leader(first);
        for (int i = 0; i < 3; i++) {
            leader.append(Requests.batch("value-" + i), AppendOrigin.INTERNAL, PartitionLeader.ACKS_ALL, result -> {});
        }
        work();
        first.close();
        Path segment = leader.log().directory().resolve("00000000000000000000.log");
        byte[] content = disk.readAll(segment);
        disk.put(segment, Arrays.copyOf(content, content.length * 2 / 3));
        // When a coordinator loads
        PartitionLeader again = leader(start());
        List<String> events = new ArrayList<>();
        CoordinatorLogs.over(again, workers, 10_000).replay(new CoordinatorLog.Replay() {
            @Override
            public void batches(ByteBuf batches) {
                events.add("batches");
            }

            @Override
            public void finished() {
                events.add("finished");
            }

            @Override
            public void failed(String reason) {
                events.add("failed: " + reason);
            }
        });
        work();
        // Then it has what there is
        assertEquals(List.of("batches", "finished"), events);
        assertEquals(3, again.log().logEndOffset());
    }
}
