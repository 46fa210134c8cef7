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

/**
 * fabric8's mock of an API server: it has watches and conflicts, but no schema, no CEL rules, no server-side apply, no garbage collection and no rights. Alone it lets an
 * update of a status overwrite one that was not seen, which no API server does; here that is a conflict.
 */
public final class KubernetesMock extends KubernetesMockServer {

    public KubernetesMock() {
        this(new HashMap<>());
    }

    private KubernetesMock(Map<ServerRequest, Queue<ServerResponse>> expectations) {
        super(new Context(), new MockWebServer(), expectations, new StatusConflicts(new KubernetesMixedDispatcher(expectations)), false);
    }

    private static final class StatusConflicts extends Dispatcher {

        private static final String STATUS = "/status";

        private final Dispatcher mock;

        private StatusConflicts(Dispatcher mock) {
            this.mock = mock;
        }

        @Override
        public synchronized MockResponse dispatch(RecordedRequest request) {
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
            return new MockResponse().setResponseCode(HttpURLConnection.HTTP_CONFLICT).setBody(Serialization.asJson(new StatusBuilder()
                    .withStatus("Failure")
                    .withReason("Conflict")
                    .withMessage("the object has been modified")
                    .withCode(HttpURLConnection.HTTP_CONFLICT)
                    .build()));
        }

        @Override
        public void shutdown() {
            mock.shutdown();
        }
    }
}
