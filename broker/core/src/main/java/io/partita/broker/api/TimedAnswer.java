package io.partita.broker.api;

import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers a request once: with what a stage gives, or with an error when it fails or takes longer than the client waits. */
final class TimedAnswer {

    private static final Logger LOG = LoggerFactory.getLogger(TimedAnswer.class);

    private TimedAnswer() {}

    /**
     * @param timeoutMillis how long the client waits; what the stage stands for goes on after that
     * @param done makes the answer of what the stage gives
     * @param failed makes the answer of an error and its explanation
     */
    static <T> void give(
            RequestContext context,
            CompletionStage<T> stage,
            int timeoutMillis,
            Function<T, Message> done,
            BiFunction<ErrorCode, String, Message> failed) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        AtomicBoolean given = new AtomicBoolean();
        EventLoop.Timer timer = future.isDone() ? null : context.eventLoop().schedule(Math.max(0, timeoutMillis), () -> {
            if (given.compareAndSet(false, true)) {
                context.respond(failed.apply(ErrorCode.REQUEST_TIMED_OUT, "It was not done within the " + timeoutMillis
                        + " ms the client waits, and may still be done. Ask for the state before trying again, or allow more time."));
            }
        });
        future.whenComplete((value, failure) -> {
            if (!given.compareAndSet(false, true)) {
                return;
            }
            if (timer != null) {
                timer.cancel();
            }
            try {
                context.respond(failure == null ? done.apply(value) : failed.apply(ErrorCode.UNKNOWN_SERVER_ERROR, reason(failure)));
            } catch (RuntimeException | Error defect) {
                LOG.error("The answer to a {} request could not be made", context.apiKey(), defect);
                context.disconnect("its request could not be answered");
            }
        });
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause.getMessage();
    }
}
