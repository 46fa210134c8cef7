package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.group.FetchOffsetsRequest;
import io.partita.broker.group.FetchOffsetsResult;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.AddOffsetsToTxnRequest;
import io.partita.broker.protocol.message.AddOffsetsToTxnResponse;
import io.partita.broker.protocol.message.AddPartitionsToTxnRequest;
import io.partita.broker.protocol.message.AddPartitionsToTxnResponse;
import io.partita.broker.protocol.message.EndTxnRequest;
import io.partita.broker.protocol.message.EndTxnResponse;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.InitProducerIdRequest;
import io.partita.broker.protocol.message.InitProducerIdResponse;
import io.partita.broker.protocol.message.ProduceRequest;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.protocol.message.TxnOffsetCommitRequest;
import io.partita.broker.protocol.message.TxnOffsetCommitResponse;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Replica;
import io.partita.broker.sim.SimHistory;
import io.partita.broker.sim.SimReads;
import io.partita.broker.sim.SimTransactionClient;
import io.partita.broker.sim.SimTransactionTarget;
import io.partita.broker.transaction.DescribedTransaction;
import io.partita.broker.transaction.TransactionCoordinator;
import io.partita.broker.transaction.TransactionState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Transactions in a simulated cluster: producers by both protocols, zombies among them, with offsets of groups; readers of committed records; and two copiers of one transactional id
 * that read, write and commit what they have read in one transaction. A {@link SimHistory} says what must not be.
 */
final class ClusterTransactions implements SimTransactionTarget {

    static final String TOPIC = "money";
    static final String COPIES = "copies";
    static final List<String> TOPICS = List.of(TOPIC, COPIES, TransactionCoordinator.TOPIC, GroupCoordinator.TOPIC);
    private static final Set<TransactionState> OPEN = EnumSet.of(TransactionState.ONGOING, TransactionState.PREPARE_COMMIT, TransactionState.PREPARE_ABORT);
    private static final int PARTITIONS = 2;
    private static final int STATE_PARTITIONS = 2;
    /** By name: a list of everything leaves out what is only about to be committed, as with Kafka. */
    private static final FetchOffsetsRequest.TopicPartitions FIRST = new FetchOffsetsRequest.TopicPartitions(TOPIC, new UUID(0, 0), List.of(0));
    private static final String COPIER = "copier";
    /** How often a client sends a request again that is lost, or that whoever is asked is not responsible for; and after how long. */
    private static final int ATTEMPTS = 40;
    /** How many things each client does at most in one step of the simulation. */
    private static final int ROUNDS = 3;
    private static final long AGAIN_MILLIS = 100;
    private static final long NOTICED_MILLIS = 750;

    private final Map<Integer, ClusterNode> nodes;
    private final TestEventLoop loop;
    private final Random random;
    final SimHistory history = new SimHistory();
    private final List<SimTransactionClient> clients = new ArrayList<>();
    private final List<Copier> copiers = new ArrayList<>();
    /** By connection, the number of the request under way. */
    private final Map<Integer, Integer> underWay = new HashMap<>();
    /** By partition, the most that a reader of committed records has found. */
    private final Map<Integer, List<String>> seen = new HashMap<>();
    private int requests;
    int copied;

    ClusterTransactions(Map<Integer, ClusterNode> nodes, TestEventLoop loop, Random random) {
        this.nodes = nodes;
        this.loop = loop;
        this.random = random;
        for (int i = 0; i < 4; i++) {
            // Two of them are each other's zombies.
            clients.add(new SimTransactionClient("id-" + i / 2 * (i == 3 ? 2 : 1), i, random.nextBoolean(), random, history));
        }
        for (int i = 0; i < 2; i++) {
            copiers.add(new Copier(clients.size() + i, random.nextBoolean()));
        }
    }

    static List<NewTopic> topics() {
        Map<String, String> two = Map.of("min.insync.replicas", "2");
        return List.of(new NewTopic(TOPIC, PARTITIONS, 3, null, two), new NewTopic(COPIES, 1, 3, null, two),
                new NewTopic(TransactionCoordinator.TOPIC, STATE_PARTITIONS, 3, null, two));
    }

    @Override
    public String topic() {
        return TOPIC;
    }

