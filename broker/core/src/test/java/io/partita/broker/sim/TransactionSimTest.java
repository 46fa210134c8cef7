package io.partita.broker.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.Requests;
import io.partita.broker.group.FetchOffsetsRequest;
import io.partita.broker.group.FetchOffsetsResult;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.log.LogConfig;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FetchRequest;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.transaction.MarkerSender;
import io.partita.broker.transaction.TopicPartition;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Transactions of several producers, zombies among them, over several partitions and a group's offsets, by both protocols, on the real classes from the APIs down
 * to the disk: threads that take turns by chance, killed processes, losses of power, time that passes, disks that fail. A history says what was promised.
 */
class TransactionSimTest {

    private static final int SEEDS = 60;
    /** At most so many until a planted fault has shown itself in every way; a tenth is enough for most. */
    private static final long FAULTY_SEEDS = 600;
    private static final int STEPS = 1_500;

    @Test
    void whatWasCommittedIsThereOnceAndWholeAndNothingElseIs() {
        Long only = Long.getLong("partita.sim.seed");
        long seeds = only == null ? Integer.getInteger("partita.sim.seeds", SEEDS) : 1;
        long from = only == null ? 0 : only;
        long committed = 0;
        for (long seed = from; seed < from + seeds; seed++) {
            Run run = new Run(seed, Fault.NONE);
            String failure = quietly(run, only == null);
            if (failure != null) {
                if (only != null) {
                    run.history.notes().forEach(System.out::println);
                }
                throw new AssertionError("seed " + seed + ", step " + run.step + ": " + failure + "\nRepeat it with ./test -pl broker/core -am "
                        + "-Dtest=TransactionSimTest -Dsurefire.failIfNoSpecifiedTests=false -Dpartita.sim.seed=" + seed, run.failure);
            }
            committed += run.history.committed();
        }
        assertTrue(committed > 10 * seeds, "committed transactions: " + committed);
    }

    /** What the checker is worth: a fault of each kind, and what it is called. */
    @Test
    void faultsAreFound() {
        assertFound(Set.of("lost write", "aborted read", "torn transaction"), Fault.ofMarkers(TransactionSimTest::turned));
        assertFound(Set.of("pinned"), Fault.ofMarkers(TransactionSimTest::forgotten));
        assertFound(Set.of("offset"), Fault.ofMarkers(TransactionSimTest::turnedForGroups));
        assertFound(Set.of("duplicate"), Fault.ofReads((random, values) -> values.add(values.get(random.nextInt(values.size())))));
        assertFound(Set.of("lost read"), Fault.ofReads((random, values) -> values.remove(random.nextInt(values.size()))));
        assertFound(Set.of("order"), Fault.ofReads(TransactionSimTest::swapWithinATransaction));
        assertFound(Set.of("write cycle"), Fault.ofReads((random, values) -> Collections.rotate(values, values.size() / 2)));
    }

    /** What is wrong about a broker. */
    private interface Fault {

        Fault NONE = new Fault() {};

        default MarkerSender markers(Random random, MarkerSender sender) {
            return sender;
        }

        /** Changes what a reader of committed records gets of a partition. */
        default void reads(Random random, List<String> values) {}

        interface MarkerFault {
            void send(Random random, MarkerSender sender, TopicPartition partition, MarkerSender.Marker marker, Consumer<ErrorCode> outcome);
        }

        static Fault ofMarkers(MarkerFault fault) {
            return new Fault() {
                @Override
                public MarkerSender markers(Random random, MarkerSender sender) {
                    return (partition, marker, outcome) -> fault.send(random, sender, partition, marker, outcome);
                }
            };
        }

        static Fault ofReads(BiConsumer<Random, List<String>> fault) {
            return new Fault() {
                @Override
                public void reads(Random random, List<String> values) {
                    if (!values.isEmpty() && random.nextInt(4) == 0) {
                        fault.accept(random, values);
                    }
                }
            };
        }
    }

    /** Now and then a marker says the opposite. */
    private static void turned(Random random, MarkerSender sender, TopicPartition partition, MarkerSender.Marker marker, Consumer<ErrorCode> outcome) {
        sender.send(partition, random.nextInt(10) == 0 ? opposite(marker) : marker, outcome);
    }

    private static void turnedForGroups(Random random, MarkerSender sender, TopicPartition partition, MarkerSender.Marker marker, Consumer<ErrorCode> outcome) {
        sender.send(partition, partition.topic().equals("__consumer_offsets") && random.nextInt(3) == 0 ? opposite(marker) : marker, outcome);
    }

