package io.partita.broker.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.Requests;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.PartitionStates;
import io.partita.broker.env.GatheredLines;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.FaultyDisk;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A leader and its followers, with a link that is there or not: who is acknowledged when, who is in sync, and who is told what. */
class ReplicaRolesTest {

    private static final UUID TOPIC = new UUID(1, 1);
    private static final long LAG_MILLIS = 30_000;

    private final TestClock clock = new TestClock();
    private final TestEventLoop loop = new TestEventLoop(clock);
    private final Workers workers = Runnable::run;
    private final List<AppendResult> results = new ArrayList<>();
    private final List<PartitionState> asked = new ArrayList<>();
    private Consumer<PartitionStates.Seen> decided;
    private final PartitionStates states = (key, from, next, seen) -> {
        asked.add(next);
        decided = seen;
    };
    private final Map<Integer, PartitionLog> logs = new HashMap<>();
    private final Map<Integer, FaultyDisk> disks = new HashMap<>();
    private final Map<Integer, FollowingReplica> followers = new HashMap<>();
    private final Set<Integer> gone = new HashSet<>();
    private PartitionLeader leader;
    private boolean isCut;

    private static BrokerProcess process(int broker) {
        return new BrokerProcess(broker, "p" + broker);
    }

    private static PartitionState state(int epoch, int version, int min, int... inSync) {
        List<InSyncReplica> isr = new ArrayList<>();
        for (int broker : inSync) {
            isr.add(new InSyncReplica(broker, "log" + broker));
        }
        return new PartitionState(List.of(1, 2, 3), process(inSync[0]), epoch, version, isr, min, 0);
    }

    private PartitionLog log(int broker) throws IOException {
        PartitionLog known = logs.get(broker);
        if (known == null) {
            LogDirectory directory = LogDirectory.open(Path.of("/data"), "cluster", broker, 16,
                    disks.computeIfAbsent(broker, id -> new FaultyDisk(new Random(id))), clock, workers, new Random(broker)::nextLong);
            directory.load(topic -> LogConfig.DEFAULTS, 1);
            known = directory.create(new LogId("t", 0), TOPIC, LogConfig.DEFAULTS);
            logs.put(broker, known);
        }
        return known;
    }

    private void lead(PartitionState state, long objectVersion) throws IOException {
        int broker = state.leader().broker();
        leader = new PartitionLeader("t", TOPIC, 0, loop, workers, log(broker),
                new Leadership(process(broker), state, objectVersion, 0, states, clock, LAG_MILLIS, new GatheredLines(LoggerFactory.getLogger("test")),
                        id -> !gone.contains(id)));
    }

    private void follow(int broker, PartitionState state) throws IOException {
        PartitionLog log = log(broker);
        SeenEpoch seen = SeenEpoch.open(disks.get(broker), log.directory(), TOPIC, -1, false);
        FollowingReplica following = followers.get(broker);
        if (following == null) {
            PartitionFollower follower = new PartitionFollower(broker, "log" + broker, log, seen, workers, 0);
            following = new FollowingReplica("t", TOPIC, 0, loop, workers, log, follower, state, new Link(), () -> false);
            followers.put(broker, following);
        }
        following.follow(state);
        loop.runTasks();
    }

    /** To the one leader there is. */
    private final class Link implements ReplicaLink {

        @Override
        public void fetch(int to, PartitionKey partition, ReplicaFetch fetch, Outcome outcome) {
            assertEquals(leader.partition(), partition.partition());
            if (isCut) {
                outcome.lost();
                return;
            }
            leader.replicaFetch(fetch, 1 << 20, new ReplicaFetchCallback() {
                @Override
                public void answered(ReplicaAnswer<LogSlice> answer) {
                    ReplicaAnswer<ByteBuf> received = answer.map(ReplicaRolesTest::received);
                    if (isCut) {
                        outcome.lost();
                    } else {
                        outcome.answered(received);
                    }
                }

                @Override
                public void refused() {
                    outcome.lost();
                }

                @Override
                public boolean isOpen() {
                    return !isCut;
                }
            });
        }
    }

