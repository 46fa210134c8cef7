package io.partita.broker.http;

import io.partita.broker.env.Clock;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Remembers what came of requests that carry an {@code Idempotency-Key}, so that one that is sent again, because its answer was lost, is not done again. For a while, by this broker alone, and as long as
 * there is room. Thread-safe.
 */
final class IdempotencyKeys {

    static final String HEADER = "idempotency-key";
    private static final int KEY_CHARS_MAX = 255;
    private static final int KEYS_MAX = 20_000;
    /** Of answers. */
    private static final long BYTES_MAX = 8 * 1024 * 1024;
    private static final long KEPT_MILLIS = 600_000;
    /** Errors after which nobody knows whether records were written. */
    private static final Set<String> UNCERTAIN = Set.of("REQUEST_TIMED_OUT", "NOT_ENOUGH_REPLICAS_AFTER_APPEND");

    private final Clock clock;
    /** The oldest first. Guarded by this, as is the next. */
    private final Map<String, Known> known = new LinkedHashMap<>();
    private long bytes;

    /** @param answer null while it is under way */
    private record Known(String digest, HttpAnswer.Whole answer, long untilMillis) {

        int bytes() {
            return answer == null ? 0 : answer.body().length;
        }
    }

    IdempotencyKeys(Clock clock) {
        this.clock = clock;
    }

    /** Does something, or gives the answer that it had when it was done under the same key. @throws Problem when the key stands for another request, or for one that is not over */
    HttpAnswer once(Exchange exchange, Route.Operation act) throws Exception {
        HttpRequest request = exchange.request();
        String key = request.header(HEADER);
        if (key == null) {
            return act.serve(exchange);
        }
        if (key.isBlank() || key.length() > KEY_CHARS_MAX) {
            throw Problem.badRequest("An Idempotency-Key has 1 to " + KEY_CHARS_MAX + " characters.");
        }
        String name = exchange.kafka().caller().principal() + "\n" + request.path() + "\n" + key;
        String digest = HexFormat.of().formatHex(ConsoleFiles.digest(request.body())) + request.query();
        HttpAnswer.Whole before = begin(name, digest);
        if (before != null) {
            return before.with("idempotency-replayed", "true");
        }
        HttpAnswer.Whole answer = null;
        boolean isCertain = true;
        try {
            answer = (HttpAnswer.Whole) act.serve(exchange);
            isCertain = !isUncertain(answer);
            return answer;
        } catch (Problem problem) {
            isCertain = problem.status() < 500;
            throw problem;
        } catch (Exception | Error unknown) {
            isCertain = false;
            throw unknown;
        } finally {
            end(name, digest, !isCertain ? notKnown() : answer != null && answer.status() < 300 ? answer : null);
        }
    }

    private static boolean isUncertain(HttpAnswer.Whole answer) {
        if (answer.status() < 300) {
            return false;
        }
        var records = new JsonObject(new String(answer.body(), StandardCharsets.UTF_8)).getJsonArray("records");
        return records.stream().map(one -> ((JsonObject) one).getJsonObject("problem"))
                .anyMatch(problem -> problem != null && (problem.getString("error") == null || UNCERTAIN.contains(problem.getString("error"))));
    }

    private static HttpAnswer.Whole notKnown() {
        return Problem.of(409,
                "It is not known whether the request that came first under this Idempotency-Key was carried out: look for its records, and use another key"
                        + " to write them anew.")
                .answer();
    }

    /** The answer of before, null where it is to be done now. */
    private synchronized HttpAnswer.Whole begin(String name, String digest) {
        long now = clock.monotonicMillis();
        forget(now);
        Known before = known.get(name);
        if (before == null) {
            known.put(name, new Known(digest, null, now + KEPT_MILLIS));
            return null;
        }
        if (!before.digest.equals(digest)) {
            throw Problem.of(422, "This Idempotency-Key came with another request before: a new request needs a new key.");
        }
        if (before.answer == null) {
            throw Problem.of(409, "The request that came first under this Idempotency-Key is still being carried out: try again in a moment.");
        }
        return before.answer;
    }

    /** @param answer that whoever comes again gets, null where it may be tried again */
    private synchronized void end(String name, String digest, HttpAnswer.Whole answer) {
        known.remove(name);
        if (answer != null) {
            Known done = new Known(digest, answer, clock.monotonicMillis() + KEPT_MILLIS);
            known.put(name, done);
            bytes += done.bytes();
        }
    }

    private void forget(long now) {
        Iterator<Known> oldest = known.values().iterator();
        while (oldest.hasNext()) {
            Known one = oldest.next();
            if (now < one.untilMillis && known.size() < KEYS_MAX && bytes < BYTES_MAX) {
                return;
            }
            if (one.answer != null) {
                oldest.remove();
                bytes -= one.bytes();
            }
        }
    }
}
