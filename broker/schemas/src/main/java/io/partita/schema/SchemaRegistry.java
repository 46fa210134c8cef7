package io.partita.schema;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * A registry of schemas, asked by Confluent's REST interface, which Apicurio and Karapace speak too; keeps what it said. Schemas never change, so what is kept is never old. Thread-safe; waits, so
 * not for event loops. Its client is made when it is first asked.
 *
 * <p>Whoever may write to a topic decides what is asked for, and whoever may write to the registry what it answers: answers, references, schemas that are kept and questions in a time are bounded,
 * no redirect is followed, and a registry that does not answer is left alone for a while.
 */
public final class SchemaRegistry implements AutoCloseable {

    static final int SCHEMAS_MAX = 500;
    /** Of schemas' texts that are kept. What is made of them is some times that. */
    static final int KEPT_CHARS_MAX = 4 * 1024 * 1024;
    /** Of one answer. */
    static final int ANSWER_BYTES_MAX = 1024 * 1024;
    /** Of a schema and all that it refers to. */
    static final int TEXTS_CHARS_MAX = 2 * 1024 * 1024;
    static final int REFERENCES_MAX = 64;
    static final int REFERENCES_DEPTH_MAX = 16;
    /** Questions in {@link #AGAIN_NANOS}. */
    static final int QUESTIONS_MAX = 200;
    /** A registry that did not answer, and a schema that it does not have, are not asked for again for so long. */
    static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int CREDENTIALS_CHARS_MAX = 4096;
    private static final int OK = 200;
    private static final int ELSEWHERE = 300;
    private static final int REFUSED = 400;
    private static final int UNAUTHENTICATED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    /** Where user and password come from, as {@code user:password}. */
    @FunctionalInterface
    public interface Credentials {
        String read() throws IOException;
    }

    /** @param schema null where there is a problem, which counts until then */
    private record Kept(PayloadSchema schema, String problem, int chars, long until) {}

