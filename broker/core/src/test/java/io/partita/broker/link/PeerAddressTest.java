package io.partita.broker.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class PeerAddressTest {

    private static final byte[] FIRST = {10, 0, 0, 1};
    private static final byte[] SECOND = {10, 0, 0, 2};

    private final TestEventLoop loop = new TestEventLoop(new TestClock());
    private final List<BiConsumer<byte[], Throwable>> asked = new ArrayList<>();
    private final PeerAddress address = new PeerAddress(loop, (host, found) -> asked.add(found), 100);
    private final List<String> answers = new ArrayList<>();

    @Test
    void anAddressNeedsNoNameService() {
        find("127.0.0.1");
        assertEquals(List.of("127.0.0.1"), answers);
        assertEquals(0, asked.size());
    }

    @Test
    void aNameIsWhatTheNameServiceSays() {
        find("broker-1");
        loop.advance(60_000);
        assertEquals(List.of(), answers, "there is no other address to be had");
        answer(0, FIRST);
        assertEquals(List.of("10.0.0.1"), answers);
        find("broker-1");
        answer(1, SECOND);
        assertEquals(List.of("10.0.0.1", "10.0.0.2"), answers);
    }

    @Test
    void aNameServiceThatHangsIsNotWaitedForWhereTheNameWasKnown() {
        find("broker-1");
        answer(0, FIRST);
        // When
        find("broker-1");
        loop.advance(100);
        assertEquals(List.of("10.0.0.1", "10.0.0.1"), answers);
        // and at the next attempt it is not asked a second time, nor waited for again
        find("broker-1");
        loop.advance(0);
        assertEquals(3, answers.size());
        assertEquals(2, asked.size());
        // and what it says in the end counts from then on
        answer(1, SECOND);
        find("broker-1");
        loop.advance(100);
        assertEquals(List.of("10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2"), answers);
    }

    @Test
    void aNameServiceThatKnowsNothingAnyMoreIsNotBelievedAtOnce() {
        find("broker-1");
        fail(0);
        assertEquals(List.of("UnknownHostException"), answers);
        find("broker-1");
        answer(1, FIRST);
        find("broker-1");
        fail(2);
        assertEquals(List.of("UnknownHostException", "10.0.0.1", "10.0.0.1"), answers);
        // and another name is another matter
        find("broker-1-again");
        fail(3);
        assertEquals("UnknownHostException", answers.getLast());
    }

    private void find(String host) {
        address.find(host, (found, failure) -> answers.add(found == null
                ? failure.getClass().getSimpleName()
                : found[0] + "." + found[1] + "." + found[2] + "." + found[3]));
    }

    private void answer(int index, byte[] found) {
        asked.get(index).accept(found, null);
        loop.runTasks();
    }

    private void fail(int index) {
        asked.get(index).accept(null, new UnknownHostException("no such name"));
        loop.runTasks();
    }
}
