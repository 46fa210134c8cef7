package io.partita.broker.group.share;

import io.partita.broker.env.EventLoop;
import io.partita.broker.group.Answer;
import java.util.function.Consumer;

/**
 * A heartbeat that there is nothing to say to, kept back until there is, the client sends something else, or a bound has passed, whichever is first.
 * Owned by the group's event loop.
 */
final class HeldShareHeartbeat {

    private final ShareMember member;
    private final Answer<ShareHeartbeatResult> answer;
    private final ShareHeartbeatResult nothingNew;
    private final EventLoop.Timer bound;

    private HeldShareHeartbeat(EventLoop loop, ShareMember member, long millis, Answer<ShareHeartbeatResult> answer, ShareHeartbeatResult nothingNew) {
        this.member = member;
        this.answer = answer;
        this.nothingNew = nothingNew;
        this.bound = loop.schedule(millis, this::release);
    }

    /** Keeps {@code answer} back for at most {@code millis}; then it is given {@code nothingNew}. */
    static void hold(EventLoop loop, ShareMember member, long millis, Answer<ShareHeartbeatResult> answer, ShareHeartbeatResult nothingNew) {
        release(member);
        var held = new HeldShareHeartbeat(loop, member, millis, answer, nothingNew);
        member.held = held;
        answer.held(() -> loop.run(held::release));
    }

    /** Lets go of what a member has waiting, if anything. */
    static void release(ShareMember member) {
        if (member.held != null) {
            member.held.release();
        }
    }

    private void release() {
        end(given -> given.give(nothingNew));
    }

    /** There is something to say: {@code with} is given the answer, if nothing was said yet. */
    void end(Consumer<Answer<ShareHeartbeatResult>> with) {
        if (member.held == this) {
            member.held = null;
            bound.cancel();
            with.accept(answer);
        }
    }
}
