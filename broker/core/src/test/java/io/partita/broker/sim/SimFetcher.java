package io.partita.broker.sim;

import io.netty.buffer.ByteBuf;
import io.partita.broker.Requests;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** A consumer of all partitions without a group: reads each from its start to its end, over and over. */
final class SimFetcher {

    private final int connection;
    private final Random random;
    private final List<PartitionModel> models;
    private final long[] offsets;
    private SimRequest request;
    private int minBytes;

    SimFetcher(int connection, Random random, List<PartitionModel> models) {
        this.connection = connection;
        this.random = random;
        this.models = models;
        this.offsets = new long[models.size()];
    }

    void act(SimBroker broker) {
        if (request != null) {
            if (random.nextInt(10) == 0) {
                // Tired of waiting; the connection goes.
                SimRequest left = request;
                request = null;
                left.eventLoop().execute(left::close);
            }
            return;
        }
        minBytes = random.nextInt(3) == 0 ? 500 : 1;
        FetchRequest all = Requests.fetch(SimBroker.TOPIC, 0, offsets[0], random.nextInt(4) == 0 ? 0 : random.nextInt(5_000), minBytes);
        all.maxBytes = 200 + random.nextInt(3_000);
        for (int partition = 1; partition < offsets.length; partition++) {
            Requests.add(all, SimBroker.TOPIC, partition, offsets[partition]);
        }
        SimRequest[] sent = new SimRequest[1];
        sent[0] = broker.request(connection, ApiKey.FETCH, 11, all, response -> {
            request = null;
            answered(response);
        });
        request = sent[0].isAnswered() ? null : sent[0];
    }

    private void answered(Message message) {
        for (FetchResponse.FetchableTopicResponse topic : ((FetchResponse) message).responses) {
            for (FetchResponse.PartitionData data : topic.partitions) {
                if (data.errorCode == ErrorCode.NOT_LEADER_OR_FOLLOWER.code()) {
                    // The broker is being stopped.
                    continue;
                }
                if (data.errorCode != ErrorCode.NONE.code()) {
                    throw new AssertionError(
                            "partition " + data.partitionIndex + " at " + offsets[data.partitionIndex] + ": " + ErrorCode.forCode(data.errorCode));
                }
                take(data);
            }
        }
    }

    private void take(FetchResponse.PartitionData data) {
        int partition = data.partitionIndex;
        ByteBuf bytes = ((BufferRecords) data.records).buffer();
        RecordReader reader = new RecordReader(1 << 20);
        for (int at = bytes.readerIndex(); bytes.writerIndex() - at >= RecordBatch.HEADER_BYTES
                && RecordBatch.sizeInBytes(bytes, at) <= bytes.writerIndex() - at; at += RecordBatch.sizeInBytes(bytes, at)) {
            if (!RecordBatch.crcMatches(bytes, at)) {
                throw new AssertionError("partition " + partition + ": a bad batch was served");
            }
            reader.open(bytes, at);
            while (reader.next()) {
                if (reader.offset() < offsets[partition]) {
                    continue;
                }
                if (reader.offset() != offsets[partition] || reader.offset() >= data.highWatermark) {
                    throw new AssertionError("partition " + partition + ": offset " + reader.offset() + " where " + offsets[partition]
                            + " comes next; the high watermark is " + data.highWatermark);
                }
                models.get(partition).shown(offsets[partition]++, reader.value().toString(StandardCharsets.UTF_8));
            }
        }
    }

    /** The process of the broker ended; the next one has logs from {@code starts} to {@code ends}. */
    void brokerGone(long[] starts, long[] ends) {
        request = null;
        for (int partition = 0; partition < offsets.length; partition++) {
            offsets[partition] = random.nextInt(5) == 0 ? starts[partition] : Math.clamp(offsets[partition], starts[partition], ends[partition]);
        }
    }

    /** Fails when it waits for a byte and there are many. All threads stand still. */
    void checkAwake(SimBroker broker) {
        if (request == null || minBytes > 1) {
            return;
        }
        for (int partition = 0; partition < offsets.length; partition++) {
            long end = broker.leader(partition).highWatermark();
            if (offsets[partition] < end) {
                throw new AssertionError("a fetch waits at offset " + offsets[partition] + " of partition " + partition + ", which has records up to " + end);
            }
        }
    }
}
