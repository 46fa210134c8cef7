package io.partita.broker.share;

import io.partita.broker.record.QueueHeaders;
import io.partita.broker.share.state.StateBatch;

/** Records in the same state. {@link Runs} counts what it is like: only there, and while it is not in there, it changes. */
final class Run {

    final long first;
    long last;
    byte state;
    short count;
    /** The class of its records; the usual one where nobody looked at that. */
    byte priority = QueueHeaders.PRIORITY_USUAL;
    /** Who has it while ACQUIRED. */
    String member;
    /** When it is taken back while ACQUIRED, by the monotonic clock. */
    long deadlineMillis;
    /** When it is given out again while AVAILABLE, by the monotonic clock; 0 for at once. */
    long readyMillis;

    Run(long first, long last, byte state, int count) {
        this.first = first;
        this.last = last;
        this.state = state;
        this.count = (short) count;
    }

    long size() {
        return last - first + 1;
    }

    boolean isFinal() {
        return StateBatch.isFinal(state);
    }

    boolean isReady() {
        return state == StateBatch.AVAILABLE && readyMillis == 0;
    }

    /** Whether nobody was ever given it, as far as it is known here. */
    boolean isFresh() {
        return state == StateBatch.AVAILABLE && count == 0;
    }

    /** The part of it from there on, as a run of its own. */
    Run rest(long from, long to) {
        Run rest = new Run(from, to, state, count);
        rest.priority = priority;
        rest.member = member;
        rest.deadlineMillis = deadlineMillis;
        rest.readyMillis = readyMillis;
        return rest;
    }

    boolean isLike(Run other) {
        return state == other.state && state != StateBatch.ACQUIRED && readyMillis == other.readyMillis
                && (isFinal() || count == other.count && priority == other.priority);
    }
}
