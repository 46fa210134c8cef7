package io.partita.broker.http;

import io.partita.broker.protocol.ErrorCode;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Why a request cannot be carried out, as RFC 9457 has it: a sentence that says what to do about it, and Kafka's name of the error where there is one. */
final class Problem extends RuntimeException {

    private static final int RETRY_SECONDS = 1;

    private final int status;
    private final ErrorCode error;
    private final Map<String, String> headers = new LinkedHashMap<>();

    private Problem(int status, ErrorCode error, String sentence) {
        // Without a stack: it says what a client did.
        super(sentence, null, false, false);
        this.status = status;
        this.error = error;
    }

    static Problem of(int status, String sentence) {
        return new Problem(status, ErrorCode.NONE, sentence);
    }

    static Problem badRequest(String sentence) {
        return of(400, sentence);
    }

    static Problem notFound(String sentence) {
        return of(404, sentence);
    }

    static Problem tooLarge() {
        return of(413, "A body has " + Bounds.BODY_BYTES_MAX + " bytes at most: send it in parts.");
    }

    /** An error of Kafka's, about something. @param told what the broker says of it, or null */
    static Problem of(ErrorCode error, String about, String told) {
        String sentence = told != null && !told.isBlank() ? sentence(told) : Remedies.of(error, about);
        return new Problem(Remedies.status(error), error, sentence);
    }

    /** Throws unless the code says that all is well. */
    static void check(short code, String about, String told) {
        if (code != ErrorCode.NONE.code()) {
            throw of(ErrorCode.forCode(code), about, told);
        }
    }

    private static String sentence(String told) {
        String text = told.strip();
        return text.endsWith(".") || text.endsWith("!") || text.endsWith("?") ? text : text + ".";
    }

    Problem with(String header, String value) {
        headers.put(header, value);
        return this;
    }

    int status() {
        return status;
    }

    ErrorCode error() {
        return error;
    }

    JsonObject json() {
        JsonObject problem = new JsonObject()
                .put("type", error == ErrorCode.NONE ? "about:blank" : "urn:partita:error:" + error.name().toLowerCase(java.util.Locale.ROOT))
                .put("title", title())
                .put("status", status)
                .put("detail", getMessage());
        if (error != ErrorCode.NONE) {
            problem.put("error", error.name()).put("retriable", error.retriable());
        }
        return problem;
    }

    HttpAnswer.Whole answer() {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("content-type", "application/problem+json");
        if (status == 503 || status == 429) {
            all.putIfAbsent("retry-after", Integer.toString(RETRY_SECONDS));
        }
        return new HttpAnswer.Whole(status, all, json().encode().getBytes(StandardCharsets.UTF_8));
    }

    private String title() {
        return switch (status) {
            case 400 -> "Bad request";
            case 401 -> "Not logged in";
            case 403 -> "Not allowed";
            case 404 -> "Not found";
            case 405 -> "No such method here";
            case 409 -> "Conflict";
            case 412 -> "Changed meanwhile";
            case 413 -> "Too large";
            case 415 -> "Other kind of content expected";
            case 421 -> "Not for this address";
            case 422 -> "Not to be shown";
            case 426 -> "Upgrade wanted";
            case 429 -> "Too many requests";
            case 503 -> "Not available now";
            default -> "Failed";
        };
    }
}