    @Override
    public int partitions() {
        return PARTITIONS;
    }

    /** Clients do their next thing, a few times. */
    void act() {
        for (int i = 0; i < ROUNDS; i++) {
            clients.forEach(client -> client.act(this));
            copiers.get(random.nextInt(copiers.size())).act();
            loop.advance(random.nextInt(10));
        }
        if (random.nextInt(40) == 0) {
            int partition = random.nextInt(PARTITIONS);
            List<String> values = committed(TOPIC, partition);
            if (values != null) {
                look(partition, values);
            }
        }
    }

    /** A leader that is new, or deposed and does not know it yet, may show less than there is by now, and nothing else. */
    private void look(int partition, List<String> values) {
        List<String> before = seen.getOrDefault(partition, List.of());
        int common = Math.min(before.size(), values.size());
        assertEquals(before.subList(0, common), values.subList(0, common), () -> "other committed records of partition " + partition + " than before");
        if (values.size() > before.size()) {
            seen.put(partition, values);
            history.saw(partition, values);
        }
    }

    // ---- the way to whoever is responsible

    @Override
    public void request(int connection, ApiKey key, int version, Message message, Consumer<Message> answer) {
        int number = ++requests;
        underWay.put(connection, number);
        attempt(connection, number, ATTEMPTS, key, version, message, answer);
    }

    private void attempt(int connection, int number, int attempts, ApiKey key, int version, Message message, Consumer<Message> answer) {
        if (attempts == 0 || underWay.get(connection) != number) {
            // Given up by the client.
            return;
        }
        Runnable again = () -> loop.schedule(AGAIN_MILLIS, () -> attempt(connection, number, attempts - 1, key, version, message, answer));
        ClusterNode target = responsible(key, message);
        if (target == null) {
            again.run();
            return;
        }
        boolean[] over = {false};
        loop.schedule(random.nextInt(3), () -> target.request(key, version, copy(message), response -> loop.schedule(random.nextInt(3), () -> {
            if (over[0]) {
                return;
            }
            over[0] = true;
            if (comesAgain(response)) {
                again.run();
            } else if (underWay.get(connection) == number) {
                answer.accept(response);
            }
        })));
        watch(target, over, again);
    }

    /** A connection to a process that is gone, or stands still, is given up. */
    private void watch(ClusterNode target, boolean[] over, Runnable lost) {
        loop.schedule(NOTICED_MILLIS, () -> {
            if (over[0]) {
                return;
            }
            if (!target.isAlive() || target.isPaused()) {
                over[0] = true;
                lost.run();
            } else {
                watch(target, over, lost);
            }
        });
    }

    private static boolean comesAgain(Message response) {
        short code = switch (response) {
            case ProduceResponse produced -> produced.responses.getFirst().partitionResponses.getFirst().errorCode;
            case InitProducerIdResponse initialized -> initialized.errorCode;
            case EndTxnResponse ended -> ended.errorCode;
            case AddPartitionsToTxnResponse added -> added.resultsByTopicV3AndBelow.getFirst().resultsByPartition.getFirst().partitionErrorCode;
            case AddOffsetsToTxnResponse added -> added.errorCode;
            case TxnOffsetCommitResponse committed -> committed.topics.getFirst().partitions.getFirst().errorCode;
            default -> ErrorCode.NONE.code();
        };
        return switch (ErrorCode.forCode(code)) {
            case NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND, UNKNOWN_TOPIC_OR_PARTITION, KAFKA_STORAGE_ERROR,
                    NOT_COORDINATOR,
                    COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, CONCURRENT_TRANSACTIONS, REQUEST_TIMED_OUT ->
                true;
            default -> false;
        };
    }

    /** Who is responsible, as some broker says that can be asked; {@code null} where nobody can be found. */
    private ClusterNode responsible(ApiKey key, Message message) {
        return switch (message) {
            case ProduceRequest produce -> leader(produce.topicData.getFirst().name, produce.topicData.getFirst().partitionData.getFirst().index);
            case FetchRequest fetch -> leader(fetch.topics.getFirst().topic, fetch.topics.getFirst().partitions.getFirst().partition);
            case InitProducerIdRequest init -> coordinator(init.transactionalId);
            case AddPartitionsToTxnRequest add -> coordinator(add.v3AndBelowTransactionalId);
            case AddOffsetsToTxnRequest add -> coordinator(add.transactionalId);
            case EndTxnRequest end -> coordinator(end.transactionalId);
            case TxnOffsetCommitRequest commit -> leader(GroupCoordinator.TOPIC, 0);
            default -> throw new AssertionError(key);
        };
    }

