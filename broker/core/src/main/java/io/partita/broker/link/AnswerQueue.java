package io.partita.broker.link;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Answers to one follower's fetches, in the order in which they are sent: short ones first, which are those of partitions at the end of their log, so that
 * partitions that are far behind never hold them up; and a long one after so many bytes of short ones, so that those are not held up for ever either. Among each
 * kind the first to come is the first to go. A partition has one fetch at a time, so each gets its turn.
 *
 * <p>Threads: the connection's event loop.
 */
final class AnswerQueue {

    /** Records of a short answer. */
    static final int SHORT_BYTES_MAX = 64 * 1024;
    /** After so many bytes of short answers a long one has its turn. */
    static final int SHORT_BYTES_IN_A_ROW_MAX = 1024 * 1024;

    private final ArrayDeque<LeaderAnswer> shortOnes = new ArrayDeque<>();
    private final ArrayDeque<LeaderAnswer> longOnes = new ArrayDeque<>();
    private long shortBytesInARow;
    private int files;

    void add(LeaderAnswer answer) {
        ArrayDeque<LeaderAnswer> kind = isShort(answer) ? shortOnes : longOnes;
        if (answer.wasAskedAgain()) {
            kind.addFirst(answer);
        } else {
            kind.addLast(answer);
        }
        if (answer.holdsFile()) {
            files++;
        }
    }

    private static boolean isShort(LeaderAnswer answer) {
        return answer.recordBytes() <= SHORT_BYTES_MAX;
    }

    /**
     * The answer to be sent next, {@code null} for none.
     *
     * @param longToo whether it may be a long one
     */
    LeaderAnswer next(boolean longToo) {
        boolean longNow = longToo && !longOnes.isEmpty() && (shortOnes.isEmpty() || shortBytesInARow >= SHORT_BYTES_IN_A_ROW_MAX);
        LeaderAnswer next = longNow ? longOnes.poll() : shortOnes.poll();
        if (next == null) {
            return null;
        }
        shortBytesInARow = longNow || longOnes.isEmpty() ? 0 : shortBytesInARow + next.recordBytes();
        if (next.holdsFile()) {
            files--;
        }
        return next;
    }

    int size() {
        return shortOnes.size() + longOnes.size();
    }

    /** Makes the last ones let go of their files, where more than so many are kept open. */
    void shed(int filesMax) {
        shed(longOnes, filesMax);
        shed(shortOnes, filesMax);
    }

    private void shed(ArrayDeque<LeaderAnswer> answers, int filesMax) {
        for (Iterator<LeaderAnswer> last = answers.descendingIterator(); files > filesMax && last.hasNext();) {
            LeaderAnswer answer = last.next();
            if (answer.holdsFile()) {
                answer.shed();
                files--;
            }
        }
    }

    /** Lets go of everything. */
    void clear() {
        shortOnes.forEach(LeaderAnswer::release);
        longOnes.forEach(LeaderAnswer::release);
        shortOnes.clear();
        longOnes.clear();
        files = 0;
    }
}
