package io.partita.broker.etcd;

import io.partita.broker.cluster.ObjectStoreException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Calls of etcd's gateway, each a POST of JSON. Any member is asked; after one has failed, another. So many at once and no more; each ends within a bounded time. Callable from any thread.
 */
final class EtcdCalls implements AutoCloseable {

    /** Calls under way at once, each on a connection of its own. */
    private static final int CALLS_MAX = 32;
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final long CALL_MILLIS = 5_000;
    private static final int OK = 200;

    private final List<URI> members;
    private final EtcdKeyring keyring;
    private final ExecutorService threads;
    private final HttpClient client;
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

    /** @param keyring what is shown and trusted, {@code null} where nothing is encrypted */
    EtcdCalls(List<URI> members, EtcdKeyring keyring) {
        this.members = members;
        this.keyring = keyring;
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).executor(threads);
        this.client = (keyring == null ? builder : builder.sslContext(keyring.context())).build();
        this.threads = threads;
    }

    /** Calls a method and gives back what it answers. */
    CompletableFuture<JsonObject> call(String path, JsonObject body) {
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        waiting.add(() -> send(path, body, answer));
        next();
        return answer;
    }

    private void next() {
        while (true) {
            int now = underWay.get();
            if (now >= CALLS_MAX || waiting.isEmpty()) {
                return;
            }
            if (underWay.compareAndSet(now, now + 1)) {
                Runnable call = waiting.poll();
                if (call != null) {
                    call.run();
                    return;
                }
                underWay.decrementAndGet();
            }
        }
    }

    private void send(String path, JsonObject body, CompletableFuture<JsonObject> answer) {
        int asked = turn.get();
        CompletableFuture<HttpResponse<String>> sent = client.sendAsync(request(path, body, asked), BodyHandlers.ofString());
        sent.orTimeout(CALL_MILLIS, TimeUnit.MILLISECONDS).whenComplete((response, failure) -> {
            underWay.decrementAndGet();
            next();
            if (failure == null && response.statusCode() == OK) {
                try {
                    answer.complete(new JsonObject(response.body()));
                    return;
                } catch (DecodeException notJson) {
                    failed(asked);
                    answer.completeExceptionally(new ObjectStoreException("etcd at " + member(asked) + " does not answer in JSON", notJson));
                    return;
                }
            }
            failed(asked);
            sent.cancel(true);
            answer.completeExceptionally(failure == null
                    ? new ObjectStoreException("etcd at " + member(asked) + " answers " + response.statusCode() + ": " + response.body().strip())
                    : unreached(asked, failure));
        });
    }

    private ObjectStoreException unreached(int asked, Throwable failure) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return new ObjectStoreException("etcd at " + member(asked) + " cannot be reached (" + cause + ")", cause);
    }

    /** Begins an answer that goes on and on, line by line; ends when the reader cancels it. The stage completes when it is over. */
    CompletableFuture<HttpResponse<Void>> stream(String path, JsonObject body, EtcdWatch reader) {
        int asked = turn.get();
        CompletableFuture<HttpResponse<Void>> streamed = client.sendAsync(request(path, body, asked), BodyHandlers.fromLineSubscriber(reader));
        streamed.whenComplete((response, failure) -> {
            if (failure != null || response.statusCode() != OK) {
                failed(asked);
            }
        });
        return streamed;
    }

    private HttpRequest request(String path, JsonObject body, int asked) {
        if (keyring != null) {
            keyring.lookNowAndThen(threads);
        }
        return HttpRequest.newBuilder(member(asked).resolve(path))
                .header("Content-Type", "application/json")
                // A member that has lost the others says so, instead of serving a watch on which nothing comes.
                .header("Grpc-Metadata-hasleader", "true")
                .POST(BodyPublishers.ofString(body.encode()))
                .build();
    }

    private URI member(int asked) {
        return members.get(Math.floorMod(asked, members.size()));
    }

    /** Of several calls that fail at one member, the first makes the next go to another. */
    private void failed(int asked) {
        turn.compareAndSet(asked, asked + 1);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