    private ClusterNode coordinator(String transactionalId) {
        return leader(TransactionCoordinator.TOPIC, CoordinatorShards.partitionFor(transactionalId, STATE_PARTITIONS));
    }

    private ClusterNode leader(String topic, int partition) {
        ClusterNode asked = nodes.get(1 + random.nextInt(nodes.size()));
        TopicImage image = asked.isAlive() && !asked.isPaused() ? asked.store.image().topic(topic) : null;
        PartitionImage found = image == null ? null : image.partition(partition);
        ClusterNode leader = found == null ? null : nodes.get(found.leader());
        return leader == null || !leader.isAlive() ? null : leader;
    }

    /** A broker writes into the records that it is sent. */
    private static Message copy(Message message) {
        if (!(message instanceof ProduceRequest produce)) {
            return message;
        }
        ProduceRequest.TopicProduceData topic = produce.topicData.getFirst();
        ByteBuf records = ((BufferRecords) topic.partitionData.getFirst().records).buffer();
        ProduceRequest copy = Requests.produce(topic.name, topic.partitionData.getFirst().index, produce.acks, produce.timeoutMs, records.copy());
        copy.transactionalId = produce.transactionalId;
        return copy;
    }

    // ---- reading

    /** What a consumer of committed records finds in a partition from its beginning on; {@code null} when it cannot be read just now. */
    private List<String> committed(String topic, int partition) {
        List<String> values = new ArrayList<>();
        ClusterNode leader = leader(topic, partition);
        if (leader == null || leader.isPaused()) {
            return null;
        }
        for (long offset = 0;;) {
            List<FetchResponse> given = new ArrayList<>();
            leader.request(ApiKey.FETCH, 11, fetch(topic, partition, offset), response -> given.add((FetchResponse) response));
            loop.runTasks();
            FetchResponse.PartitionData data = given.isEmpty() || given.getFirst().responses.isEmpty()
                    ? null
                    : given.getFirst().responses.getFirst().partitions.getFirst();
            if (data == null || data.errorCode != ErrorCode.NONE.code()) {
                return null;
            }
            long next = SimReads.take(data, offset, values);
            if (next == offset) {
                return values;
            }
            offset = next;
        }
    }

    private static FetchRequest fetch(String topic, int partition, long offset) {
        FetchRequest request = Requests.fetch(topic, partition, offset, 0, 0);
        request.isolationLevel = 1;
        request.maxBytes = 100_000;
        return request;
    }

    // ---- the end

