package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.EndMarker;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.transaction.TopicPartition;
import io.partita.broker.transaction.TransactionAdmission;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A marker that comes while the coordinator is asked, which is another broker, say. */
class TransactionalWritesTest {

    private static final long ID = 7;

    private final TestEventLoop loop = new TestEventLoop(new TestClock());
    private final List<AppendResult.Refused> answers = new ArrayList<>();
    private Consumer<ErrorCode> asked;
    private PartitionLeader leader;

    private final TransactionalWrites writes = new TransactionalWrites(new TransactionAdmission() {
        @Override
        public void add(String transactionalId, Producer producer, Collection<TopicPartition> partitions, short protocol, Consumer<ErrorCode> answer) {
            asked = answer;
        }

        @Override
        public void verify(String transactionalId, Producer producer, List<TopicPartition> partitions, Consumer<List<ErrorCode>> answer) {
            asked = code -> answer.accept(List.of(code));
        }
    });

    @BeforeEach
    void start() throws IOException {
        LogDirectory directory = LogDirectory.open(Path.of("/data"), "cluster", 1, 16, new MemoryDisk(), loop.clock(), Runnable::run, () -> 5);
        directory.load(topic -> LogConfig.DEFAULTS, 1);
        leader = new PartitionLeader("t", new UUID(1, 1), 0, loop, Runnable::run, directory.create(new LogId("t", 0), new UUID(1, 1), LogConfig.DEFAULTS), 0,
                1);
    }

    private static ByteBuf batch(int epoch) {
        ByteBuf batch = Unpooled.buffer();
        try (BatchBuilder builder = new BatchBuilder(batch)) {
            builder.producer(ID, (short) epoch, 0).transactional().append(1, null, new byte[1]).finish();
        }
        return batch;
    }

    private void append(ByteBuf batch) {
        leader.append(batch, AppendOrigin.INTERNAL, PartitionLeader.ACKS_ALL, result -> {});
        loop.runTasks();
    }

    private void mark(int epoch) {
        ByteBuf marker = Unpooled.buffer();
        new EndMarker(true, 1).write(marker, ID, (short) epoch, 1);
        append(marker);
    }

    private void admit(int epoch, int version) {
        writes.admit(leader, "id", (short) version, batch(epoch), answers::add);
    }

    @Test
    void theMarkerOfTheTransactionBeforeDoesNotRefuseTheNextOne() {
        // Given a transaction whose outcome stands, and whose marker is on its way
        append(batch(0));
        // When the next one begins in the same partition, before the marker is there
        admit(1, 12);
        mark(1);
        asked.accept(ErrorCode.NONE);
        loop.runTasks();
        // Then it is let in: the coordinator has waited for the marker
        assertEquals(1, answers.size());
        assertNull(answers.getFirst());
    }

    @Test
    void whereEpochsDoNotRiseAMarkerMayBeTheEndOfTheTransactionThatWasAskedFor() {
        append(batch(0));
        mark(0);
        admit(0, 11);
        mark(0);
        asked.accept(ErrorCode.NONE);
        loop.runTasks();
        assertEquals(ErrorCode.INVALID_TXN_STATE, answers.getFirst().code());
    }
}
