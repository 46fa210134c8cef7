package io.partita.broker.transaction;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.coordinator.Producer;
import io.partita.broker.coordinator.TestCoordinatorLog;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.BatchBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A shard over a log in memory, on an event loop and a clock that stand still, and one transactional id. */
final class TransactionFixture {

    static final String ID = "payments";
    static final int TIMEOUT = 60_000;

    final TestClock clock = new TestClock();
    final TestEventLoop loop = new TestEventLoop(clock);
    final TestCoordinatorLog log = new TestCoordinatorLog(loop);
    final TestMarkers markers = new TestMarkers();
    final TransactionCounts counts = new TransactionCounts();
    private long nextProducerId = 1_000;
    TransactionShard shard;

    TransactionFixture() {
        restart();
    }

    /** A new shard over the same log; the clocks go on. */
    void restart() {
        if (shard != null) {
            shard.close();
        }
        open();
        loop.runTasks();
    }

    private void open() {
        shard = new TransactionShard("__transaction_state-0", loop, clock, () -> nextProducerId++, TransactionConfig.DEFAULTS, markers, counts, log,
                this::open);
        shard.load();
    }

    /** What a request was answered. */
    static final class Given<T> implements Consumer<T> {
        private T result;

        @Override
        public void accept(T answer) {
            if (result != null) {
                throw new AssertionError("answered twice: " + result + ", then " + answer);
            }
            result = answer;
        }

        T get() {
            if (result == null) {
                throw new AssertionError("not answered");
            }
            return result;
        }

        T orNull() {
            return result;
        }
    }

    /** Partitions that take markers at once, or when the test lets them. */
    static final class TestMarkers implements MarkerSender {
        private final Map<TopicPartition, Consumer<ErrorCode>> waiting = new LinkedHashMap<>();
        private final Map<TopicPartition, Marker> markers = new LinkedHashMap<>();
        private final List<String> written = new ArrayList<>();
        private boolean held;

        void hold() {
            held = true;
        }

        @Override
        public void send(TopicPartition partition, Marker marker, Consumer<ErrorCode> outcome) {
            waiting.put(partition, outcome);
            markers.put(partition, marker);
            if (!held) {
                answer(partition, ErrorCode.NONE);
            }
        }

        void answer(TopicPartition partition, ErrorCode code) {
            Marker marker = markers.get(partition);
            if (code == ErrorCode.NONE) {
                written.add(partition + (marker.commit() ? " commit " : " abort ") + marker.producer().epoch());
            }
            waiting.remove(partition).accept(code);
        }

        List<TopicPartition> waiting() {
            return List.copyOf(waiting.keySet());
        }

        /** In the order of the partitions. */
        List<String> written() {
            return written.stream().sorted().toList();
        }

        void clear() {
            waiting.clear();
            written.clear();
        }
    }

    Producer initialized() {
        return initialize(null).get().producer();
    }

    Given<ProducerAnswer> initialize(Producer expected) {
        var given = new Given<ProducerAnswer>();
        shard.initialize(ID, TIMEOUT, expected, given);
        loop.runTasks();
        return given;
    }

    Given<ErrorCode> add(Producer producer, short protocol, TopicPartition... partitions) {
        var given = new Given<ErrorCode>();
        shard.add(ID, producer, List.of(partitions), protocol, given);
        loop.runTasks();
        return given;
    }

    Given<List<ErrorCode>> verify(Producer producer, TopicPartition... partitions) {
        var given = new Given<List<ErrorCode>>();
        shard.verify(ID, producer, List.of(partitions), given);
        loop.runTasks();
        return given;
    }

    Given<ProducerAnswer> end(Producer producer, boolean commit, short protocol) {
        var given = new Given<ProducerAnswer>();
        shard.end(ID, producer, commit, protocol, given);
        loop.runTasks();
        return given;
    }

    /** Null when the id is not known. */
    TransactionImage image() {
        return shard.images().get(ID);
    }

    DescribedTransaction described() {
        return shard.describe(ID);
    }

    TransactionImage withEpoch(TransactionImage image, int epoch) {
        return new TransactionImage(image.producerId(), image.previousProducerId(), image.nextProducerId(), (short) epoch, image.lastProducerEpoch(),
                image.timeoutMillis(), image.state(), image.partitions(), image.startMillis(), image.updateMillis(), image.protocol());
    }

    /** As if the log had had it. */
    void write(TransactionImage image) {
        var out = Unpooled.buffer();
        var format = new TransactionRecordFormat();
        var key = Unpooled.buffer();
        var value = Unpooled.buffer();
        format.writeKey(new TransactionRecord(ID, image), key);
        format.writeValue(new TransactionRecord(ID, image), value);
        try (var batch = new BatchBuilder(out)) {
            batch.append(clock.wallMillis(), key, value).finish();
        }
        log.prefill(List.of(ByteBufUtil.getBytes(out)));
        restart();
    }
}
