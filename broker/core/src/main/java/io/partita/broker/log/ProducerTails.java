package io.partita.broker.log;

import io.netty.buffer.ByteBuf;
import io.netty.util.collection.LongObjectHashMap;
import io.partita.broker.record.RecordBatch;

/**
 * For each producer a log knows, the batch from which its state follows: the one with its last sequence, or where there is none the markers of
 * its epoch. Compaction keeps these batches, without their records if need be, so that a producer that goes on is not taken for a new one.
 */
final class ProducerTails {

    /** A producer's last data batch ends with {@code lastOffset}; -1 when it is known by markers alone. */
    private record Tail(short epoch, long lastOffset) {}

    private final LongObjectHashMap<Tail> tails;

    private ProducerTails(LongObjectHashMap<Tail> tails) {
        this.tails = tails;
    }

    static ProducerTails of(Iterable<ProducerEntry> producers) {
        LongObjectHashMap<Tail> tails = new LongObjectHashMap<>();
        for (ProducerEntry producer : producers) {
            tails.put(producer.producerId, new Tail(producer.epoch, producer.lastOffset()));
        }
        return new ProducerTails(tails);
    }

    /** Whether the batch at {@code at} must stay for its producer's sake. */
    boolean needs(ByteBuf buffer, int at) {
        if (!RecordBatch.hasProducerId(buffer, at)) {
            return false;
        }
        Tail tail = tails.get(RecordBatch.producerId(buffer, at));
        if (tail == null) {
            return false;
        }
        return tail.lastOffset >= 0
                ? RecordBatch.lastOffset(buffer, at) == tail.lastOffset
                : RecordBatch.isControl(buffer, at) && RecordBatch.producerEpoch(buffer, at) == tail.epoch;
    }
}
