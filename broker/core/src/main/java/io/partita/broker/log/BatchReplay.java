package io.partita.broker.log;

import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes over the headers of a part of a log, for what follows from them. */
final class BatchReplay {

    private static final Logger LOG = LoggerFactory.getLogger(BatchReplay.class);

    /** Is given the scanner at each batch. */
    interface Taker {
        void take(BatchScanner batch) throws IOException;
    }

    private BatchReplay() {}

    /** Hands the batches of [{@code from}, {@code endOffset}) to {@code taker} in order. What cannot be read is left out, with a line in the log. */
    static void over(List<Segment> segments, long from, long endOffset, Taker taker) throws IOException {
        for (int index = 0; index < segments.size(); index++) {
            Segment segment = segments.get(index);
            long segmentEnd = index + 1 < segments.size() ? segments.get(index + 1).baseOffset : Long.MAX_VALUE;
            if (segmentEnd <= from || segment.baseOffset >= endOffset || from >= endOffset || segment.size() == 0) {
                continue;
            }
            try {
                over(segment, from, endOffset, taker);
            } catch (CorruptLogException e) {
                LOG.warn("What is kept of the producers and leader epochs of {} may lack something: {}.", segment.log.path(), e.getMessage());
            }
        }
    }

    private static void over(Segment segment, long from, long endOffset, Taker taker) throws IOException {
        Segment.BatchLocation first = segment.locate(from, segment.size());
        if (first == null) {
            return;
        }
        LogFile.Handle open = segment.log.acquire();
        try {
            BatchScanner batches = segment.headers(open, first.position());
            while (batches.next() && batches.baseOffset() < endOffset) {
                taker.take(batches);
            }
            if (batches.problem() != null) {
                throw segment.corrupt(batches.position(), batches.problem());
            }
        } finally {
            open.release();
        }
    }
}
