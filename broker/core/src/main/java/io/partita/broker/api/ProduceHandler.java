package io.partita.broker.api;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.Clock;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.LogConfig;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.transaction.TransactionAdmission;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Produce (key 0), versions 0–13. v0–2 carry the old message formats and are converted; v3 record batches; v7 zstd; v8 record errors
 * (KIP-467); v10 leader hints (KIP-951); v11 TRANSACTION_ABORTABLE, v12 adds partitions to transactions (KIP-890); v13 topic ids (KIP-516).
 *
 * <p>The records stay in the buffer they were received in and go from there to the file. Appends to several partitions go to their owners side by
 * side; the answer is given when the last is done. Nothing is waited for before an append but, in the order in which they came, a worker that converts records and a leadership that is on
 * its way to this broker, by those of its connection, and its coordinator by the first batches of a transaction; so requests of one connection keep their order on every partition. Hence no topic is made here, as with Kafka: that is for Metadata, which
 * every producer asks first.
 */
final class ProduceHandler implements Handler<ProduceRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(ProduceHandler.class);

    private static final short FIRST_VERSION_WITH_LEADER_HINTS = 10;
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;
    /**
     * So long a request waits at most for a leadership that is on its way to this broker. A client that was sent here by the old leader and refused here too would wait twice as long before it
     * tries a third time, and the batches behind this one would have overtaken it.
     */
    private static final long COMING_MILLIS = 500;
    private static final long LOOK_MILLIS = 5;

    private final PartitionLookup partitions;
    private final Clock clock;
    private final RefusedBatches refusedBatches;
    private final TransactionalWrites transactionalWrites;
    private final ProduceConversions conversions;

    /** @param conversions the heap for records that have to be converted */
    ProduceHandler(PartitionLookup partitions, TransactionAdmission transactions, Workers workers, MemoryPool conversions, Clock clock) {
        this.partitions = partitions;
        this.conversions = new ProduceConversions(workers, conversions);
        this.clock = clock;
        this.refusedBatches = new RefusedBatches(clock);
        this.transactionalWrites = new TransactionalWrites(transactions);
    }

    @Override
    public void handle(RequestContext context, ProduceRequest request) {
        Pending pending = new Pending(context, request);
        List<ToConvert> toConvert = pending.toConvert();
        if (toConvert.isEmpty() && !pending.isLeaderComing() && !conversions.isBusy(context.client())) {
            pending.start();
            return;
        }
        long until = clock.monotonicMillis() + COMING_MILLIS;
        conversions.inTurn(context.client(), ended -> startOnceLed(pending, until, ended));
    }

    /** Starts when the leaderships that are on their way here have come, or had time enough. */
    private void startOnceLed(Pending pending, long untilMillis, Runnable ended) {
        List<ToConvert> toConvert = pending.toConvert();
        if (pending.isLeaderComing() && clock.monotonicMillis() < untilMillis) {
            pending.context.eventLoop().schedule(LOOK_MILLIS, () -> startOnceLed(pending, untilMillis, ended));
        } else if (toConvert.isEmpty()) {
            try {
                pending.start();
            } finally {
                ended.run();
            }
        } else {
            pending.convertAndStart(toConvert, ended);
        }
    }

    /** Records that are to be converted, on a worker. */
    private record ToConvert(int slot, ByteBuf received, LogConfig config) {}

    /** Whether there is a header of format v2 to read. */
    private static boolean isBatch(ByteBuf records) {
        return records.readableBytes() >= RecordBatch.HEADER_BYTES && RecordBatch.magic(records, records.readerIndex()) == RecordBatch.MAGIC_V2;
    }

    /** One request, on its connection's event loop. */
    private final class Pending {

        private final RequestContext context;
        private final ProduceRequest request;
        private final ProduceResponse response = new ProduceResponse();
        private final List<ProduceResponse.PartitionProduceResponse> answers = new ArrayList<>();
        private final boolean[] completed;
        /** What a worker has converted and is not handed on yet, for each partition. */
        private final ProducedRecords.Prepared[] converted;
        private int open;
        private boolean isLeaderless;
        private boolean failed;
        private boolean answered;
        private EventLoop.Timer timeout;

        Pending(RequestContext context, ProduceRequest request) {
            this.context = context;
            this.request = request;
            int count = 0;
            for (ProduceRequest.TopicProduceData topic : request.topicData) {
                count += topic.partitionData.size();
            }
            this.completed = new boolean[count];
            this.converted = new ProducedRecords.Prepared[count];
            this.open = count;
        }

        /** What is to be converted; also sees whether all partitions are led here. */
        List<ToConvert> toConvert() {
            List<ToConvert> all = List.of();
            int slot = 0;
            isLeaderless = false;
            for (ProduceRequest.TopicProduceData topic : request.topicData) {
                for (ProduceRequest.PartitionProduceData data : topic.partitionData) {
                    if (data.records instanceof BufferRecords(ByteBuf received) && received.isReadable()) {
                        PartitionLeader leader = leader(topic, data);
                        isLeaderless |= leader == null;
                        if (leader != null && ProducedRecords.isConverted(received, context.version(), leader.log().config())) {
                            all = all.isEmpty() ? new ArrayList<>() : all;
                            all.add(new ToConvert(slot, received, leader.log().config()));
                        }
                    }
                    slot++;
                }
            }
            return all;
        }

        /** Whether a partition is not led here, and will be in a moment. */
        boolean isLeaderComing() {
            if (!isLeaderless) {
                return false;
            }
            boolean byId = context.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
            for (ProduceRequest.TopicProduceData topic : request.topicData) {
                for (ProduceRequest.PartitionProduceData data : topic.partitionData) {
                    boolean isComing = leader(topic, data) == null
                            && (byId ? partitions.isComing(topic.topicId, data.index) : partitions.isComing(topic.name, data.index));
                    if (isComing) {
                        return true;
                    }
                }
            }
            return false;
        }

        private PartitionLeader leader(ProduceRequest.TopicProduceData topic, ProduceRequest.PartitionProduceData data) {
            return context.version() >= FIRST_VERSION_WITH_TOPIC_IDS ? partitions.find(topic.topicId, data.index) : partitions.find(topic.name, data.index);
        }

        /** Has a worker convert what is to be converted, and starts then; {@code started} is run in any case. */
        void convertAndStart(List<ToConvert> all, Runnable started) {
            conversions.run(() -> {
                for (ToConvert one : all) {
                    converted[one.slot] = ProducedRecords.prepare(one.received, context.version(), one.config, clock.wallMillis());
                }
            }, ProducedRecords.conversionBytes(all.stream().map(ToConvert::received).toList()), context.eventLoop(), failure -> {
                try {
                    if (failure == null) {
                        start();
                    } else {
                        releaseUnused();
                        context.respondNothing();
                        LOG.error("Records of {} could not be converted. This is a defect of the broker; please report it.", context.client(), failure);
                        context.disconnect("its request could not be answered");
                    }
                } finally {
                    started.run();
                }
            });
        }

        private void releaseUnused() {
            for (ProducedRecords.Prepared unused : converted) {
                if (unused instanceof ProducedRecords.Ready(ByteBuf batch, AppendOrigin origin)) {
                    batch.release();
                }
            }
        }

        void start() {
            // The response has its shape before the first append, so that answers only fill it in, in whatever order they come.
            for (ProduceRequest.TopicProduceData topic : request.topicData) {
                var topicResponse = new ProduceResponse.TopicProduceResponse();
                topicResponse.name = topic.name;
                topicResponse.topicId = topic.topicId;
                response.responses.add(topicResponse);
                for (ProduceRequest.PartitionProduceData partition : topic.partitionData) {
                    var answer = new ProduceResponse.PartitionProduceResponse();
                    answer.index = partition.index;
                    answer.baseOffset = -1;
                    topicResponse.partitionResponses.add(answer);
                    answers.add(answer);
                }
            }
            boolean foreignTransaction = request.transactionalId == null && hasTransactionalBatch();
            boolean refusedTransaction = !foreignTransaction && !mayUseTransaction();
            int slot = 0;
            for (ProduceRequest.TopicProduceData topic : request.topicData) {
                boolean isAllowed = refusedTransaction || foreignTransaction || mayWrite(topic);
                for (ProduceRequest.PartitionProduceData partition : topic.partitionData) {
                    if (foreignTransaction) {
                        refuse(slot, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                                "A batch of the request is part of a transaction, so the request must name the transactional id of its producer");
                    } else if (refusedTransaction) {
                        refuse(slot, Permission.PRODUCE_TRANSACTIONAL_ID.refusal(), null);
                    } else if (!isAllowed) {
                        refuse(slot, Permission.PRODUCE.refusal(), null);
                    } else {
                        append(topic, partition, slot);
                    }
                    slot++;
                }
            }
            releaseUnused();
            if (open == 0) {
                answer();
            } else if (request.acks == PartitionLeader.ACKS_ALL) {
                // Nobody but this broker is waited for with acks=1, so the client's patience with replicas does not bound it.
                timeout = context.eventLoop().schedule(Math.max(1, request.timeoutMs), this::timedOut);
            }
        }

        private boolean mayUseTransaction() {
            return !context.access().isRestricted() || request.transactionalId == null || !hasTransactionalBatch()
                    || Permission.PRODUCE_TRANSACTIONAL_ID.isGranted(context, request.transactionalId);
        }

        private boolean mayWrite(ProduceRequest.TopicProduceData topic) {
            if (!context.access().isRestricted()) {
                return true;
            }
            String name = context.version() >= FIRST_VERSION_WITH_TOPIC_IDS ? partitions.nameOf(topic.topicId) : topic.name;
            // Of an id that there is not, nobody learns anything.
            return name == null || Permission.PRODUCE.isGranted(context, name);
        }

        /** Whether a batch says that it is part of a transaction; its end would be nobody's to write. */
        private boolean hasTransactionalBatch() {
            for (ProduceRequest.TopicProduceData topic : request.topicData) {
                for (ProduceRequest.PartitionProduceData partition : topic.partitionData) {
                    if (partition.records instanceof BufferRecords(ByteBuf batch) && isBatch(batch)
                            && RecordBatch.isTransactional(batch, batch.readerIndex())) {
                        return true;
                    }
                }
            }
            return false;
        }

        private void append(ProduceRequest.TopicProduceData topic, ProduceRequest.PartitionProduceData data, int slot) {
            if (request.acks < -1 || request.acks > 1) {
                refuse(slot, ErrorCode.INVALID_REQUIRED_ACKS, "acks must be -1, 0 or 1, not " + request.acks);
                return;
            }
            boolean byId = context.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
            PartitionLeader leader = leader(topic, data);
            if (leader == null) {
                ErrorCode error = byId
                        ? partitions.check(null, topic.topicId, data.index, PartitionLookup.NO_EPOCH)
                        : partitions.check(null, topic.name, data.index, PartitionLookup.NO_EPOCH);
                if (data.records instanceof BufferRecords(ByteBuf batch) && isBatch(batch)) {
                    String name = byId ? partitions.nameOf(topic.topicId) : topic.name;
                    if (name != null) {
                        refusedBatches.refused(name, data.index, batch, error);
                    }
                }
                refuse(slot, error, null);
                return;
            }
            if (TopicNames.isInternal(leader.topic())) {
                refuse(slot, ErrorCode.INVALID_TOPIC_EXCEPTION,
                        "Clients may not write to " + leader.topic() + ", in which the brokers keep their own state");
                return;
            }
            if (!(data.records instanceof BufferRecords(ByteBuf received)) || !received.isReadable()) {
                refuse(slot, ErrorCode.INVALID_RECORD, "the request has no records for the partition");
                return;
            }
            ProducedRecords.Prepared records = converted[slot] != null
                    ? converted[slot]
                    : ProducedRecords.prepare(received, context.version(), leader.log().config(), clock.wallMillis());
            converted[slot] = null;
            switch (records) {
                case ProducedRecords.Refused refused -> appended(slot, refused.why());
                // The owner may get to it after this request has timed out, so the append holds the buffer by itself.
                case ProducedRecords.Ready ready -> leader.whenOpen(failure -> {
                    try {
                        if (failure == null || leader.isClosed()) {
                            admit(leader, ready, slot);
                        } else {
                            ready.batch().release();
                            finished(slot, new AppendResult.Refused(ErrorCode.KAFKA_STORAGE_ERROR, "the log cannot be opened: " + Failures.said(failure)));
                        }
                    } catch (RuntimeException | Error defect) {
                        context.disconnect("its request could not be answered");
                        throw defect;
                    }
                });
            }
        }

        /** On the partition's owner: asks the transaction coordinator, if the batch is the first of its transaction here. */
        private void admit(PartitionLeader leader, ProducedRecords.Ready records, int slot) {
            ByteBuf batch = records.batch();
            if (request.transactionalId == null || !isBatch(batch) || !RecordBatch.isTransactional(batch, batch.readerIndex())) {
                appendOwned(leader, records, slot);
                return;
            }
            transactionalWrites.admit(leader, request.transactionalId, context.version(), batch, refused -> {
                if (refused == null) {
                    appendOwned(leader, records, slot);
                } else {
                    refusedBatches.ended(leader, batch, refused);
                    batch.release();
                    finished(slot, refused);
                }
            });
        }

        /** On the partition's owner, where what the batches before this one came to is known. */
        private void appendOwned(PartitionLeader leader, ProducedRecords.Ready records, int slot) {
            ByteBuf batch = records.batch();
            AppendResult.Refused outOfOrder = refusedBatches.check(leader, batch);
            if (outOfOrder != null) {
                batch.release();
                finished(slot, outOfOrder);
                return;
            }
            // The batch is gone once it is written; what is asked of it later stands in its header.
            int at = batch.readerIndex();
            ByteBuf header = batch.readableBytes() >= RecordBatch.HEADER_BYTES && RecordBatch.hasProducerId(batch, at)
                    ? Unpooled.copiedBuffer(batch.slice(at, RecordBatch.HEADER_BYTES))
                    : null;
            leader.append(batch, records.origin(), request.acks, result -> {
                if (header != null) {
                    refusedBatches.ended(leader, header, result);
                }
                finished(slot, result);
            });
        }

        private void finished(int slot, AppendResult result) {
            context.eventLoop().run(() -> appended(slot, result));
        }

        private void appended(int slot, AppendResult result) {
            if (completed[slot]) {
                return;
            }
            var answer = answers.get(slot);
            switch (result) {
                case AppendResult.Appended(long base, long last, long appendTime, long logStart) -> succeed(answer, base, appendTime, logStart);
                case AppendResult.Duplicate(long base, long last, long appendTime, long logStart) -> succeed(answer, base, appendTime, logStart);
                case AppendResult.Refused refused -> {
                    fail(answer, refused.code(), refused.reason());
                    for (AppendResult.RecordError error : refused.recordErrors()) {
                        var recordError = new ProduceResponse.BatchIndexAndErrorMessage();
                        recordError.batchIndex = error.batchIndex();
                        recordError.batchIndexErrorMessage = error.message();
                        answer.recordErrors.add(recordError);
                    }
                }
            }
            complete(slot);
        }

        private void succeed(ProduceResponse.PartitionProduceResponse answer, long baseOffset, long logAppendTimeMillis, long logStartOffset) {
            answer.baseOffset = baseOffset;
            answer.logAppendTimeMs = logAppendTimeMillis;
            answer.logStartOffset = logStartOffset;
        }

        private void refuse(int slot, ErrorCode code, String reason) {
            fail(answers.get(slot), code, reason);
            complete(slot);
        }

        private void fail(ProduceResponse.PartitionProduceResponse answer, ErrorCode code, String reason) {
            answer.errorCode = code.code();
            answer.errorMessage = reason;
            failed = true;
        }

        private void complete(int slot) {
            completed[slot] = true;
            open--;
            if (open == 0) {
                answer();
            }
        }

        private void timedOut() {
            timeout = null;
            for (int slot = 0; slot < completed.length; slot++) {
                if (!completed[slot]) {
                    completed[slot] = true;
                    fail(answers.get(slot), ErrorCode.REQUEST_TIMED_OUT, "the records were not replicated and flushed within " + request.timeoutMs + " ms");
                }
            }
            answer();
        }

        /** Tells clients that came to the wrong broker where to go, so that they need not ask for metadata first. */
        private void hintAtLeaders() {
            if (!failed || context.version() < FIRST_VERSION_WITH_LEADER_HINTS) {
                return;
            }
            boolean byId = context.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
            String listener = context.client().listenerName();
            for (ProduceResponse.TopicProduceResponse topic : response.responses) {
                for (ProduceResponse.PartitionProduceResponse answer : topic.partitionResponses) {
                    if (answer.errorCode == ErrorCode.NOT_LEADER_OR_FOLLOWER.code()) {
                        hint(answer,
                                byId ? partitions.elsewhere(topic.topicId, answer.index, listener) : partitions.elsewhere(topic.name, answer.index, listener));
                    }
                }
            }
        }

        private void hint(ProduceResponse.PartitionProduceResponse answer, PartitionLookup.Elsewhere leader) {
            if (leader == null) {
                return;
            }
            answer.currentLeader.leaderId = leader.broker();
            answer.currentLeader.leaderEpoch = leader.leaderEpoch();
            if (response.nodeEndpoints.stream().noneMatch(known -> known.nodeId == leader.broker())) {
                ProduceResponse.NodeEndpoint node = new ProduceResponse.NodeEndpoint();
                node.nodeId = leader.broker();
                node.host = leader.endpoint().host();
                node.port = leader.endpoint().port();
                node.rack = leader.rack();
                response.nodeEndpoints.add(node);
            }
        }

        private void answer() {
            if (answered) {
                return;
            }
            answered = true;
            if (timeout != null) {
                timeout.cancel();
            }
            if (request.acks != 0) {
                hintAtLeaders();
                context.respond(response);
            } else if (failed) {
                // A producer that waits for no answer learns of an error by losing its connection, and refreshes its metadata (as with Kafka).
                context.respondNothing();
                context.disconnect("a Produce with acks=0 failed");
            } else {
                context.respondNothing();
            }
        }
    }
}
