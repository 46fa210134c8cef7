package io.partita.broker.http;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What all of HTTP may hold in memory at once, so that no number of clients can make the broker run out of it: bodies of requests, records that are being read, and pieces of streams that
 * their readers have not taken yet. Thread-safe.
 */
public final class Bounds {

    /** Largest body of a request. */
    public static final int BODY_BYTES_MAX = 8 * 1024 * 1024;
    /** A body so small counts nothing: every connection may have one. */
    private static final int BODY_BYTES_FREE = 8 * 1024;
    private static final int KILOBYTE = 1024;
    /** Bodies, from their announcement until the request is answered. What JSON becomes in the heap is a multiple of it. */
    private static final int BODIES_KILOBYTES = 16 * KILOBYTE;
    /** Who reads many records at once. */
    private static final int READS_MAX = 2;
    private static final long READ_WAIT_SECONDS = 10;
    /** Who makes a piece of a stream out of records. */
    private static final int MAKERS_MAX = 2;
    /** Pieces of streams on their way. */
    private static final int PIECES_KILOBYTES = 16 * KILOBYTE;

    private final Semaphore bodies = new Semaphore(BODIES_KILOBYTES);
    private final Semaphore reads = new Semaphore(READS_MAX);
    private final Semaphore makers = new Semaphore(MAKERS_MAX, true);
    private final Semaphore pieces = new Semaphore(PIECES_KILOBYTES);

    /** Something that is done while there is room for it. */
    @FunctionalInterface
    interface Act<T> {
        T run() throws Exception;
    }

    /** What a body takes of what there is. @param announced its length, −1 where that is not known before it has come */
    private static int kilobytes(long announced) {
        long bytes = announced < 0 ? BODY_BYTES_MAX : announced;
        return bytes <= BODY_BYTES_FREE ? 0 : (int) (Math.min(bytes, BODY_BYTES_MAX) / KILOBYTE + 1);
    }

    /** Whether there is room for a body; then it is to be {@link #bodyDone} with. @param announced its length, −1 where that is not known before it has come */
    public boolean takesBody(long announced) {
        return bodies.tryAcquire(kilobytes(announced));
    }

    /** The request of a body that was taken is answered, or its client is gone. */
    public void bodyDone(long announced) {
        bodies.release(kilobytes(announced));
    }

    /** Reads many records; waits for others who do. @throws Problem when that takes too long */
    <T> T reading(Act<T> act) throws Exception {
        if (!reads.tryAcquire(READ_WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw Problem.of(503, "Others look at records, and it takes long: try again in a moment.");
        }
        try {
            return act.run();
        } finally {
            reads.release();
        }
    }

    /** Waits until no piece of a stream is on its way. */
    void awaitNoPiece() throws InterruptedException {
        pieces.acquire(PIECES_KILOBYTES);
        pieces.release(PIECES_KILOBYTES);
    }

    /**
     * Makes a piece of a stream, of no bytes where there is nothing to say, and sends it. A batch of records may be as large as its topic allows, so few make one at once, and go on when there is
     * room for what they made among the pieces on their way: who waits holds nothing.
     *
     * @return whether there was something to say
     */
    boolean piece(Supplier<byte[]> made, HttpAnswer.Sink sink) throws IOException, InterruptedException {
        byte[] piece;
        int kilobytes;
        makers.acquire();
        try {
            piece = made.get();
            if (piece.length == 0) {
                return false;
            }
            kilobytes = Math.min(PIECES_KILOBYTES, piece.length / KILOBYTE + 1);
            pieces.acquire(kilobytes);
        } finally {
            makers.release();
        }
        try {
            sink.write(piece);
        } finally {
            pieces.release(kilobytes);
        }
        return true;
    }
}
