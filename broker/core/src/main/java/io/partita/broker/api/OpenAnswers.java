package io.partita.broker.api;

import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.Message;
import io.partita.broker.replication.PartitionLeader;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Counts the parts of a response that other threads still fill in; the last one to be done gives the response. The handler counts as a part of its
 * own, so that the response is not given before all parts have been begun.
 */
final class OpenAnswers {

    private final RequestContext context;
    private final Message response;
    private final AtomicInteger open = new AtomicInteger(1);

    OpenAnswers(RequestContext context, Message response) {
        this.context = context;
        this.response = response;
    }

    /** Another part is begun. */
    void begin() {
        open.incrementAndGet();
    }

    /** Does a part on the loop of its owner. What it throws ends the owner, and the connection, since there is no answer. */
    void on(EventLoop owner, Runnable part) {
        begin();
        owner.run(() -> finish(part));
    }

    /** As {@link #on}, with the owner's log in memory, which a worker sees to. The part is told why it could not be, else {@code null}. */
    void onOpenLog(PartitionLeader owner, Consumer<Throwable> part) {
        begin();
        owner.whenOpen(failure -> finish(() -> part.accept(failure)));
    }

    private void finish(Runnable part) {
        boolean done = false;
        try {
            part.run();
            done = true;
        } finally {
            if (!done) {
                context.disconnect("its request could not be answered");
            }
        }
        done();
    }

    /** A part, or the handler, is done. Any thread. */
    void done() {
        if (open.decrementAndGet() == 0) {
            context.respond(response);
        }
    }
}