    /** All is well from now on: everything comes to its end, and what is there is what was promised. */
    void finish() {
        long beyond = 2L * SimTransactionClient.TIMEOUT;
        for (int i = 0; i < 40; i++) {
            loop.advance(beyond / 40);
        }
        clients.forEach(client -> {
            if (client.waits()) {
                // What was given up before all was well is not answered any more.
                client.brokerGone();
            }
        });
        List<String> original = mustRead(TOPIC, 0);
        for (int i = 0; i < 2_000 && !original.equals(committed(COPIES, 0)); i++) {
            copiers.getFirst().act();
            loop.advance(20);
        }
        assertEquals(original, mustRead(COPIES, 0), "what was copied exactly once");
        for (int i = 0; i < 40; i++) {
            loop.advance(beyond / 40);
        }
        assertNothingIsOpen();
        Map<Integer, List<String>> content = new TreeMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            content.put(partition, mustRead(TOPIC, partition));
        }
        Map<String, Long> offsets = new TreeMap<>();
        for (String id : List.of("id-0", "id-1", "id-2")) {
            offsets.put(id, offset(id, -1));
        }
        history.check(content, offsets);
        copied = original.size();
    }

    private List<String> mustRead(String topic, int partition) {
        for (int i = 0; i < 100; i++) {
            List<String> values = committed(topic, partition);
            if (values != null) {
                return values;
            }
            loop.advance(100);
        }
        throw new AssertionError("partition " + partition + " of " + topic + " cannot be read");
    }

    private void assertNothingIsOpen() {
        for (ClusterNode node : nodes.values()) {
            node.transactions.list(result -> {
                assertEquals(ErrorCode.NONE, result.error());
                for (DescribedTransaction transaction : result.transactions()) {
                    if (OPEN.contains(transaction.state())) {
                        throw new AssertionError("open: " + transaction);
                    }
                }
            });
            for (Replica replica : node.replicas()) {
                if (TOPICS.contains(replica.topic()) && replica instanceof PartitionLeader leader && leader.lastStableOffset() != leader.highWatermark()) {
                    throw new AssertionError("pinned: the last stable offset of " + leader + " stays at " + leader.lastStableOffset() + ", committed is "
                            + leader.highWatermark());
                }
            }
        }
    }

    /** What a group has committed in partition 0 of the topic, {@code otherwise} where that is nothing. */
    private long offset(String group, long otherwise) {
        for (int i = 0; i < 100; i++) {
            List<FetchOffsetsResult> given = fetchOffsets(group);
            if (given.isEmpty() || given.getFirst().error() != ErrorCode.NONE) {
                loop.advance(100);
                continue;
            }
            FetchOffsetsResult.PartitionOffset partition = given.getFirst().topics().getFirst().partitions().getFirst();
            if (partition.unstable()) {
                throw new AssertionError("pinned: the offset of " + group + " stays unstable");
            }
            return partition.offset() == null ? otherwise : partition.offset().offset();
        }
        throw new AssertionError("no offset can be had of " + group);
    }

    private List<FetchOffsetsResult> fetchOffsets(String group) {
        List<FetchOffsetsResult> given = new ArrayList<>();
        ClusterNode leader = leader(GroupCoordinator.TOPIC, 0);
        if (leader != null && !leader.isPaused()) {
            leader.groups.fetchOffsets(List.of(new FetchOffsetsRequest(group, List.of(FIRST), true)), given::addAll);
            loop.runTasks();
        }
        return given;
    }

    /** Reads the first partition, writes what it reads, and commits how far it has read, in one transaction. After any error it begins anew, at what is committed. */
    private final class Copier {

        private final int connection;
        private final boolean newProtocol;
        private Runnable next = this::initialize;
        private boolean waits;
        private int asked;
        private long producerId;
        private short epoch;
        private int sequence;
        private long position;
        private long end;

        Copier(int connection, boolean newProtocol) {
            this.connection = connection;
            this.newProtocol = newProtocol;
        }

        void act() {
            if (!waits) {
                next.run();
            } else if (random.nextInt(100) == 0) {
                asked++;
                waits = false;
                next = this::initialize;
            }
        }

        private <T extends Message> void ask(ApiKey key, int version, Message message, Consumer<T> answer) {
            int number = ++asked;
            waits = true;
            String what = "copier " + connection + " as " + producerId + "/" + epoch + " at " + position + ": " + key;
            history.note(loop.clock().monotonicMillis() + " " + what);
            request(connection, key, version, message, response -> {
                if (number == asked) {
                    history.note(loop.clock().monotonicMillis() + " " + what + " is answered");
                    waits = false;
                    @SuppressWarnings("unchecked")
                    T typed = (T) response;
                    answer.accept(typed);
                }
            });
        }

        private void go(short code, Runnable then) {
            history.note("copier " + connection + " is told " + ErrorCode.forCode(code));
            next = code == ErrorCode.NONE.code() ? then : this::initialize;
        }

        private void initialize() {
            InitProducerIdRequest request = new InitProducerIdRequest();
            request.transactionalId = COPIER;
            request.transactionTimeoutMs = SimTransactionClient.TIMEOUT;
            this.<InitProducerIdResponse>ask(ApiKey.INIT_PRODUCER_ID, 4, request, response -> {
                producerId = response.producerId;
                epoch = response.producerEpoch;
                sequence = 0;
                go(response.errorCode, this::findPosition);
            });
        }

        private void findPosition() {
            List<FetchOffsetsResult> given = fetchOffsets(COPIER);
            if (given.isEmpty() || given.getFirst().error() != ErrorCode.NONE) {
                return;
            }
            FetchOffsetsResult.PartitionOffset found = given.getFirst().topics().getFirst().partitions().getFirst();
            if (!found.unstable()) {
                position = found.offset() == null ? 0 : found.offset().offset();
                next = this::read;
            }
        }

        private void read() {
            this.<FetchResponse>ask(ApiKey.FETCH, 11, fetch(TOPIC, 0, position), response -> {
                FetchResponse.PartitionData data = response.responses.getFirst().partitions.getFirst();
                List<String> values = new ArrayList<>();
                if (data.errorCode != ErrorCode.NONE.code()) {
                    return;
                }
                end = SimReads.take(data, position, values);
                if (values.isEmpty()) {
                    position = end;
                } else if (newProtocol) {
                    next = () -> write(values);
                } else {
                    next = () -> addPartition(values);
                }
            });
        }

        private void addPartition(List<String> values) {
            AddPartitionsToTxnRequest request = new AddPartitionsToTxnRequest();
            request.v3AndBelowTransactionalId = COPIER;
            request.v3AndBelowProducerId = producerId;
            request.v3AndBelowProducerEpoch = epoch;
            AddPartitionsToTxnRequest.AddPartitionsToTxnTopic topic = new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic();
            topic.name = COPIES;
            topic.partitions.add(0);
            request.v3AndBelowTopics.add(topic);
            this.<AddPartitionsToTxnResponse>ask(ApiKey.ADD_PARTITIONS_TO_TXN, 3, request,
                    response -> go(response.resultsByTopicV3AndBelow.getFirst().resultsByPartition.getFirst().partitionErrorCode, () -> write(values)));
        }

        private void write(List<String> values) {
            ProduceRequest request = Requests.produce(COPIES, 0, -1, 5_000,
                    SimTransactionClient.batch(Unpooled.buffer(), producerId, epoch, sequence, values));
            request.transactionalId = COPIER;
            this.<ProduceResponse>ask(ApiKey.PRODUCE, newProtocol ? 12 : 11, request, response -> {
                sequence += values.size();
                go(Requests.error(response).code(), newProtocol ? this::commitPosition : this::addOffsets);
            });
        }

        private void addOffsets() {
            AddOffsetsToTxnRequest request = new AddOffsetsToTxnRequest();
            request.transactionalId = COPIER;
            request.producerId = producerId;
            request.producerEpoch = epoch;
            request.groupId = COPIER;
            this.<AddOffsetsToTxnResponse>ask(ApiKey.ADD_OFFSETS_TO_TXN, 3, request, response -> go(response.errorCode, this::commitPosition));
        }

        private void commitPosition() {
            TxnOffsetCommitRequest request = new TxnOffsetCommitRequest();
            request.transactionalId = COPIER;
            request.groupId = COPIER;
            request.producerId = producerId;
            request.producerEpoch = epoch;
            TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic topic = new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic();
            topic.name = TOPIC;
            TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition partition = new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition();
            partition.committedOffset = end;
            topic.partitions.add(partition);
            request.topics.add(topic);
            this.<TxnOffsetCommitResponse>ask(ApiKey.TXN_OFFSET_COMMIT, newProtocol ? 5 : 3, request,
                    response -> go(response.topics.getFirst().partitions.getFirst().errorCode, () -> end(random.nextInt(5) > 0)));
        }

        private void end(boolean commit) {
            EndTxnRequest request = new EndTxnRequest();
            request.transactionalId = COPIER;
            request.producerId = producerId;
            request.producerEpoch = epoch;
            request.committed = commit;
            this.<EndTxnResponse>ask(ApiKey.END_TXN, newProtocol ? 5 : 4, request, response -> {
                if (response.errorCode == ErrorCode.NONE.code() && newProtocol) {
                    sequence = response.producerEpoch == epoch && response.producerId == producerId ? sequence : 0;
                    producerId = response.producerId;
                    epoch = response.producerEpoch;
                }
                go(response.errorCode, this::findPosition);
            });
        }
    }
}
