package io.partita.broker.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.partita.broker.link.LinkFixture.Ended;
import io.partita.broker.net.SocketOptions;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.HeartbeatRequest;
import io.partita.broker.protocol.message.HeartbeatResponse;
import io.partita.broker.replication.ReplicaAnswer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Brokers that fetch from each other over sockets, with all that networks do to them. */
class BrokerLinkTest {

    @TempDir
    Path directory;

    private LinkFixture brokers;

    @BeforeEach
    void start() {
        brokers = new LinkFixture(directory);
    }

    @AfterEach
    void stop() throws IOException {
        brokers.close();
    }

    @Test
    void anAppendWakesTheFetchThatWaitsAtTheEnd() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2);
        leader.led.lead(0);
        follower.fetch(1, 0, 0);
        LinkFixture.next(leader.led.fetches);
        leader.led.append(0, 100, 1);
        assertArrayEquals(leader.led.content(0), follower.next().bytes());
    }

    @Test
    void whatAFetchSaysOfItsLogArrivesAsItWasSaid() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2);
        leader.led.lead(0);
        follower.fetch(1, 0, 1L << 40);
        var fetch = LinkFixture.next(leader.led.fetches);
        assertEquals(2, fetch.broker());
        assertEquals("log-2", fetch.incarnation());
        assertEquals(LedLogs.EPOCH, fetch.epoch());
        assertEquals(1L << 40, fetch.offset());
        assertEquals(-1, fetch.lastEpoch());
    }

    @Test
    void recordsOfAnySizeArriveAsTheyStandInTheLeadersFile() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2);
        LinkFixture.assertRecordsOfAnySizeArrive(leader, follower);
    }

    @Test
    void aPieceOfTheFileThatEndsWithinABatchIsCutToWholeOnes() throws Exception {
        var leader = brokers.node(1, new LinkOptions(100_000, 10 << 20, 20 << 20, 10_000, SocketOptions.DEFAULTS));
        var follower = brokers.node(2);
        leader.led.lead(0);
        for (int i = 0; i < 4; i++) {
            leader.led.append(0, 40_000, i);
        }
        follower.fetch(1, 0, 0);
        byte[] got = follower.next().bytes();
        byte[] all = leader.led.content(0);
        assertEquals(all.length / 2, got.length, "two batches of four fit");
        assertArrayEquals(Arrays.copyOf(all, got.length), got);
    }

    @Test
    void tornFramesArePutTogether() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2);
        Wire wire = brokers.wireTo(leader);
        wire.tear(7);
        LinkFixture.assertManyArrive(leader, follower);
    }

    @Test
    void whereTheLogsPartIsToldAndWhereTheLeadersBegins() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2);
        leader.led.lead(0);
        leader.led.instead = new ReplicaAnswer.Diverging<>(LedLogs.EPOCH, 9, 2, 5);
        follower.fetch(1, 0, 9);
        assertEquals(new ReplicaAnswer.Diverging<ByteBuf>(LedLogs.EPOCH, 9, 2, 5), follower.next().answer());
        leader.led.instead = new ReplicaAnswer.BeforeStart<>(LedLogs.EPOCH, 9, 70);
        follower.fetch(1, 0, 9);
        assertEquals(new ReplicaAnswer.BeforeStart<ByteBuf>(LedLogs.EPOCH, 9, 70), follower.next().answer());
    }

    @Test
    void aFetchThatIsRefusedIsLostAndTheOthersAreNot() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2);
        leader.led.lead(0);
        follower.fetch(1, 0, 0);
        follower.fetch(1, 0, 0, LedLogs.EPOCH + 1);
        assertEquals(LedLogs.EPOCH + 1, follower.next().fetch().epoch());
        leader.led.append(0, 10, 1);
        assertInstanceOf(ReplicaAnswer.Records.class, follower.next().answer());
    }

    @Test
    void aResetLosesWhatIsOutstandingAndTheNextFetchGoesByANewConnection() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2);
        Wire wire = brokers.wireTo(leader);
        leader.led.lead(0);
        leader.led.lead(1);
        follower.fetch(1, 0, 0);
        follower.fetch(1, 1, 0);
        LinkFixture.next(leader.led.fetches);
        LinkFixture.next(leader.led.fetches);
        wire.reset();
        assertNull(follower.next().answer());
        assertNull(follower.next().answer());
        leader.led.append(0, 10, 1);
        assertArrayEquals(leader.led.content(0), follower.answer(1, 0, 0).bytes());
        assertTrue(follower.suspected.isEmpty(), "it could be reached again");
    }

    @Test
    void aConnectionThatCannotBeMadeAgainMakesBothSidesSuspectTheOther() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2);
        Wire wire = brokers.wireTo(leader);
        Wire back = brokers.wireTo(follower);
        leader.led.lead(0);
        leader.led.append(0, 10, 1);
        follower.answer(1, 0, 0).bytes();
        wire.stopListening();
        back.stopListening();
        wire.reset();
        assertEquals(1, LinkFixture.next(follower.suspected));
        assertEquals(2, LinkFixture.next(leader.suspected), "the leader looks whether its follower is there");
        // And it is reached as soon as it is there
        wire.listenAgain();
        assertArrayEquals(leader.led.content(0), follower.answer(1, 0, 0).bytes());
        assertEquals(1, LinkFixture.next(follower.trusted), "and whoever was told that it is gone is told so");
        assertEquals(2, LinkFixture.next(leader.trusted));
    }

    @Test
    void aBrokerThatIsNotHeardOfIsSuspectedThoughItsConnectionStands() throws Exception {
        var leader = brokers.node(1, LinkFixture.QUICK);
        var follower = brokers.node(2, LinkFixture.QUICK);
        Wire wire = brokers.wireTo(leader);
        leader.led.lead(0);
        follower.fetch(1, 0, 0);
        LinkFixture.next(leader.led.fetches);
        wire.hold(true, true);
        assertEquals(1, LinkFixture.next(follower.suspected));
        assertEquals(2, LinkFixture.next(leader.suspected));
        assertNull(follower.next().answer(), "what was outstanding is lost");
    }

    @Test
    void aCutInOneDirectionIsNoticedByWhoHearsNothing() throws Exception {
        var leader = brokers.node(1, LinkFixture.QUICK);
        var follower = brokers.node(2, LinkFixture.QUICK);
        Wire wire = brokers.wireTo(leader);
        leader.led.lead(0);
        follower.fetch(1, 0, 0);
        LinkFixture.next(leader.led.fetches);
        wire.hold(false, true);
        assertEquals(1, LinkFixture.next(follower.suspected));
    }

    /** It missed what came meanwhile, and looks at that before it takes anybody for gone. */
    @Test
    void aProcessThatStoodStillDoesNotSuspectThoseItDidNotListenTo() throws Exception {
        var leader = brokers.node(1, LinkFixture.QUICK);
        var follower = brokers.node(2, LinkFixture.QUICK);
        leader.led.lead(0);
        leader.led.append(0, 10, 1);
        follower.answer(1, 0, 0).bytes();
        CountDownLatch goOn = new CountDownLatch(1);
        for (int i = 0; i < follower.loops.size(); i++) {
            follower.loops.next().execute(() -> {
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        // Given that the other end has waited for longer than it does
        assertEquals(2, LinkFixture.next(leader.suspected));
        // When it goes on
        goOn.countDown();
        // Then
        assertArrayEquals(leader.led.content(0), follower.answer(1, 0, 0).bytes());
        assertTrue(follower.suspected.isEmpty());
    }

    @Test
    void anAddressThatStaysAnothersMakesItsBrokerSuspected() throws Exception {
        var other = brokers.node(1);
        var follower = brokers.node(2, LinkFixture.QUICK);
        brokers.at(3, other.port);
        follower.fetch(3, 0, 0);
        while (follower.suspected.isEmpty()) {
            assertNull(follower.next().answer());
            follower.fetch(3, 0, 0);
        }
        assertEquals(3, LinkFixture.next(follower.suspected));
    }

    @Test
    void aBrokerThatStopsSaysSo() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2);
        leader.led.lead(0);
        follower.fetch(1, 0, 0);
        LinkFixture.next(leader.led.fetches);
        leader.link.close().join();
        assertNull(follower.next().answer());
        assertEquals(1, LinkFixture.next(follower.suspected), "who leads what it led must not wait for a time-out");
        assertEquals(0, follower.link.metrics().breaks());
    }

    @Test
    void aFollowerThatStopsIsKnownToItsLeader() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2);
        leader.led.lead(0);
        follower.fetch(1, 0, 0);
        LinkFixture.next(leader.led.fetches);
        follower.link.close().join();
        assertEquals(2, LinkFixture.next(leader.suspected));
        assertNull(follower.next().answer());
    }

    @Test
    void aBrokerOfAnotherClusterIsNotTalkedTo() throws Exception {
        var leader = brokers.node(1);
        leader.led.lead(0);
        var stranger = brokers.node(2, "another", "process-2", LinkFixture.CALM);
        stranger.fetch(1, 0, 0);
        assertNull(stranger.next().answer());
        assertTrue(leader.led.fetches.isEmpty());
        assertTrue(stranger.suspected.isEmpty(), "it is there, and not to be talked to");
    }

    @Test
    void anAddressThatHasGoneToAnotherBrokerIsNotTakenForIt() throws Exception {
        var other = brokers.node(1);
        other.led.lead(0);
        var follower = brokers.node(2);
        brokers.at(3, other.port);
        follower.fetch(3, 0, 0);
        assertNull(follower.next().answer());
        assertTrue(other.led.fetches.isEmpty());
    }

    @Test
    void twoBrokersOfOneNumberDoNotFollowEachOther() throws Exception {
        var leader = brokers.node(1);
        leader.led.lead(0);
        var twin = brokers.node(1, "cluster", "process-of-a-copy", LinkFixture.CALM);
        brokers.at(1, leader.port);
        twin.fetch(1, 0, 0);
        assertNull(twin.next().answer());
        assertTrue(leader.led.fetches.isEmpty());
    }

    @Test
    void nobodyIsTalkedToBeforeItIsKnownWhoThisIs() throws Exception {
        var leader = brokers.node(1, "cluster", null, LinkFixture.CALM);
        leader.led.lead(0);
        var follower = brokers.node(2);
        follower.fetch(1, 0, 0);
        assertNull(follower.next().answer());
        leader.fetch(2, 0, 0);
        assertNull(leader.next().answer());
        assertTrue(leader.led.fetches.isEmpty() && follower.led.fetches.isEmpty());
    }

    @Test
    void aBrokerOfWhichNobodyKnowsWhereItIsIsNotReached() throws Exception {
        var follower = brokers.node(2);
        follower.fetch(9, 0, 0);
        assertNull(follower.next().answer());
        assertTrue(follower.suspected.isEmpty());
    }

    @Test
    void thatABrokerIsNotKnownYetIsNoWarning() throws Exception {
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            var follower = brokers.node(2);
            follower.fetch(9, 0, 0);
            assertNull(follower.next().answer());
        } finally {
            System.setErr(err);
        }
        assertFalse(said.toString(StandardCharsets.UTF_8).contains("Broker 9 cannot be reached"), said.toString(StandardCharsets.UTF_8));
    }

    @Test
    void recordsThatNobodyTakesHoldUpTheirOwnConnectionAndAreGoneOnFromThere() throws Exception {
        var leader = brokers.node(1);
        var follower = brokers.node(2, new LinkOptions(1 << 20, 3_000_000, 20 << 20, 10_000, SocketOptions.DEFAULTS));
        for (int i = 0; i < 30; i++) {
            leader.led.lead(i);
            leader.led.append(i, 900_000, i);
            follower.fetch(1, i, 0);
        }
        Set<Integer> answered = new HashSet<>();
        Ended[] held = new Ended[4];
        for (int i = 0; i < held.length; i++) {
            held[i] = follower.next();
        }
        // What is read already may still come, but no more than is on its way in this process
        assertTrue(follower.link.metrics().recordBytesReceived() < 10_000_000, "it is not read beyond what it may hold");
        for (Ended end : held) {
            assertArrayEquals(leader.led.content(end.partition()), end.bytes());
            answered.add(end.partition());
        }
        while (answered.size() < 30) {
            Ended end = follower.next();
            assertArrayEquals(leader.led.content(end.partition()), end.bytes());
            answered.add(end.partition());
        }
    }

    @Test
    void aCallIsAnsweredByTheOtherBrokersHandlers() throws Exception {
        var callee = brokers.node(1);
        var caller = brokers.node(2);
        BlockingQueue<Optional<Message>> answers = new LinkedBlockingQueue<>();
        for (int i = 0; i < 2; i++) {
            caller.link.call(1, ApiKey.HEARTBEAT, (short) 4, new HeartbeatRequest(), new HeartbeatResponse(), 20_000,
                    answer -> answers.add(Optional.ofNullable(answer)));
        }
        var first = LinkFixture.next(callee.calls);
        var second = LinkFixture.next(callee.calls);
        assertEquals("broker-2", first.clientId());
        // When the second is answered first
        HeartbeatResponse response = new HeartbeatResponse();
        response.errorCode = ErrorCode.REBALANCE_IN_PROGRESS.code();
        second.respond(response);
        assertEquals(ErrorCode.REBALANCE_IN_PROGRESS.code(), ((HeartbeatResponse) LinkFixture.next(answers).orElseThrow()).errorCode);
        first.respond(new HeartbeatResponse());
        assertEquals(ErrorCode.NONE.code(), ((HeartbeatResponse) LinkFixture.next(answers).orElseThrow()).errorCode);
    }

    @Test
    void aCallEndsWithoutAnAnswerWhenItIsNotServedOrTakesTooLongOrTheConnectionBreaks() throws Exception {
        var callee = brokers.node(1);
        var caller = brokers.node(2);
        Wire wire = brokers.wireTo(callee);
        BlockingQueue<Optional<Message>> answers = new LinkedBlockingQueue<>();
        caller.link.call(1, ApiKey.LIST_GROUPS, (short) 3, ApiKey.LIST_GROUPS.newRequest(), new HeartbeatResponse(), 20_000,
                answer -> answers.add(Optional.ofNullable(answer)));
        assertTrue(LinkFixture.next(answers).isEmpty(), "not served");
        caller.link.call(1, ApiKey.HEARTBEAT, (short) 4, new HeartbeatRequest(), new HeartbeatResponse(), 1,
                answer -> answers.add(Optional.ofNullable(answer)));
        assertTrue(LinkFixture.next(answers).isEmpty(), "too late");
        caller.link.call(1, ApiKey.HEARTBEAT, (short) 4, new HeartbeatRequest(), new HeartbeatResponse(), 20_000,
                answer -> answers.add(Optional.ofNullable(answer)));
        LinkFixture.next(callee.calls);
        LinkFixture.next(callee.calls);
        wire.reset();
        assertTrue(LinkFixture.next(answers).isEmpty(), "broken");
    }
}
