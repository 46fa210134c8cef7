package io.partita.bench;

import io.netty.buffer.ByteBuf;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.FileDisk;
import io.partita.broker.env.WorkerPool;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a partition's log costs: a batch checked (CRC included) and written, a slice found at the tail and anywhere. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LogBenchmark {

    /** Records of 1 KB in a batch: a lone record, the producer's default batch, a large one. */
    @Param({"1", "16", "250"})
    private int records;

    private Path path;
    private WorkerPool workers;
    private LogDirectory directory;
    private PartitionLog log;
    private ByteBuf batch;

    @Setup(Level.Iteration)
    public void open() throws IOException {
        path = Files.createTempDirectory("partita-jmh");
        workers = new WorkerPool("jmh-worker", 2);
        directory = LogDirectory.open(path, null, 1, 100, new FileDisk(), Clock.SYSTEM, workers, Entropy.system());
        directory.load(topic -> LogConfig.DEFAULTS, 1);
        // What retention would do in a broker: old segments go, so that an iteration does not fill the disk.
        LogConfig config = new LogConfig.Builder().segmentBytes(256 << 20).retentionBytes(256 << 20).fileDeleteDelayMillis(0).build();
        log = directory.create(new LogId("bench", 0), UUID.randomUUID(), config);
        batch = Batches.direct(records, 1000);
        for (int i = 0; i < 2_000; i++) {
            append();
        }
    }

    @TearDown(Level.Iteration)
    public void close() throws IOException {
        directory.close();
        workers.close();
        batch.release();
        new FileDisk().deleteTree(path);
    }

    @Benchmark
    public AppendResult append() {
        // As it came from the producer: the log has written its offset into the batch.
        RecordBatch.setBaseOffset(batch, 0, 0);
        AppendResult result = log.append(batch, AppendOrigin.CLIENT, 0);
        if (!(result instanceof AppendResult.Appended)) {
            throw new IllegalStateException(result.toString());
        }
        if (log.logEndOffset() % 65_536 < records) {
            Runnable rest = log.expire(log.logEndOffset());
            if (rest != null) {
                workers.execute(rest);
            }
        }
        return result;
    }

    @Benchmark
    public int readAtTheTail() {
        return read(log.logEndOffset() - records);
    }

    @Benchmark
    public int readAnywhere() {
        return read(ThreadLocalRandom.current().nextLong(log.logStartOffset(), log.logEndOffset()));
    }

    private int read(long offset) {
        LogSlice slice = log.read(offset, 1 << 20, log.logEndOffset(), true);
        int size = slice.sizeInBytes();
        slice.release();
        return size;
    }
}