    private static ByteBuf received(LogSlice slice) {
        ByteBuf bytes = Unpooled.buffer();
        try {
            slice.copyTo(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            slice.release();
        }
        return bytes;
    }

    private void produce(short acks) {
        leader.append(Requests.batch("v"), AppendOrigin.CLIENT, acks, results::add);
        loop.runTasks();
    }

    private static ErrorCode error(AppendResult result) {
        return result instanceof AppendResult.Refused refused ? refused.code() : ErrorCode.NONE;
    }

    @Test
    void acksAllWaitsForEverybodyInSyncAndAcksOneForTheLeader() throws IOException {
        // Given
        PartitionState state = state(1, 1, 2, 1, 2, 3);
        lead(state, 1);
        follow(2, state);
        // When
        produce(PartitionLeader.ACKS_ALL);
        produce((short) 1);
        // Then
        assertEquals(1, results.size());
        assertEquals(0, leader.highWatermark());
        // When
        follow(3, state);
        // Then
        assertEquals(2, results.size());
        assertEquals(2, leader.highWatermark());
        assertEquals(2, logs.get(2).logEndOffset());
        assertEquals(2, logs.get(3).logEndOffset());
    }

    @Test
    void followersAreToldWhatIsCommittedThoughNothingComesBehindIt() throws IOException {
        // Given
        PartitionState state = state(1, 1, 2, 1, 2);
        lead(state, 1);
        follow(2, state);
        produce(PartitionLeader.ACKS_ALL);
        assertEquals(0, followers.get(2).highWatermark());
        // When
        clock.advance(500);
        loop.runTasks();
        // Then
        assertEquals(1, followers.get(2).highWatermark());
    }

    @Test
    void whoReadsFromAFollowerIsWokenWhenThatIsToldOfMore() throws IOException {
        // Given
        PartitionState state = state(1, 1, 2, 1, 2);
        lead(state, 1);
        follow(2, state);
        List<Replica> woken = new ArrayList<>();
        followers.get(2).await(0, woken::add);
        // When
        produce(PartitionLeader.ACKS_ALL);
        assertEquals(0, woken.size(), "it has the record, and was not told that all have");
        produce(PartitionLeader.ACKS_ALL);
        // Then
        assertEquals(List.of(followers.get(2)), woken);
        assertEquals(1, followers.get(2).highWatermark());
        // When its role is over
        followers.get(2).await(1, woken::add);
        followers.get(2).close();
        // Then
        assertEquals(2, woken.size());
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, followers.get(2).ended());
    }

    @Test
    void whoHasCaughtUpIsTakenInAndCountsFromTheAsking() throws IOException {
        // Given
        PartitionState state = state(1, 1, 1, 1);
        lead(state, 1);
        produce(PartitionLeader.ACKS_ALL);
        assertEquals(1, leader.highWatermark());
        // When
        follow(2, state);
        // Then
        assertEquals(List.of(1, 2), asked.getLast().isr().stream().map(InSyncReplica::broker).toList());
        isCut = true;
        produce(PartitionLeader.ACKS_ALL);
        assertEquals(1, leader.highWatermark());
        // When it is not stored, it counts no more
        decided.accept(new PartitionStates.Seen(state(1, 2, 1, 1), 2));
        loop.runTasks();
        assertEquals(2, leader.highWatermark());
    }

    @Test
    void whoLagsLeavesAndWhoWaitsAtTheEndDoesNot() throws IOException {
        // Given
        PartitionState state = state(1, 1, 1, 1, 2, 3);
        lead(state, 1);
        follow(2, state);
        produce(PartitionLeader.ACKS_ALL);
        // When
        clock.advance(LAG_MILLIS - 1);
        leader.tick();
        assertEquals(0, asked.size());
        clock.advance(2);
        leader.tick();
        // Then
        assertEquals(List.of(1, 2), asked.getLast().isr().stream().map(InSyncReplica::broker).toList());
        assertEquals(0, results.size());
        decided.accept(new PartitionStates.Seen(asked.getLast(), 2));
        loop.runTasks();
        assertEquals(1, results.size());
        clock.advance(LAG_MILLIS * 3);
        leader.tick();
        assertEquals(1, asked.size());
    }

    @Test
    void belowTheMinimumProducersAreRefusedBeforeAndAfterTheAppend() throws IOException {
        // Given
        PartitionState state = state(1, 1, 2, 1, 2);
        lead(state, 1);
        produce(PartitionLeader.ACKS_ALL);
        assertEquals(0, results.size());
        // When
        leader.learned(state(1, 2, 2, 1), 2);
        loop.runTasks();
        produce(PartitionLeader.ACKS_ALL);
        // Then
        assertEquals(List.of(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, ErrorCode.NOT_ENOUGH_REPLICAS),
                results.stream().map(ReplicaRolesTest::error).toList());
        assertEquals(0, leader.highWatermark());
        assertEquals(1, leader.log().logEndOffset());
    }

