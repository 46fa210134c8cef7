package io.partita.broker.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.log.Slices;
import io.partita.broker.replication.ReplicaAnswer;
import io.partita.broker.replication.ReplicaFetch;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which answer goes first. */
class AnswerQueueTest {

    private static final LeaderAnswer.Sender NOBODY = new LeaderAnswer.Sender() {
        @Override
        public void answered(LeaderAnswer answer) {
            // It is put into the queue by the test.
        }

        @Override
        public boolean isOpen() {
            return true;
        }
    };

    private final AnswerQueue queue = new AnswerQueue();

    private static LeaderAnswer answer(int id, int bytes) {
        LeaderAnswer answer = new LeaderAnswer(NOBODY, id, LedLogs.partition(id), new ReplicaFetch(2, "log", LedLogs.EPOCH, 0, -1, 0, 0));
        answer.answered(new ReplicaAnswer.Records<>(LedLogs.EPOCH, 0, Slices.of(bytes), 0, 0));
        return answer;
    }

    private void add(int id, int bytes) {
        queue.add(answer(id, bytes));
    }

    private List<Integer> all(boolean longToo) {
        List<Integer> ids = new ArrayList<>();
        for (LeaderAnswer next = queue.next(longToo); next != null; next = queue.next(longToo)) {
            ids.add(next.id());
        }
        return ids;
    }

    @Test
    void shortAnswersGoBeforeLongOnesAndEachKindInItsOrder() {
        add(1, 1_000_000);
        add(2, 100);
        add(3, 500_000);
        add(4, AnswerQueue.SHORT_BYTES_MAX);
        add(5, 0);
        assertEquals(List.of(2, 4, 5, 1, 3), all(true));
    }

    @Test
    void aLongAnswerWaitsWhileItMayNotGo() {
        add(1, 1_000_000);
        add(2, 100);
        assertEquals(List.of(2), all(false));
        assertNull(queue.next(false));
        assertEquals(1, queue.next(true).id());
    }

    @Test
    void aLongAnswerHasItsTurnHoweverManyShortOnesThereAre() {
        add(0, 1_000_000);
        int before = 0;
        for (int id = 1; queue.size() > 0 && before < 1_000; id++) {
            add(id, AnswerQueue.SHORT_BYTES_MAX);
            if (queue.next(true).id() == 0) {
                break;
            }
            before++;
        }
        assertEquals(AnswerQueue.SHORT_BYTES_IN_A_ROW_MAX / AnswerQueue.SHORT_BYTES_MAX, before);
    }

    @Test
    void whatIsTooManyFilesLetsGoOfThemFromTheEndAndKeepsItsPlace() {
        for (int id = 1; id <= 5; id++) {
            add(id, 100_000);
        }
        queue.shed(2);
        assertEquals(5, queue.size());
        List<Boolean> shed = new ArrayList<>();
        for (int id = 1; id <= 5; id++) {
            LeaderAnswer next = queue.next(true);
            assertEquals(id, next.id());
            shed.add(next.isShed());
        }
        assertEquals(List.of(false, false, true, true, true), shed);
    }

    @Test
    void whatWasAskedAgainGoesFirst() {
        add(1, 100_000);
        LeaderAnswer again = answer(2, 100_000);
        again.askAgain();
        queue.add(again);
        assertEquals(List.of(2, 1), all(true));
        assertTrue(again.wasAskedAgain());
    }
}
