package io.partita.mock;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.ServerRequest;
import io.fabric8.mockwebserver.ServerResponse;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Dispatcher;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * fabric8's mock of an API server: it has watches and conflicts, but no schema, no CEL rules, no server-side apply, no garbage collection and no rights. Alone it lets an
 * update of a status overwrite one that was not seen, which no API server does; here that is a conflict.
 */
public final class KubernetesMock extends KubernetesMockServer {

    private final StatusConflicts dispatcher;

    public KubernetesMock() {
        this(new HashMap<>());
    }

    private KubernetesMock(Map<ServerRequest, Queue<ServerResponse>> expectations) {
        this(expectations, new StatusConflicts(new KubernetesMixedDispatcher(expectations)));
    }

    private KubernetesMock(Map<ServerRequest, Queue<ServerResponse>> expectations, StatusConflicts dispatcher) {
        super(new Context(), new MockWebServer(), expectations, dispatcher, false);
        this.dispatcher = dispatcher;
    }

    /**
     * Answers some requests with an error from now on, in place of whatever was refused before.
     *
     * @param path what is in their path, {@code null} for no request
     * @param code for example 403, which is refused for good, or 503, which is not
     */
    public void refuse(HttpMethod method, String path, int code) {
        dispatcher.refusal = path == null ? null : new Refusal(method, path, code);
    }

    /** Publishes the key of tokens as an API server does, from now on. */
    public void publish(AccountTokens tokens) {
        expect().get().withPath("/openid/v1/jwks").andReturn(HttpURLConnection.HTTP_OK, tokens.published()).always();
    }

    /** How many requests were refused. */
    public int refused() {
        return dispatcher.refused.get();
    }

    private record Refusal(HttpMethod method, String path, int code) {}

    private static final class StatusConflicts extends Dispatcher {

        private static final String STATUS = "/status";

        private final Dispatcher mock;
        private final AtomicInteger refused = new AtomicInteger();
        private volatile Refusal refusal;

        private StatusConflicts(Dispatcher mock) {
            this.mock = mock;
        }

        @Override
        public synchronized MockResponse dispatch(RecordedRequest request) {
            Refusal refusing = refusal;
            if (refusing != null && request.method() == refusing.method && request.getPath().contains(refusing.path)) {
                refused.incrementAndGet();
                return error(refusing.code, "Refused", "the test does not want it");
            }
            boolean conflicts = request.method() == HttpMethod.PUT && request.getPath().endsWith(STATUS) && isOutdated(request);
            return conflicts ? conflict() : mock.dispatch(request);
        }

        private boolean isOutdated(RecordedRequest update) {
            String path = update.getPath().substring(0, update.getPath().length() - STATUS.length());
            MockResponse present = mock.dispatch(new RecordedRequest(update.getHttpVersion(), HttpMethod.GET, path, update.getHeaders(), new Buffer()));
            String version = version(update.getBody());
            return present.code() == HttpURLConnection.HTTP_OK && version != null && !version.equals(version(present.getBody()));
        }

        private static String version(Buffer object) {
            // To read the buffer would take it from the mock.
            String json = new String(object.getBytes(), StandardCharsets.UTF_8);
            return Serialization.unmarshal(json, GenericKubernetesResource.class).getMetadata().getResourceVersion();
        }

        private static MockResponse conflict() {
            return error(HttpURLConnection.HTTP_CONFLICT, "Conflict", "the object has been modified");
        }

        private static MockResponse error(int code, String reason, String message) {
            return new MockResponse().setResponseCode(code).setBody(Serialization.asJson(
                    new StatusBuilder().withStatus("Failure").withReason(reason).withMessage(message).withCode(code).build()));
        }

        @Override
        public void shutdown() {
            mock.shutdown();
        }
    }
}