    @Test
    void whoIsGoneAndStaysInSyncBecauseTheMinimumNeedsItIsNotWaitedFor() throws IOException {
        // Given
        PartitionState state = state(1, 1, 2, 1, 2);
        lead(state, 1);
        follow(2, state);
        // When what was appended cannot come to 2 any more
        isCut = true;
        produce(PartitionLeader.ACKS_ALL);
        assertEquals(0, results.size());
        gone.add(2);
        clock.advance(1_001);
        leader.tick();
        produce(PartitionLeader.ACKS_ALL);
        produce((short) 1);
        // Then
        assertEquals(List.of(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.NONE),
                results.stream().map(ReplicaRolesTest::error).toList());
        assertTrue(((AppendResult.Refused) results.get(1)).reason().contains("broker 2"), results.get(1).toString());
        assertEquals(2, leader.log().logEndOffset());
        // When it comes back, though whoever missed it does not know yet
        isCut = false;
        followers.remove(2).close();
        follow(2, state);
        produce(PartitionLeader.ACKS_ALL);
        // Then
        assertInstanceOf(AppendResult.Appended.class, results.getLast());
        assertEquals(3, leader.highWatermark());
    }

    @Test
    void whoIsThereAndHasNothingNewForTooLongIsNotWaitedForEither() throws IOException {
        // Given
        PartitionState state = state(1, 1, 2, 1, 2);
        lead(state, 1);
        follow(2, state);
        isCut = true;
        produce(PartitionLeader.ACKS_ALL);
        // When
        clock.advance(LAG_MILLIS);
        leader.tick();
        assertEquals(0, results.size());
        clock.advance(1);
        leader.tick();
        // Then
        assertEquals(List.of(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND), results.stream().map(ReplicaRolesTest::error).toList());
    }

    @Test
    void whatABrokerWritesItselfWaitsForWhoIsGone() throws IOException {
        // Given
        PartitionState state = state(1, 1, 2, 1, 2);
        lead(state, 1);
        gone.add(2);
        // When
        leader.append(Requests.batch("v"), AppendOrigin.INTERNAL, PartitionLeader.ACKS_ALL, results::add);
        clock.advance(LAG_MILLIS * 2);
        leader.tick();
        // Then
        assertEquals(0, results.size());
        // When
        follow(2, state);
        // Then
        assertInstanceOf(AppendResult.Appended.class, results.getLast());
    }

    @Test
    void aNewLeaderGoesOnWithWhatTheOldOneHadCommittedAndFollowersComeToIt() throws IOException {
        // Given
        PartitionState state = state(1, 1, 2, 1, 2, 3);
        lead(state, 1);
        follow(2, state);
        follow(3, state);
        produce(PartitionLeader.ACKS_ALL);
        assertEquals(1, results.size());
        // When 1 has a record that nobody else has, and 2 is elected
        isCut = true;
        produce(PartitionLeader.ACKS_ALL);
        followers.remove(2).close();
        leader.close();
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER, error(results.getLast()));
        isCut = false;
        PartitionState next = state(2, 2, 2, 2, 3);
        lead(next, 2);
        assertEquals(0, leader.highWatermark());
        assertTrue(!leader.knowsWhatIsCommitted());
        follow(3, next);
        clock.advance(1_000);
        loop.runTasks();
        // Then
        assertEquals(1, leader.highWatermark());
        assertTrue(leader.knowsWhatIsCommitted());
        // When the old leader follows, it cuts what was never acknowledged, and is taken in again
        follow(1, next);
        assertEquals(1, logs.get(1).logEndOffset());
        assertEquals(3, asked.getLast().isr().size());
        produce((short) 1);
        assertInstanceOf(AppendResult.Appended.class, results.getLast());
        assertEquals(2, logs.get(1).logEndOffset());
        assertEquals(2, logs.get(3).logEndOffset());
    }

    @Test
    void gapsOfACompactionOfLongAgoDoNotKeepAFollowerOut() throws IOException {
        // Given a leader's log as it was compacted, before the topic's settings were changed
        for (long offset : new long[] {2, 7}) {
            ByteBuf batch = Requests.batch("v");
            batch.setLong(batch.readerIndex(), offset);
            assertInstanceOf(AppendResult.Appended.class, log(1).append(batch, AppendOrigin.REPLICA_WITH_GAPS, 0));
        }
        PartitionState state = state(1, 1, 1, 1);
        lead(state, 1);
        assertEquals(8, leader.highWatermark());
        // When
        follow(2, state);
        // Then
        assertEquals(8, logs.get(2).logEndOffset());
        assertEquals(List.of(1, 2), asked.getLast().isr().stream().map(InSyncReplica::broker).toList());
    }

    @Test
    void aFetchOfAnotherEpochIsRefused() throws IOException {
        lead(state(2, 2, 1, 1, 2), 2);
        follow(2, state(1, 1, 1, 1, 2));
        produce((short) 1);
        assertEquals(0, logs.get(2).logEndOffset());
        follow(2, state(2, 2, 1, 1, 2));
        assertEquals(1, logs.get(2).logEndOffset());
        assertEquals(2, logs.get(2).leaderEpochs().epochOf(0));
    }
}
