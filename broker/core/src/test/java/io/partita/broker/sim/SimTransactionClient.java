package io.partita.broker.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.Requests;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.AddOffsetsToTxnRequest;
import io.partita.broker.protocol.message.AddOffsetsToTxnResponse;
import io.partita.broker.protocol.message.AddPartitionsToTxnRequest;
import io.partita.broker.protocol.message.AddPartitionsToTxnResponse;
import io.partita.broker.protocol.message.EndTxnRequest;
import io.partita.broker.protocol.message.EndTxnResponse;
import io.partita.broker.protocol.message.InitProducerIdRequest;
import io.partita.broker.protocol.message.InitProducerIdResponse;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.protocol.message.TxnOffsetCommitRequest;
import io.partita.broker.protocol.message.TxnOffsetCommitResponse;
import io.partita.broker.record.BatchBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A transactional producer that does one thing after another, by one of the two protocols. Another client may have the same transactional id, so each may be a
 * zombie. Now and then it forgets a request that is on its way and goes on.
 */
public final class SimTransactionClient {

    /** How long a transaction may take, in ms. */
    public static final int TIMEOUT = 20_000;

    private final String id;
    private final int connection;
    private final boolean newProtocol;
    private final Random random;
    private final SimHistory history;
    /** Counts requests, so that answers to forgotten ones are told apart. */
    private int asked;
    private boolean waits;
    private long producerId = -1;
    private short epoch = -1;
    private final Map<Integer, Integer> sequences = new HashMap<>();
    private final List<Integer> added = new ArrayList<>();
    private SimHistory.Transaction transaction;
    private int records;
    private boolean failed;
    /** The end that was asked for and not answered: a commit, or an abort; null when there is none. */
    private Boolean ending;

    /** @param connection which one its requests come by */
    public SimTransactionClient(String id, int connection, boolean newProtocol, Random random, SimHistory history) {
        this.id = id;
        this.connection = connection;
        this.newProtocol = newProtocol;
        this.random = random;
        this.history = history;
    }