    private static MarkerSender.Marker opposite(MarkerSender.Marker marker) {
        return new MarkerSender.Marker(marker.producer(), !marker.commit(), marker.coordinatorEpoch(), marker.protocol());
    }

    /** Now and then a marker is not written, and nobody is told. */
    private static void forgotten(Random random, MarkerSender sender, TopicPartition partition, MarkerSender.Marker marker, Consumer<ErrorCode> outcome) {
        if (random.nextInt(10) == 0) {
            outcome.accept(ErrorCode.NONE);
        } else {
            sender.send(partition, marker, outcome);
        }
    }

    private static void swapWithinATransaction(Random random, List<String> values) {
        for (int i = 1; i < values.size(); i++) {
            String transaction = values.get(i).substring(0, values.get(i).indexOf('.') + 1);
            if (values.get(i - 1).startsWith(transaction)) {
                Collections.swap(values, i - 1, i);
                return;
            }
        }
    }

    /** Anomalies of all of these kinds are found over some seeds; of others there may be some, too, as one leads to another. */
    private static void assertFound(Set<String> kinds, Fault fault) {
        Set<String> missing = new HashSet<>(kinds);
        for (long seed = 0; seed < FAULTY_SEEDS && !missing.isEmpty(); seed++) {
            String failure = quietly(new Run(seed, fault), true);
            if (failure != null) {
                missing.removeIf(failure::startsWith);
            }
        }
        assertEquals(Set.of(), missing);
    }

    /** Null, or what failed. */
    private static String quietly(Run run, boolean quiet) {
        PrintStream err = System.err;
        if (quiet) {
            // Disks that fail on purpose would fill the log of the build.
            System.setErr(new PrintStream(PrintStream.nullOutputStream()));
        }
        try {
            run.run();
            return null;
        } catch (IOException | RuntimeException | AssertionError | StackOverflowError e) {
            run.failure = e;
            return String.valueOf(e.getMessage());
        } finally {
            System.setErr(err);
        }
    }

    private static final class Run {

        private final Random random;
        private final SimThreads threads;
        private final FaultyDisk disk;
        private final LogConfig config;
        private final Fault fault;
        private final Random faults;
        private final SimHistory history = new SimHistory();
        private final List<SimTransactionClient> clients = new ArrayList<>();
        private SimTransactionBroker broker;
        private int epoch;
        private int step;
        private Throwable failure;

        Run(long seed, Fault fault) {
            this.fault = fault;
            faults = new Random(seed);
            random = new Random(seed);
            threads = new SimThreads(random, 3);
            disk = new FaultyDisk(random);
            config = LogConfig.DEFAULTS.toBuilder().segmentBytes(2_000 + random.nextInt(6_000)).indexIntervalBytes(random.nextInt(400)).retentionMillis(-1)
                    .retentionBytes(-1).fsyncBeforeAck(random.nextBoolean()).build();
            for (int i = 0; i < 4; i++) {
                // Two of them are each other's zombies.
                clients.add(new SimTransactionClient("id-" + i / 2 * (i == 3 ? 2 : 1), i, random.nextBoolean(), random, history));
            }
        }

        void run() throws IOException {
            start();
            for (step = 0; step < STEPS; step++) {
                step();
            }
            heal();
            check();
            broker.close();
        }

        private void start() throws IOException {
            disk.failNothing();
            disk.leaveSpace(Long.MAX_VALUE);
            broker = new SimTransactionBroker(threads, disk, random, config, epoch++, sender -> fault.markers(faults, sender));
        }

        private void step() throws IOException {
            switch (random.nextInt(30)) {
                case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 -> clients.get(random.nextInt(clients.size())).act(broker);
                case 10 -> threads.advance(random.nextInt(300));
                case 11 -> {
                    if (random.nextInt(4) == 0) {
                        threads.advance(random.nextInt(2 * SimTransactionClient.TIMEOUT));
                    }
                }
                case 12 -> timely();
                case 13 -> fault();
                case 14 -> {
                    if (random.nextInt(4) == 0) {
                        crash();
                    }
                }
                case 15 -> {
                    if (random.nextInt(10) == 0) {
                        look();
                    }
                }
                default -> {
                    for (int count = random.nextInt(8); count > 0 && threads.step(); count--) {
                        // one task of one thread each
                    }
                }
            }
        }

