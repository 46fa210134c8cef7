package io.partita.broker.group.classic;

import io.partita.broker.env.EventLoop;
import io.partita.broker.group.Answer;
import io.partita.broker.protocol.ErrorCode;
import java.util.function.Consumer;

/**
 * A result that is ready but kept back until the group changes, the client sends something else, or a bound has passed, whichever is first. Owned
 * by the group's event loop.
 */
final class HeldAnswer {

    private final Member member;
    private final Consumer<ErrorCode> result;
    private final EventLoop.Timer bound;

    private HeldAnswer(EventLoop loop, Member member, long millis, Consumer<ErrorCode> result) {
        this.member = member;
        this.result = result;
        this.bound = loop.schedule(millis, this::release);
    }

    /**
     * Keeps {@code answer} back for at most {@code millis}; one that the member had before is let go. In the end {@code result} is called with
     * {@link ErrorCode#NONE} or with what has changed, and makes the answer.
     */
    static void hold(EventLoop loop, Member member, long millis, Answer<?> answer, Consumer<ErrorCode> result) {
        if (member.held != null) {
            member.held.release();
        }
        var held = new HeldAnswer(loop, member, millis, result);
        member.held = held;
        answer.held(() -> loop.run(held::release));
    }

    /** Nothing has changed. */
    private void release() {
        end(ErrorCode.NONE);
    }

    /** Answers with {@code error}, if that has not been done. */
    void end(ErrorCode error) {
        if (member.held == this) {
            member.held = null;
            bound.cancel();
            result.accept(error);
        }
    }
}
