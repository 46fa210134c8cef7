package io.partita.broker.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.FileDisk;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.replication.ReplicaAnswer;
import io.partita.broker.replication.ReplicaFetch;
import io.partita.broker.replication.ReplicaFetchCallback;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** Partitions led in epoch 3, each with a real log on files, whose followers wait at its end as a leader has them wait. */
final class LedLogs implements Followed {

    static final int EPOCH = 3;
    static final UUID TOPIC = new UUID(7, 7);

    private record Waiting(ReplicaFetch fetch, int maxBytes, ReplicaFetchCallback callback) {}

    private final EventLoop loop;
    private final LogDirectory directory;
    private final Map<PartitionKey, PartitionLog> logs = new HashMap<>();
    private final Map<PartitionKey, Waiting> waiting = new HashMap<>();
    final BlockingQueue<ReplicaFetch> fetches = new LinkedBlockingQueue<>();
    /** Answered instead of what the log says. */
    volatile ReplicaAnswer<io.partita.broker.log.LogSlice> instead;

    LedLogs(EventLoop loop, Workers workers, Path path) throws IOException {
        this.loop = loop;
        directory = LogDirectory.open(path, "cluster", 1, 1_000, new FileDisk(), Clock.SYSTEM, workers, new java.util.Random(3)::nextLong);
        directory.load(topic -> LogConfig.DEFAULTS, 1);
    }

    static PartitionKey partition(int index) {
        return new PartitionKey(TOPIC, index);
    }

    /** Leads one more partition. */
    void lead(int index) {
        onLoop(() -> {
            PartitionLog log = directory.create(new LogId("t", index), TOPIC, LogConfig.DEFAULTS);
            log.open();
            logs.put(partition(index), log);
            return null;
        });
    }

    /** Appends a batch of about so many bytes, all of them {@code filling}. */
    void append(int index, int bytes, int filling) {
        onLoop(() -> {
            byte[] value = new byte[bytes];
            java.util.Arrays.fill(value, (byte) filling);
            ByteBuf batch = Unpooled.buffer();
            try (BatchBuilder builder = new BatchBuilder(batch)) {
                builder.append(1, null, value).finish();
            }
            logs.get(partition(index)).append(batch, AppendOrigin.INTERNAL, EPOCH);
            Waiting woken = waiting.remove(partition(index));
            if (woken != null) {
                answer(partition(index), woken);
            }
            return null;
        });
    }

    /** All that the log has. */
    byte[] content(int index) {
        return onLoop(() -> {
            PartitionLog log = logs.get(partition(index));
            ByteBuf content = Unpooled.buffer();
            var slice = log.read(0, Integer.MAX_VALUE, log.logEndOffset(), true);
            slice.copyTo(content);
            slice.release();
            byte[] bytes = new byte[content.readableBytes()];
            content.readBytes(bytes);
            return bytes;
        });
    }

    private <T> T onLoop(java.util.concurrent.Callable<T> task) {
        CompletableFuture<T> done = new CompletableFuture<>();
        loop.run(() -> {
            try {
                done.complete(task.call());
            } catch (Exception | Error e) {
                done.completeExceptionally(e);
            }
        });
        return done.orTimeout(20, java.util.concurrent.TimeUnit.SECONDS).join();
    }

    @Override
    public void fetch(PartitionKey partition, ReplicaFetch fetch, int maxBytes, ReplicaFetchCallback callback) {
        fetches.add(fetch);
        loop.run(() -> {
            PartitionLog log = logs.get(partition);
            if (log == null || fetch.epoch() != EPOCH) {
                callback.refused();
            } else if (instead != null) {
                callback.answered(instead);
            } else if (fetch.offset() < log.logEndOffset()) {
                answer(partition, new Waiting(fetch, maxBytes, callback));
            } else {
                waiting.put(partition, new Waiting(fetch, maxBytes, callback));
            }
        });
    }

    private void answer(PartitionKey partition, Waiting asked) {
        PartitionLog log = logs.get(partition);
        var slice = log.read(asked.fetch().offset(), asked.maxBytes(), log.logEndOffset(), true);
        asked.callback().answered(new ReplicaAnswer.Records<>(EPOCH, asked.fetch().offset(), slice, log.logEndOffset() - 1, 0));
    }

    void close() throws IOException {
        directory.close();
    }
}
