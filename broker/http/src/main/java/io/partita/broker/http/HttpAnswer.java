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
