package io.partita.broker.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.Requests;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.Compression;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A producer to one partition. An idempotent one is at most five batches ahead of its oldest open one, and sends again, in order, what failed or was not answered; the
 * other one never repeats itself.
 */
final class SimProducer {

    private static final int IN_FLIGHT_MAX = 5;
    private static final int TIMEOUT = 800;
    private static final Set<ErrorCode> RETRIABLE = Set.of(ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.REQUEST_TIMED_OUT, ErrorCode.NOT_LEADER_OR_FOLLOWER);
    private static final Set<ErrorCode> UNKNOWN_SEQUENCE = Set.of(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, ErrorCode.UNKNOWN_PRODUCER_ID);

    private static final class Batch {
        final int number;
        final int sequence;
        final List<String> values;
        /** Whether it was sent when nothing before it was open, so that it must have come next. */
        boolean alone;
        SimRequest request;

        Batch(int number, int sequence, List<String> values) {
            this.number = number;
            this.sequence = sequence;
            this.values = values;
        }
    }

    private final String name;
    private final int partition;
    private final int connection;
    private final boolean idempotent;
    private final Random random;
    private final PartitionModel model;
    private final List<Batch> open = new ArrayList<>();
    private long producerId;
    private int nextBatch;
    private int nextSequence;
    private int nextValue;
    private boolean resend;
    /** The broker has forgotten something, as it may: it may also know an older sequence than this producer. */
    private boolean forgotten;

    SimProducer(int number, int partition, boolean idempotent, Random random, PartitionModel model) {
        this.name = (idempotent ? "i" : "p") + number;
        this.producerId = number * 1_000L;
        this.partition = partition;
        this.connection = number;
        this.idempotent = idempotent;
        this.random = random;
        this.model = model;
    }

    void act(SimBroker broker) {
        if (resend) {
            if (open.stream().noneMatch(batch -> batch.request != null)) {
                resend = false;
                for (Batch batch : List.copyOf(open)) {
                    send(broker, batch);
                }
            }
        } else if (open.isEmpty() || nextBatch - open.getFirst().number < IN_FLIGHT_MAX) {
            List<String> values = new ArrayList<>();
            for (int count = 1 + random.nextInt(3); count > 0; count--) {
                values.add(name + "." + "x".repeat(random.nextInt(60)) + "#" + nextValue++);
            }
            // What a producer that has begun anew leaves behind may still come before or never: it is a series of its own.
            values.forEach(value -> model.sent(value, idempotent ? name + "/" + producerId : null));
            Batch batch = new Batch(nextBatch++, nextSequence, values);
            nextSequence += values.size();
            open.add(batch);
            send(broker, batch);
        }
    }

    private void send(SimBroker broker, Batch batch) {
        ByteBuf bytes = Unpooled.buffer();
        // The time of now: the broker forgets producers whose last batch is said to be of yesterday.
        long timestamp = broker.nowMillis();
        try (BatchBuilder builder = new BatchBuilder(bytes)) {
            builder.compression(random.nextInt(4) == 0 ? Compression.GZIP : Compression.NONE);
            if (idempotent) {
                builder.producer(producerId, (short) 0, batch.sequence);
            }
            batch.values.forEach(value -> builder.append(timestamp, null, value.getBytes(StandardCharsets.UTF_8)));
            builder.finish();
        }
        batch.alone = open.getFirst() == batch;
        model.note(name + "/" + producerId + " sends sequence " + batch.sequence + ", " + batch.values.size() + " records");
        int acks = idempotent ? -1 : random.nextInt(3) - 1;
        SimRequest[] sent = new SimRequest[1];
        batch.request = null;
        boolean[] early = new boolean[1];
        sent[0] = broker.request(connection, ApiKey.PRODUCE, 9, Requests.produce(SimBroker.TOPIC, partition, acks, TIMEOUT, bytes), response -> {
            early[0] = true;
            if (batch.request == sent[0]) {
                batch.request = null;
                answered(batch, response);
            }
        });
        if (!early[0] && !sent[0].isAnswered()) {
            batch.request = sent[0];
        } else if (acks == 0) {
            open.remove(batch);
        }
    }

    private void answered(Batch batch, Message message) {
        if (message == null) {
            open.remove(batch);
            return;
        }
        ProduceResponse response = (ProduceResponse) message;
        model.note(name + " is answered " + Requests.error(response) + " for sequence " + batch.sequence + ", base offset "
                + response.responses.getFirst().partitionResponses.getFirst().baseOffset);
        if (idempotent && random.nextInt(8) == 0) {
            // The answer is lost on its way.
            resend = true;
            return;
        }
        ErrorCode code = Requests.error(response);
        if (code == ErrorCode.NONE) {
            model.acknowledged(response.responses.getFirst().partitionResponses.getFirst().baseOffset, batch.values);
            open.remove(batch);
        } else if (RETRIABLE.contains(code)) {
            again(batch);
        } else if (idempotent && UNKNOWN_SEQUENCE.contains(code)) {
            if (!batch.alone) {
                again(batch);
            } else if (forgotten) {
                beginAnew();
            } else {
                throw new AssertionError(name + ": " + code + " for sequence " + batch.sequence + ", which comes next");
            }
        } else {
            throw new AssertionError(name + ": " + code);
        }
    }

    private void again(Batch batch) {
        if (idempotent) {
            resend = true;
        } else {
            open.remove(batch);
        }
    }

    private void beginAnew() {
        producerId++;
        nextSequence = 0;
        open.clear();
        resend = false;
        forgotten = false;
    }

    /** The broker's process ended: nothing open is answered any more. */
    void brokerGone(boolean somethingLost) {
        forgotten |= somethingLost;
        for (Batch batch : List.copyOf(open)) {
            batch.request = null;
            again(batch);
        }
    }

    /** Whether it waits for an answer. */
    boolean waits() {
        return open.stream().anyMatch(batch -> batch.request != null);
    }

    @Override
    public String toString() {
        return name;
    }
}
