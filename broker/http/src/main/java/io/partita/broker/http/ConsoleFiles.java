package io.partita.broker.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;

/** The files of the console, as they lie in this jar: read when they are first asked for, kept compressed. Thread-safe. */
final class ConsoleFiles {

    /** Nothing but what comes from here, no scripts within pages, in nobody's frame. */
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self';"
            + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /** All there are: nothing else is looked for. */
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("/", "index.html"), Map.entry("/index.html", "index.html"), Map.entry("/console/style.css", "style.css"),
            Map.entry("/console/main.js", "main.js"), Map.entry("/console/api.js", "api.js"), Map.entry("/console/dom.js", "dom.js"),
            Map.entry("/console/words.js", "words.js"), Map.entry("/console/format.js", "format.js"), Map.entry("/console/chart.js", "chart.js"),
            Map.entry("/console/overview.js", "overview.js"), Map.entry("/console/topics.js", "topics.js"), Map.entry("/console/topic.js", "topic.js"),
            Map.entry("/console/groups.js", "groups.js"), Map.entry("/console/clients.js", "clients.js"), Map.entry("/console/copy.js", "copy.js"),
            Map.entry("/console/brokers.js", "brokers.js"),
            Map.entry("/console/events.js", "events.js"),
            Map.entry("/console/access.js", "access.js"), Map.entry("/console/login.js", "login.js"), Map.entry("/console/reference.js", "reference.js"),
            Map.entry("/console/icon.svg", "icon.svg"));

    private record Content(byte[] plain, byte[] packed, String tag) {}

    private final Map<String, Content> contents = new ConcurrentHashMap<>();

    /** The answer for a path, null when there is no such file. */
    HttpAnswer.Whole find(HttpRequest request) {
        String file = TYPES.get(request.path());
        if (file == null) {
            return null;
        }
        Content content = contents.computeIfAbsent(file, ConsoleFiles::read);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("etag", content.tag);
        headers.put("cache-control", "no-cache");
        headers.put("content-security-policy", POLICY);
        headers.put("content-type", type(file));
        headers.put("vary", "accept-encoding");
        if (content.tag.equals(request.header("if-none-match"))) {
            return new HttpAnswer.Whole(304, headers, new byte[0]);
        }
        if (packs(request)) {
            headers.put("content-encoding", "gzip");
            return new HttpAnswer.Whole(200, headers, content.packed);
        }
        return new HttpAnswer.Whole(200, headers, content.plain);
    }

    static boolean packs(HttpRequest request) {
        String encodings = request.header("accept-encoding");
        return encodings != null && encodings.contains("gzip");
    }

    private static String type(String file) {
        return switch (file.substring(file.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            default -> "image/svg+xml";
        };
    }

    private static Content read(String file) {
        try (InputStream in = ConsoleFiles.class.getResourceAsStream("console/" + file)) {
            if (in == null) {
                throw new IllegalStateException("the console's file " + file + " is not in the jar");
            }
            byte[] plain = in.readAllBytes();
            return new Content(plain, packed(plain), "\"" + HexFormat.of().formatHex(digest(plain), 0, 8) + "\"");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This JVM has no SHA-256", e);
        }
    }

    static byte[] packed(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length / 3 + 64);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
