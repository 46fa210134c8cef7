package io.partita.broker.group;

import io.partita.broker.env.EventLoop;
import java.util.function.Consumer;

/**
 * Where a member's heartbeat waits that there is nothing to say to: until there is, the client sends something else, or a bound has passed, whichever is
 * first. Owned by the group's event loop.
 *
 * @param <R> what the heartbeat is answered with
 */
public final class HeldPlace<R> {

    private Held held;

    /** Keeps {@code answer} back for at most {@code millis}; then it is given {@code nothingNew}. What waited before is let go of. */
    public void hold(EventLoop loop, long millis, Answer<R> answer, R nothingNew) {
        release();
        var now = new Held(answer, nothingNew);
        now.bound = loop.schedule(millis, () -> release(now));
        held = now;
        answer.held(() -> loop.run(() -> release(now)));
    }

    public boolean isHeld() {
        return held != null;
    }

    /** Lets go of what waits, if anything does. */
    public void release() {
        if (held != null) {
            release(held);
        }
    }

    private void release(Held one) {
        if (held == one) {
            end(answer -> answer.give(one.nothingNew));
        }
    }

    /** There is something to say: {@code with} is given the answer that waits, if one does. */
    public void end(Consumer<Answer<R>> with) {
        Held one = held;
        if (one != null) {
            held = null;
            one.bound.cancel();
            with.accept(one.answer);
        }
    }

    private final class Held {
        private final Answer<R> answer;
        private final R nothingNew;
        private EventLoop.Timer bound;

        private Held(Answer<R> answer, R nothingNew) {
            this.answer = answer;
            this.nothingNew = nothingNew;
        }
    }
}
