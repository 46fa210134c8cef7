package io.partita.broker.app;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionSetText;
import io.partita.crds.Cluster;
import io.partita.crds.KafkaRules;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.Topic;
import io.partita.crds.TopicStatus;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers like an API server that has one cluster with one topic, so that the training of the image takes a broker's first seconds on Kubernetes in: lists, watches,
 * registration, an election. It remembers next to nothing.
 */
final class TrainingApiServer implements AutoCloseable {

    static final String NAMESPACE = "training";
    static final String CLUSTER = "training";
    static final String CLUSTER_UID = "4f1c1c1e-0000-4000-8000-000000000001";

    private static final String TOPIC_UID = "4f1c1c1e-0000-4000-8000-000000000002";
    private static final String SET_UID = "4f1c1c1e-0000-4000-8000-000000000003";
    private static final String RULES_UID = "4f1c1c1e-0000-4000-8000-000000000004";
    private static final long STEP_SECONDS = 10;

    private final KubernetesSerialization serialization;
    private final HttpServer server;
    private final AtomicInteger versions = new AtomicInteger(1);

    TrainingApiServer(Vertx vertx, int port, KubernetesSerialization serialization) throws Exception {
        this.serialization = serialization;
        this.server = vertx.createHttpServer()
                .webSocketHandler(socket -> socket.writeTextMessage("{\"type\":\"BOOKMARK\",\"object\":" + serialization.asJson(kind(socket.path())) + "}"))
                .requestHandler(this::answer);
        server.listen(port, "127.0.0.1").toCompletionStage().toCompletableFuture().get(STEP_SECONDS, TimeUnit.SECONDS);
    }

    private void answer(HttpServerRequest request) {
        boolean single = request.path().matches(".*/(clusters|topics|partitionsets|kafkarules|leases)/[^/]+(/status)?");
        if (request.method() == HttpMethod.GET && single && request.path().contains("/leases/")) {
            request.response().setStatusCode(404)
                    .end("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"code\":404}");
        } else if (request.method() == HttpMethod.GET) {
            String object = serialization.asJson(kind(request.path()));
            String items = request.path().endsWith("/leases") ? "" : object;
            request.response().putHeader("Content-Type", "application/json")
                    .end(single ? object : "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[" + items + "]}");
        } else if (request.method() == HttpMethod.PATCH && request.path().contains("/partitionsets")) {
            request.bodyHandler(body -> request.response().putHeader("Content-Type", "application/json").end(serialization.asJson(changed(body))));
        } else if (request.method() == HttpMethod.PATCH) {
            request.response().putHeader("Content-Type", "application/json").end(serialization.asJson(kind(request.path())));
        } else if (request.method() == HttpMethod.POST && request.path().contains("/topics")) {
            request.response().setStatusCode(201).putHeader("Content-Type", "application/json").end(serialization.asJson(topic()));
        } else {
            // Whatever is written is as it was written.
            request.bodyHandler(body -> request.response().putHeader("Content-Type", "application/json").end(body));
        }
    }

    /** A set as a patch of its version and lines makes it. */
    private PartitionSetObject changed(Buffer patch) {
        PartitionSetObject set = set();
        set.getMetadata().setResourceVersion(Integer.toString(versions.incrementAndGet()));
        set.getSpec().lines = patch.toJsonArray().getJsonObject(1).getJsonArray("value").stream().map(String::valueOf).toList();
        return set;
    }

    private static HasMetadata kind(String path) {
        return path.contains("/leases")
                ? new Lease()
                : path.contains("/partitionsets") ? set() : path.contains("/kafkarules") ? rules() : path.contains("/topics") ? topic() : cluster();
    }

    private static KafkaRules rules() {
        KafkaRules rules = KafkaRules.of(NAMESPACE, CLUSTER);
        rules.getMetadata().setUid(RULES_UID);
        rules.getMetadata().setResourceVersion("1");
        return rules;
    }

    private static Cluster cluster() {
        Cluster cluster = new Cluster();
        cluster.setMetadata(
                new ObjectMetaBuilder().withName(CLUSTER).withNamespace(NAMESPACE).withUid(CLUSTER_UID).withResourceVersion("1").withGeneration(1L).build());
        return cluster;
    }

    private static PartitionSetObject set() {
        PartitionSetObject set = PartitionSetObject.of(NAMESPACE, CLUSTER, "0-0", PartitionSetText.write(PartitionSet.EMPTY));
        set.getMetadata().setUid(SET_UID);
        set.getMetadata().setResourceVersion("1");
        return set;
    }

    private static Topic topic() {
        Topic topic = new Topic();
        topic.setMetadata(
                new ObjectMetaBuilder().withName("training").withNamespace(NAMESPACE).withUid(TOPIC_UID).withResourceVersion("1").withGeneration(1L).build());
        topic.getSpec().cluster = CLUSTER;
        topic.setStatus(new TopicStatus());
        topic.getStatus().topicId = TOPIC_UID;
        topic.getStatus().places = List.of("0-0 0");
        return topic;
    }

    @Override
    public void close() throws Exception {
        server.close().toCompletionStage().toCompletableFuture().get(STEP_SECONDS, TimeUnit.SECONDS);
    }
}