        private void timely() throws IOException {
            broker.allLeaders().forEach(PartitionLeader::flushIfTimely);
            try {
                broker.checkpoint();
            } catch (IOException failed) {
                // A checkpoint may be old.
            }
        }

        private void fault() {
            switch (random.nextInt(20)) {
                case 0 -> disk.failOperation(random.nextInt(6), false);
                case 1 -> disk.leaveSpace(random.nextInt(600));
                default -> disk.leaveSpace(Long.MAX_VALUE);
            }
        }

        private void crash() throws IOException {
            history.note("--- the process is killed");
            disk.failNothing();
            threads.forget();
            if (config.fsyncBeforeAck() && random.nextBoolean()) {
                disk.crashMachine();
            } else {
                disk.crashProcess();
            }
            start();
            clients.forEach(SimTransactionClient::brokerGone);
        }

        /** No more faults, and every transaction has had its time. */
        private void heal() throws IOException {
            disk.failNothing();
            disk.leaveSpace(Long.MAX_VALUE);
            threads.advance(3_000);
            if (broker.isOffline()) {
                crash();
            }
            for (int i = 0; i < 10; i++) {
                broker.allLeaders().forEach(PartitionLeader::flushIfTimely);
                threads.advance(SimTransactionClient.TIMEOUT / 4);
            }
        }

        private void look() {
            for (int partition = 0; partition < SimTransactionBroker.PARTITIONS; partition++) {
                List<String> values = committed(partition);
                if (values != null) {
                    // A transaction that is complete may not be known as such to its producer yet: what it asked for counts.
                    history.saw(partition, values);
                }
            }
        }

        private void check() {
            for (SimTransactionClient client : clients) {
                if (client.waits()) {
                    throw new AssertionError("unanswered: " + client + " waits although all is done");
                }
            }
            Map<Integer, List<String>> content = new TreeMap<>();
            for (int partition = 0; partition < SimTransactionBroker.PARTITIONS; partition++) {
                PartitionLeader leader = broker.leader(partition);
                if (leader.lastStableOffset() != leader.log().logEndOffset()) {
                    throw new AssertionError("pinned: the last stable offset of partition " + partition + " stays at " + leader.lastStableOffset());
                }
                content.put(partition, committed(partition));
            }
            Map<String, Long> offsets = new TreeMap<>();
            for (String id : List.of("id-0", "id-1", "id-2")) {
                offsets.put(id, offset(id));
            }
            history.check(content, offsets);
        }

        private long offset(String group) {
            List<FetchOffsetsResult> given = new ArrayList<>();
            threads.on(threads.loop(0),
                    () -> broker.groups.fetchOffsets(List.of(new FetchOffsetsRequest(group, null, true)), results -> given.addAll(results)));
            threads.settle();
            FetchOffsetsResult result = given.getFirst();
            if (result.error() != ErrorCode.NONE) {
                throw new AssertionError("offset of " + group + ": " + result.error());
            }
            if (result.topics().isEmpty()) {
                return -1;
            }
            FetchOffsetsResult.PartitionOffset partition = result.topics().getFirst().partitions().getFirst();
            if (partition.unstable()) {
                throw new AssertionError("pinned: the offset of " + group + " stays unstable");
            }
            return partition.offset().offset();
        }

        /** What a consumer of committed records finds in a partition from its beginning on; null when it cannot be read now. */
        private List<String> committed(int partition) {
            List<String> values = new ArrayList<>();
            long offset = 0;
            while (true) {
                FetchResponse.PartitionData data = fetch(partition, offset);
                if (data == null || data.errorCode != ErrorCode.NONE.code()) {
                    return null;
                }
                long next = SimReads.take(data, offset, values);
                if (next == offset) {
                    fault.reads(faults, values);
                    return values;
                }
                offset = next;
            }
        }

        private FetchResponse.PartitionData fetch(int partition, long offset) {
            FetchRequest request = Requests.fetch(SimTransactionBroker.TOPIC, partition, offset, 0, 0);
            request.isolationLevel = 1;
            request.maxBytes = 1_000;
            List<FetchResponse> given = new ArrayList<>();
            broker.request(partition, ApiKey.FETCH, 11, request, response -> given.add((FetchResponse) response));
            threads.settle();
            return given.isEmpty() || given.getFirst().responses.isEmpty() ? null : given.getFirst().responses.getFirst().partitions.getFirst();
        }
    }
}
