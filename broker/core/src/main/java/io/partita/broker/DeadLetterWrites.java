package io.partita.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.link.BrokerCalls;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.LogSlice;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.BatchBuilder;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordHeader;
import io.partita.broker.record.RecordReader;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import io.partita.broker.share.DeadLetterQueue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes records that a share group could not be delivered to its dead-letter topic: headers that say which record it was and why, under Kafka's names, and the
 * record itself if the group is set to that. A topic that is not there, or not meant for it, is said once; the records are archived without it then, and
 * so they are when it cannot be written to for half a minute.
 */
final class DeadLetterWrites implements DeadLetterQueue {

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterWrites.class);

    private static final long RETRY_MILLIS = 200;
    private static final long PATIENCE_MILLIS = 30_000;
    private static final long TIMEOUT_MILLIS = 10_000;
    private static final short PRODUCE_VERSION = 9;
    /** Written with one batch at most: records, and bytes of those that are copied. */
    private static final int BATCH_RECORDS_MAX = 500;
    private static final int BATCH_BYTES_MAX = 512 * 1024;
    private static final int UNCOMPRESSED_BYTES_MAX = 64 << 20;

    private final BrokerConfig config;
    private final Partitions partitions;
    private final BrokerCalls calls;
    private final MetadataStore metadata;
    private final Clock clock;
    private final Workers workers;
    private final Set<String> complained = ConcurrentHashMap.newKeySet();

    DeadLetterWrites(BrokerConfig config, Partitions partitions, BrokerCalls calls, MetadataStore metadata, Clock clock, Workers workers) {
        this.config = config;
        this.partitions = partitions;
        this.calls = calls;
        this.metadata = metadata;
        this.clock = clock;
        this.workers = workers;
    }

    @Override
    public void write(Letter letter, Runnable done) {
        write(letter, letter.firstOffset(), clock.monotonicMillis() + PATIENCE_MILLIS, done);
    }

    private void write(Letter letter, long from, long untilMillis, Runnable done) {
        EventLoop loop = letter.from().owner();
        String name = letter.config().deadLetterTopic();
        TopicImage topic = metadata.image().topic(name);
        Runnable again = () -> loop.schedule(RETRY_MILLIS, () -> write(letter, from, untilMillis, done));
        boolean isLate = clock.monotonicMillis() >= untilMillis || letter.from().isClosed();
        if (topic == null && config.booleanValue("errors.deadletterqueue.auto.create.topics.enable") && !isLate) {
            NewTopic wanted = new NewTopic(name, -1, -1, null, Map.of(TopicSettings.ERRORS_DEADLETTERQUEUE_GROUP_ENABLE, "true"));
            metadata.createTopics(List.of(wanted), false).whenComplete((results, failure) -> again.run());
            return;
        }
        String problem = problem(name, topic);
        if (problem != null) {
            giveUp(letter, problem, done);
            return;
        }
        workers.of(Workers.Kind.READ).call(() -> batch(letter, from), loop, (batch, failure) -> {
            if (failure != null) {
                giveUp(letter, "the records cannot be read: " + failure, done);
                return;
            }
            send(topic, letter.key().partition(), batch.records, code -> {
                if (code == ErrorCode.NONE && batch.nextOffset > letter.lastOffset()) {
                    complained.remove(name);
                    done.run();
                } else if (code == ErrorCode.NONE) {
                    loop.execute(() -> write(letter, batch.nextOffset, untilMillis, done));
                } else if (isLate) {
                    giveUp(letter, "it does not take records: " + code, done);
                } else {
                    again.run();
                }
            });
        });
    }

    private static String problem(String name, TopicImage topic) {
        if (topic == null) {
            return "there is no topic of that name. Create it with " + TopicSettings.ERRORS_DEADLETTERQUEUE_GROUP_ENABLE
                    + "=true, or let brokers do it (errors.deadletterqueue.auto.create.topics.enable).";
        }
        return Boolean.parseBoolean(topic.configs().getOrDefault(TopicSettings.ERRORS_DEADLETTERQUEUE_GROUP_ENABLE, "false"))
                ? null
                : "the topic's setting " + TopicSettings.ERRORS_DEADLETTERQUEUE_GROUP_ENABLE + " is not true.";
    }

    private void giveUp(Letter letter, String why, Runnable done) {
        if (complained.add(letter.config().deadLetterTopic())) {
            LOG.warn("Records of {} that share group {} gives up, from offset {} on, do not get to {}: {}", letter.from(), letter.key().groupId(),
                    letter.firstOffset(), letter.config().deadLetterTopic(), why);
        }
        done.run();
    }

    private record Batch(byte[] records, long nextOffset) {}

    /** As many records as go into one batch. On a worker. */
    private Batch batch(Letter letter, long from) throws IOException {
        ByteBuf out = Unpooled.buffer();
        var builder = new BatchBuilder(out);
        long now = clock.wallMillis();
        long next = from;
        if (letter.config().copiesDeadLetters()) {
            next = copies(letter, from, now, builder);
        }
        while (builder.recordCount() == 0 && next <= letter.lastOffset() || !letter.config().copiesDeadLetters() && next <= letter.lastOffset()
                && builder.recordCount() < BATCH_RECORDS_MAX) {
            builder.append(now, (byte[]) null, null, headers(letter, next, List.of()));
            next++;
        }
        builder.finish();
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return new Batch(bytes, next);
    }

    /** Copies records from {@code from} on; returns the offset behind the last one that was. */
    private static long copies(Letter letter, long from, long now, BatchBuilder builder) throws IOException {
        LogSlice slice = letter.from().log().read(from, BATCH_BYTES_MAX, letter.from().highWatermark(), true);
        ByteBuf batches = Unpooled.buffer();
        try {
            slice.verify();
            if (slice.error() != ErrorCode.NONE || slice.isEmpty()) {
                return from;
            }
            slice.copyTo(batches);
        } finally {
            slice.release();
        }
        var reader = new RecordReader(UNCOMPRESSED_BYTES_MAX);
        long next = from;
        int at = 0;
        while (batches.writerIndex() - at >= RecordBatch.HEADER_BYTES && RecordBatch.sizeInBytes(batches, at) <= batches.writerIndex() - at) {
            if (!RecordBatch.isControl(batches, at)) {
                try {
                    reader.open(batches, at);
                    while (reader.next()) {
                        boolean isWanted = reader.offset() >= from && reader.offset() <= letter.lastOffset();
                        int bytes = Math.max(0, reader.keyBytes()) + Math.max(0, reader.valueBytes());
                        if (isWanted && builder.recordCount() > 0
                                && (builder.recordCount() >= BATCH_RECORDS_MAX || builder.sizeInBytes() + bytes > BATCH_BYTES_MAX)) {
                            return next;
                        }
                        if (isWanted) {
                            builder.append(reader.timestamp() < 0 ? now : reader.timestamp(), reader.key(), reader.value(),
                                    headers(letter, reader.offset(), reader.headers()));
                            next = reader.offset() + 1;
                        }
                    }
                } catch (BatchFormatException e) {
                    LOG.warn("Records of {} cannot be copied to a dead-letter topic: {}", letter.from(), e.getMessage());
                    return next;
                }
            }
            next = Math.max(next, Math.min(RecordBatch.lastOffset(batches, at), letter.lastOffset()) + 1);
            at += RecordBatch.sizeInBytes(batches, at);
            if (next > letter.lastOffset()) {
                return next;
            }
        }
        return next;
    }

    private static List<RecordHeader> headers(Letter letter, long offset, List<RecordHeader> own) {
        List<RecordHeader> headers = new ArrayList<>(own);
        headers.add(header("__dlq.errors.topic", letter.from().topic()));
        headers.add(header("__dlq.errors.partition", Integer.toString(letter.key().partition())));
        headers.add(header("__dlq.errors.offset", Long.toString(offset)));
        headers.add(header("__dlq.errors.group", letter.key().groupId()));
        headers.add(header("__dlq.errors.delivery.count", Short.toString(letter.deliveryCount())));
        headers.add(header("__dlq.errors.message", letter.reason()));
        return headers;
    }

    private static RecordHeader header(String name, String value) {
        return new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a batch to one of the topic's partitions: always the same for the same source, so that letters keep their order. */
    private void send(TopicImage topic, int source, byte[] records, Consumer<ErrorCode> answer) {
        int index = source % topic.partitions().size();
        PartitionLeader leader = partitions.find(topic.id(), index);
        if (leader != null) {
            ByteBuf batch = PooledByteBufAllocator.DEFAULT.buffer(records.length).writeBytes(records);
            leader.append(batch, AppendOrigin.CLIENT, PartitionLeader.ACKS_ALL,
                    result -> answer.accept(result instanceof AppendResult.Refused refused ? refused.code() : ErrorCode.NONE));
            return;
        }
        PartitionImage known = topic.partition(index);
        if (known.leader() == PartitionImage.NO_LEADER || known.leader() == config.nodeId()) {
            answer.accept(ErrorCode.NOT_LEADER_OR_FOLLOWER);
            return;
        }
        var partition = new ProduceRequest.PartitionProduceData();
        partition.index = index;
        partition.records = new BufferRecords(Unpooled.wrappedBuffer(records));
        var data = new ProduceRequest.TopicProduceData();
        data.name = topic.name();
        data.partitionData.add(partition);
        var request = new ProduceRequest();
        request.acks = PartitionLeader.ACKS_ALL;
        request.timeoutMs = (int) TIMEOUT_MILLIS;
        request.topicData.add(data);
        var response = new ProduceResponse();
        calls.call(known.leader(), ApiKey.PRODUCE, PRODUCE_VERSION, request, response, TIMEOUT_MILLIS, given -> answer.accept(given == null
                ? ErrorCode.NOT_LEADER_OR_FOLLOWER
                : ErrorCode.forCode(response.responses.getFirst().partitionResponses.getFirst().errorCode)));
    }
}