    private final URI address;
    private final Credentials credentials;
    private final long timeoutMillis;
    private final LongSupplier nanos;
    /** Questions are asked one after another: so many who wait for the same schema ask once. */
    private final ReentrantLock asking = new ReentrantLock();
    private final LinkedHashMap<String, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);
    private long keptChars;
    private HttpClient client;
    private String away;
    private long awayUntil;
    private int questions;
    private long questionsSince;

    /** @param credentials null for none @param timeoutMillis for so long it is waited for an answer */
    public SchemaRegistry(URI address, Credentials credentials, long timeoutMillis) {
        this(address, credentials, timeoutMillis, System::nanoTime);
    }

    SchemaRegistry(URI address, Credentials credentials, long timeoutMillis, LongSupplier nanos) {
        this.address = address;
        this.credentials = credentials;
        this.timeoutMillis = timeoutMillis;
        this.nanos = nanos;
        this.questionsSince = nanos.getAsLong();
    }

    /** @param path of the schema, as {@code /schemas/ids/7} @throws SchemaException when it cannot be had */
    PayloadSchema schema(String path) {
        Kept found = kept(path);
        if (found == null) {
            found = asked(path);
        }
        if (found.schema() == null) {
            throw new SchemaException(found.problem());
        }
        return found.schema();
    }

    /** How many schemas, and those that are not there, are kept. */
    int keptCount() {
        synchronized (kept) {
            return kept.size();
        }
    }

    private Kept kept(String path) {
        synchronized (kept) {
            Kept found = kept.get(path);
            return found == null || found.schema() == null && nanos.getAsLong() - found.until() > 0 ? null : found;
        }
    }

    private Kept asked(String path) {
        try {
            if (!asking.tryLock(timeoutMillis, TimeUnit.MILLISECONDS)) {
                throw new SchemaException("The schema registry has been asked for much: look again in a moment.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchemaException("Nobody waits for its schema any more.");
        }
        try {
            Kept found = kept(path);
            if (found != null) {
                return found;
            }
            Kept made = made(path);
            keep(path, made);
            return made;
        } finally {
            asking.unlock();
        }
    }

    private void keep(String path, Kept made) {
        synchronized (kept) {
            Kept before = kept.put(path, made);
            keptChars += made.chars() - (before == null ? 0 : before.chars());
            var oldest = kept.entrySet().iterator();
            while ((kept.size() > SCHEMAS_MAX || keptChars > KEPT_CHARS_MAX) && kept.size() > 1) {
                keptChars -= oldest.next().getValue().chars();
                oldest.remove();
            }
        }
    }

    private Kept made(String path) {
        List<String> texts = new ArrayList<>();
        try {
            JsonObject answer = get(path);
            String type = answer.getString("schemaType", "AVRO");
            if (!type.equals("JSON")) {
                collect(answer, texts, new LinkedHashMap<>(), 0);
            }
            PayloadSchema schema = switch (type) {
                case "AVRO" -> new AvroSchema(texts);
                case "PROTOBUF" -> new ProtobufSchema(texts);
                case "JSON" -> new JsonSchema();
                default -> throw new SchemaException("Its schema is of a kind that is not known here, " + AvroReader.shortened(type) + ".");
            };
            return new Kept(schema, null, texts.stream().mapToInt(String::length).sum(), 0);
        } catch (SchemaException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e; // others do wait
            }
            return new Kept(null, e.getMessage(), 0, nanos.getAsLong() + AGAIN_NANOS);
        } catch (ClassCastException | StackOverflowError e) {
            return new Kept(null, "The schema registry's answer is none of a schema registry.", 0, nanos.getAsLong() + AGAIN_NANOS);
        }
    }

    /** The texts of what a schema refers to, before its own. @param seen by subject and version */
    private void collect(JsonObject answer, List<String> texts, Map<String, Boolean> seen, int depth) {
        if (depth > REFERENCES_DEPTH_MAX) {
            throw new SchemaException("Its schema refers to others, more than " + REFERENCES_DEPTH_MAX + " deep.");
        }
        String text = answer.getString("schema");
        if (text == null) {
            throw new SchemaException("The schema registry's answer is none of a schema registry.");
        }
        JsonArray references = answer.getJsonArray("references", new JsonArray());
        for (int i = 0; references != null && i < references.size(); i++) {
            JsonObject reference = references.getJsonObject(i);
            String path = "/subjects/" + encoded(reference.getString("subject")) + "/versions/" + reference.getInteger("version");
            if (seen.putIfAbsent(path, true) == null) {
                if (seen.size() > REFERENCES_MAX) {
                    throw new SchemaException("Its schema refers to more than " + REFERENCES_MAX + " others.");
                }
                // One that is marked as deleted is still referred to.
                collect(get(path + "?deleted=true"), texts, seen, depth + 1);
            }
        }
        texts.add(text);
        if (texts.stream().mapToInt(String::length).sum() > TEXTS_CHARS_MAX) {
            throw new SchemaException("Its schema and what that refers to have more than " + TEXTS_CHARS_MAX + " characters.");
        }
    }

    private static String encoded(String subject) {
        return URLEncoder.encode(String.valueOf(subject), StandardCharsets.UTF_8).replace("+", "%20");
    }

    private JsonObject get(String path) {
        long now = nanos.getAsLong();
        if (away != null && now - awayUntil < 0) {
            throw new SchemaException(away);
        }
        if (now - questionsSince > AGAIN_NANOS) {
            questionsSince = now;
            questions = 0;
        }
        if (++questions > QUESTIONS_MAX) {
            throw new SchemaException("The schema registry has been asked for " + QUESTIONS_MAX + " schemas in ten seconds: look again in a moment.");
        }
        HttpResponse<byte[]> answer = sent(path);
        int status = answer.statusCode();
        if (status == NOT_FOUND) {
            throw new SchemaException("The schema registry has no such schema.");
        }
        if (status == UNAUTHENTICATED || status == FORBIDDEN) {
            throw isAway("The schema registry does not let this broker or tool in (" + status + "): look at its user and password.");
        }
        if (status >= ELSEWHERE && status < REFUSED) {
            throw isAway("The schema registry sends elsewhere (" + status + "), which is not followed: give the address where it is.");
        }
        if (status != OK) {
            throw isAway("The schema registry answers with status " + status + ".");
        }
        try {
            return new JsonObject(Buffer.buffer(answer.body()));
        } catch (DecodeException | ClassCastException e) {
            throw isAway("The schema registry's answer is none of a schema registry: look at its address.");
        }
    }

    private HttpResponse<byte[]> sent(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path)).timeout(Duration.ofMillis(timeoutMillis))
                .header("Accept", "application/vnd.schemaregistry.v1+json, application/json");
        if (credentials != null) {
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(secret().getBytes(StandardCharsets.UTF_8)));
        }
        if (client == null) {
            client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).connectTimeout(Duration.ofMillis(timeoutMillis))
                    .executor(Executors.newVirtualThreadPerTaskExecutor()).build();
        }
        CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
        try {
            return answer.get(timeoutMillis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw isAway("The schema registry at " + address + " does not answer within " + timeoutMillis + " ms.");
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new SchemaException("Nobody waits for its schema any more.");
        } catch (ExecutionException e) {
            throw isAway("The schema registry at " + address + " cannot be reached, or its answer is larger than " + ANSWER_BYTES_MAX + " bytes ("
                    + e.getCause().getClass().getSimpleName() + ").");
        }
    }

    private String secret() {
        try {
            String secret = credentials.read().strip();
            if (secret.length() <= CREDENTIALS_CHARS_MAX && secret.indexOf(':') > 0) {
                return secret;
            }
        } catch (IOException e) {
            // Said below, without what is in it.
        }
        throw isAway("User and password of the schema registry cannot be read: they are user:password, in a file of one line.");
    }

    private SchemaException isAway(String sentence) {
        away = sentence;
        awayUntil = nanos.getAsLong() + AGAIN_NANOS;
        return new SchemaException(sentence);
    }

    @Override
    public void close() {
        asking.lock();
        try {
            if (client != null) {
                client.shutdownNow();
                client = null;
            }
        } finally {
            asking.unlock();
        }
    }
}
