package io.partita.broker.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What an HTTP request is answered with. */
public sealed interface HttpAnswer {

    int status();

    /** By name in lower case. */
    Map<String, String> headers();

    /** An answer that is there as a whole. */
    record Whole(int status, Map<String, String> headers, byte[] body) implements HttpAnswer {

        Whole with(String header, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(header, value);
            return new Whole(status, more, body);
        }
    }

    /** An answer that goes on until its reader is gone, or it has no more to say. */
    record Stream(int status, Map<String, String> headers, Source source) implements HttpAnswer {}

    /** A WebSocket that the request becomes. Headers are those of the answer to its handshake. */
    record Socket(Map<String, String> headers, Talk talk) implements HttpAnswer {

        @Override
        public int status() {
            return 101;
        }
    }

    /** What is done with a WebSocket. */
    @FunctionalInterface
    interface Talk {

        /** Talks until one of both ends it, on a thread that may wait. @throws IOException when the other side is gone */
        void run(Line line) throws IOException, InterruptedException;
    }

    /** A WebSocket of texts. {@link #receive} is called by one thread; the others by any. */
    interface Line {

        /** Of one text from the other side. */
        int TEXT_BYTES_MAX = 64 * 1024;

        /** Whether the other side is still there. */
        boolean isOpen();

        /** Hands over a text; waits as long as the other side does not take what was handed over before. @throws IOException when it is gone, or takes nothing for too long */
        void send(String text) throws IOException, InterruptedException;

        /** Asks the other side for a sign, so that it is noticed when it is gone. */
        void ping();

        /** The next text, which is not read from the network before it is asked for; null when there will be none any more. */
        String receive() throws InterruptedException;

        /** Says that it is over. @param status as RFC 6455 has them */
        void end(int status, String reason);
    }

    /** Whoever has something to say. */
    @FunctionalInterface
    interface Source {

        /** Says all of it, on a thread that may wait. @throws IOException when the reader is gone */
        void run(Sink sink) throws IOException, InterruptedException;
    }

    /** Where a stream goes. */
    interface Sink {

        /** Whether there is still a reader. */
        boolean isOpen();

        /** Hands over some bytes; waits as long as the reader does not take what was handed over before. @throws IOException when it is gone, or takes nothing for too long */
        void write(byte[] bytes) throws IOException, InterruptedException;
    }

    static Whole json(int status, JsonObject body) {
        return json(status, body.encode());
    }

    static Whole json(int status, JsonArray body) {
        return json(status, body.encode());
    }

    private static Whole json(int status, String body) {
        return new Whole(status, Map.of("content-type", "application/json"), body.getBytes(StandardCharsets.UTF_8));
    }

    static Whole ok(JsonObject body) {
        return json(200, body);
    }

    static Whole nothing() {
        return new Whole(204, Map.of(), new byte[0]);
    }
}
