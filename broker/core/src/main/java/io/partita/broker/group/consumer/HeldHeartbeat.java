package io.partita.broker.group.consumer;

import io.partita.broker.env.EventLoop;
import io.partita.broker.group.Answer;
import java.util.function.Consumer;

/**
 * A heartbeat that there is nothing to say to, kept back until there is, the client sends something else, or a bound has passed, whichever is first.
 * Owned by the group's event loop.
 */
final class HeldHeartbeat {

    private final ConsumerMember member;
    private final Answer<ConsumerHeartbeatResult> answer;
    private final ConsumerHeartbeatResult nothingNew;
    private final EventLoop.Timer bound;

    private HeldHeartbeat(EventLoop loop, ConsumerMember member, long millis, Answer<ConsumerHeartbeatResult> answer, ConsumerHeartbeatResult nothingNew) {
        this.member = member;
        this.answer = answer;
        this.nothingNew = nothingNew;
        this.bound = loop.schedule(millis, this::release);
    }

    /** Keeps {@code answer} back for at most {@code millis}; then it is given {@code nothingNew}. */
    static void hold(EventLoop loop, ConsumerMember member, long millis, Answer<ConsumerHeartbeatResult> answer, ConsumerHeartbeatResult nothingNew) {
        release(member);
        var held = new HeldHeartbeat(loop, member, millis, answer, nothingNew);
        member.held = held;
        answer.held(() -> loop.run(held::release));
    }

    /** Lets go of what a member has waiting, if anything. */
    static void release(ConsumerMember member) {
        if (member.held != null) {
            member.held.release();
        }
    }

    private void release() {
        end(given -> given.give(nothingNew));
    }

    /** There is something to say: {@code with} is given the answer, if nothing was said yet. */
    void end(Consumer<Answer<ConsumerHeartbeatResult>> with) {
        if (member.held == this) {
            member.held = null;
            bound.cancel();
            with.accept(answer);
        }
    }
}
