package io.partita.broker.api;

import io.partita.broker.env.Workers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers of requests that have to wait for a disk: given by a worker, and if that fails, the connection ends instead of waiting for ever. */
final class BlockingAnswer {

    private static final Logger LOG = LoggerFactory.getLogger(BlockingAnswer.class);

    private BlockingAnswer() {}

    /** Has a worker run {@code answer}, which responds. */
    static void give(RequestContext context, Workers workers, Runnable answer) {
        workers.execute(() -> {
            try {
                answer.run();
            } catch (RuntimeException | Error defect) {
                LOG.error("A {} request could not be answered. This is a defect of the broker; please report it.", context.apiKey(), defect);
                context.disconnect("its request could not be answered");
            }
        });
    }
}