    /** Does the next thing, if it does not wait. */
    public void act(SimTransactionTarget broker) {
        if (waits) {
            if (random.nextInt(60) == 0) {
                giveUp();
            }
            return;
        }
        if (producerId < 0) {
            initialize(broker);
        } else if (ending != null) {
            end(broker, ending);
        } else if (transaction == null) {
            transaction = history.begin(id);
            records = 0;
            failed = false;
            added.clear();
        } else if (failed) {
            end(broker, false);
        } else {
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> write(broker, random.nextInt(broker.partitions()));
                case 4 -> commitOffset(broker);
                case 5, 6 -> end(broker, random.nextInt(4) > 0);
                default -> {
                    if (random.nextInt(12) == 0) {
                        // It goes away, and comes back as another one.
                        beginAnew();
                    }
                }
            }
        }
    }

    /** The process of the broker ended: what was asked is not answered. */
    public void brokerGone() {
        if (waits) {
            giveUp();
        }
    }

    private void giveUp() {
        history.note(this + " gives up waiting");
        asked++;
        waits = false;
        if (ending == null && !newProtocol) {
            // What is on its way could become part of the next transaction: the epoch must rise, which in the older protocol is the producer's business.
            beginAnew();
        } else if (ending == null) {
            failed = true;
        } else if (random.nextInt(3) == 0) {
            beginAnew();
        }
    }

    private void beginAnew() {
        transaction = null;
        ending = null;
        producerId = -1;
    }

    private <T extends Message> void ask(SimTransactionTarget broker, ApiKey key, int version, Message request, Consumer<T> answer) {
        int number = ++asked;
        waits = true;
        String what = this + ", producer " + producerId + "/" + epoch + ", transaction " + (transaction == null ? "none" : transaction.number) + ": " + key;
        history.note(what);
        broker.request(connection, key, version, request, response -> {
            if (number == asked && waits) {
                waits = false;
                @SuppressWarnings("unchecked")
                T typed = (T) response;
                history.note(what + " is answered");
                answer.accept(typed);
            }
        });
    }

    private void initialize(SimTransactionTarget broker) {
        var request = new InitProducerIdRequest();
        request.transactionalId = id;
        request.transactionTimeoutMs = TIMEOUT;
        this.<InitProducerIdResponse>ask(broker, ApiKey.INIT_PRODUCER_ID, 4, request, response -> {
            history.note(this + " is " + response.producerId + "/" + response.producerEpoch + " (" + ErrorCode.forCode(response.errorCode) + ")");
            if (ErrorCode.forCode(response.errorCode) == ErrorCode.NONE) {
                become(response.producerId, response.producerEpoch);
            }
        });
    }

    private void become(long newId, short newEpoch) {
        if (newId != producerId || newEpoch != epoch) {
            sequences.clear();
        }
        producerId = newId;
        epoch = newEpoch;
    }

    private void write(SimTransactionTarget broker, int partition) {
        if (newProtocol || added.contains(partition)) {
            produce(broker, partition);
            return;
        }
        var request = new AddPartitionsToTxnRequest();
        request.v3AndBelowTransactionalId = id;
        request.v3AndBelowProducerId = producerId;
        request.v3AndBelowProducerEpoch = epoch;
        var topic = new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic();
        topic.name = broker.topic();
        topic.partitions.add(partition);
        request.v3AndBelowTopics.add(topic);
        this.<AddPartitionsToTxnResponse>ask(broker, ApiKey.ADD_PARTITIONS_TO_TXN, 3, request, response -> {
            if (ok(response.resultsByTopicV3AndBelow.getFirst().resultsByPartition.getFirst().partitionErrorCode)) {
                added.add(partition);
            }
        });
    }

    private void produce(SimTransactionTarget broker, int partition) {
        List<String> values = new ArrayList<>();
        for (int count = 1 + random.nextInt(3); count > 0; count--) {
            values.add(transaction.value(records++));
        }
        int sequence = sequences.getOrDefault(partition, 0);
        ByteBuf bytes = batch(Unpooled.buffer(), producerId, epoch, sequence, values);
        var request = Requests.produce(broker.topic(), partition, -1, 5_000, bytes);
        request.transactionalId = id;
        SimHistory.Transaction of = transaction;
        this.<ProduceResponse>ask(broker, ApiKey.PRODUCE, newProtocol ? 12 : 11, request, response -> {
            history.note(values + " to partition " + partition + ": " + Requests.error(response));
            if (ok(Requests.error(response).code())) {
                of.written.computeIfAbsent(partition, any -> new ArrayList<>()).addAll(values);
                sequences.put(partition, sequence + values.size());
            }
        });
    }

    /** A batch of a transaction. */
    public static ByteBuf batch(ByteBuf bytes, long producerId, short epoch, int sequence, List<String> values) {
        try (BatchBuilder builder = new BatchBuilder(bytes)) {
            builder.producer(producerId, epoch, sequence).transactional();
            values.forEach(value -> builder.append(1_700_000_000_000L, null, value.getBytes(StandardCharsets.UTF_8)));
            builder.finish();
        }
        return bytes;
    }

    private void commitOffset(SimTransactionTarget broker) {
        if (!newProtocol && !added.contains(-1)) {
            var add = new AddOffsetsToTxnRequest();
            add.transactionalId = id;
            add.producerId = producerId;
            add.producerEpoch = epoch;
            add.groupId = id;
            this.<AddOffsetsToTxnResponse>ask(broker, ApiKey.ADD_OFFSETS_TO_TXN, 3, add, response -> {
                if (ok(response.errorCode)) {
                    added.add(-1);
                }
            });
            return;
        }
        var request = new TxnOffsetCommitRequest();
        request.transactionalId = id;
        request.groupId = id;
        request.producerId = producerId;
        request.producerEpoch = epoch;
        var topic = new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic();
        topic.name = broker.topic();
        var partition = new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition();
        partition.committedOffset = transaction.number;
        topic.partitions.add(partition);
        request.topics.add(topic);
        SimHistory.Transaction of = transaction;
        this.<TxnOffsetCommitResponse>ask(broker, ApiKey.TXN_OFFSET_COMMIT, newProtocol ? 5 : 3, request, response -> {
            if (ok(response.topics.getFirst().partitions.getFirst().errorCode)) {
                of.hasOffset = true;
            }
        });
    }

    /** After any error the transaction is aborted, as applications do it. */
    private boolean ok(short code) {
        if (code != ErrorCode.NONE.code()) {
            failed = true;
        }
        return code == ErrorCode.NONE.code();
    }

    private void end(SimTransactionTarget broker, boolean commit) {
        boolean empty = transaction.written.isEmpty() && !transaction.hasOffset && added.isEmpty() && !failed;
        if (empty) {
            // As clients do it, nothing is sent.
            transaction = null;
            return;
        }
        ending = commit;
        if (commit) {
            history.commits(transaction);
        }
        var request = new EndTxnRequest();
        request.transactionalId = id;
        request.producerId = producerId;
        request.producerEpoch = epoch;
        request.committed = commit;
        SimHistory.Transaction of = transaction;
        this.<EndTxnResponse>ask(broker, ApiKey.END_TXN, newProtocol ? 5 : 4, request, response -> {
            ErrorCode code = ErrorCode.forCode(response.errorCode);
            history.note((commit ? "commit of " : "abort of ") + of.number + ": " + code);
            switch (code) {
                case NONE -> {
                    if (commit) {
                        history.committed(of);
                    }
                    transaction = null;
                    ending = null;
                    if (newProtocol) {
                        become(response.producerId, response.producerEpoch);
                    }
                }
                case CONCURRENT_TRANSACTIONS, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR -> {}
                case PRODUCER_FENCED, INVALID_PRODUCER_ID_MAPPING, INVALID_TXN_STATE -> beginAnew();
                default -> throw new AssertionError(id + " is answered " + code + " by EndTxn");
            }
        });
    }

    public boolean waits() {
        return waits;
    }

    @Override
    public String toString() {
        return id + " at " + connection + (newProtocol ? " (new)" : " (old)");
    }
}
