package io.partita.operator;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Elections;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionState;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.ListenerType;
import io.partita.crds.ClusterSpec.SecuritySpec;
import io.partita.crds.Conditions;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.PartitionStatus;
import io.partita.crds.Placed;
import io.partita.crds.ClusterSpec.TopicNamespaceSpec;
import io.partita.crds.Topic;
import io.partita.crds.TopicSpec.GrantSpec;
import io.partita.crds.UserSpec.AccountSpec;
import io.partita.crds.TopicStatus;
import io.partita.crds.User;
import io.partita.operator.certificate.AuthoritySecrets;
import io.partita.operator.certificate.PemText;
import io.partita.operator.certificate.Succession;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.kubernetes.client.KubernetesServer;
import io.quarkus.test.kubernetes.client.KubernetesTestServer;
import io.quarkus.test.kubernetes.client.WithKubernetesTestServer;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The operator against fabric8's mock API server. What that server does not check: schemas and CEL rules, server-side apply (objects are replaced whole here),
 * the garbage collection of owned objects, rights.
 */
@QuarkusTest
@WithKubernetesTestServer
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorTest {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @Inject
    Operator operator;

    @Inject
    KubernetesClient client;

    @TestHTTPResource("/")
    URI application;

    @KubernetesTestServer
    KubernetesServer server;

    private KubernetesStandIn kubernetes;

    @BeforeAll
    void start() {
        for (int i = 0; i < 3; i++) {
            client.resource(new NodeBuilder()
                    .withNewMetadata()
                    .withName("node-" + i)
                    .addToLabels("topology.kubernetes.io/zone", "zone-" + i)
                    .endMetadata()
                    .withNewStatus()
                    .addNewCondition()
                    .withType("Ready")
                    .withStatus("True")
                    .endCondition()
                    .endStatus()
                    .build())
                    .create();
        }
        kubernetes = new KubernetesStandIn(client);
    }

    @AfterAll
    void stop() {
        kubernetes.close();
    }

    @Test
    void aClusterGetsItsBrokersAndSaysWhereTheyAre() {
        // Given
        ListenerSpec external = new ListenerSpec();
        external.name = "external";
        external.port = 9094;
        external.type = ListenerType.NodePort.name();
        // When
        create(cluster("first", 3, spec -> spec.getSpec().listeners.add(external)));
        Cluster ready = awaitReason(cluster("first", 0, it -> {}), "Serving");
        // Then
        assertEquals(3, ready.getStatus().readyReplicas);
        assertEquals(3, ready.getStatus().replicas);
        assertEquals("node-2", ready.getStatus().brokers.get(2).node());
        assertEquals("zone-2", ready.getStatus().brokers.get(2).zone());
        assertEquals("first-bootstrap.default.svc:9092", ready.getStatus().listeners.get(0).bootstrapServers());
        assertTrue(ready.getStatus().listeners.get(1).bootstrapServers().matches("10\\.0\\.0\\.1:3\\d+,10\\.0\\.0\\.2:3\\d+,10\\.0\\.0\\.3:3\\d+"),
                ready.getStatus().listeners.get(1).bootstrapServers());
        assertEquals(ready.getMetadata().getUid(), ready.getStatus().clusterId);
        assertEquals(ready.getMetadata().getGeneration(), ready.getStatus().observedGeneration);
    }

    @Test
    void whatANextReleaseWroteOutlastsWhatTheOperatorWrites() {
        // Given statuses with a field more wherever one can be
        create(cluster("newer", 1, it -> {}));
        awaitReason(cluster("newer", 0, it -> {}), "Serving");
        create(topic("newer-topic", "newer", it -> {}));
        awaitReason(topic("newer-topic", "newer", it -> {}), "NoLeader");
        lead("newer-topic");
        awaitReason(topic("newer-topic", "newer", it -> {}), "Served");
        addToStatus(Cluster.class, "newer");
        addToStatus(Topic.class, "newer-topic");
        // When
        edit(cluster("newer", 0, it -> {}), it -> it.getSpec().brokers = 2);
        edit(topic("newer-topic", "newer", it -> {}), it -> it.getSpec().partitions = 2);
        awaitReason(topic("newer-topic", "newer", it -> {}), "NoLeader");
        await().atMost(PATIENCE).until(() -> client.resource(cluster("newer", 0, it -> {})).get().getStatus().readyReplicas == 2);
        // Then
        for (Map<String, Object> part : List.of(status(Cluster.class, "newer"), part(Cluster.class, "newer", "brokers"),
                part(Cluster.class, "newer", "listeners"), part(Cluster.class, "newer", "conditions"), status(Topic.class, "newer-topic"),
                part(Topic.class, "newer-topic", "partitions"), part(Topic.class, "newer-topic", "conditions"))) {
            assertEquals("x", part.get("later"), part::toString);
        }
    }

    private void addToStatus(Class<? extends HasMetadata> type, String name) {
        for (boolean stored = false; !stored;) {
            try {
                raw(type, name).editStatus(object -> {
                    addTo(object.get("status"));
                    return object;
                });
                stored = true;
            } catch (KubernetesClientException faster) {
                assertEquals(409, faster.getCode());
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static void addTo(Object node) {
        if (node instanceof Map<?, ?> object) {
            object.values().forEach(OperatorTest::addTo);
            ((Map<String, Object>) object).put("later", "x");
        } else if (node instanceof List<?> list) {
            list.forEach(OperatorTest::addTo);
        }
    }

    private Resource<GenericKubernetesResource> raw(Class<? extends HasMetadata> type, String name) {
        return client.genericKubernetesResources(ResourceDefinitionContext.fromResourceType(type)).inNamespace("default").withName(name);
    }

    private Map<String, Object> status(Class<? extends HasMetadata> type, String name) {
        return raw(type, name).get().get("status");
    }

    private Map<String, Object> part(Class<? extends HasMetadata> type, String name, String list) {
        return raw(type, name).get().get("status", list, 0);
    }

    @Test
    void aClusterOfANextReleaseIsToldSoAndOthersAreServed() {
        // Given
        create(cluster("later-one", 1, it -> it.getSpec().listeners.getFirst().type = "Gateway"));
        // Then
        Cluster judged = awaitReason(cluster("later-one", 0, it -> {}), "UnknownValue");
        assertTrue(ready(judged).getMessage().startsWith("spec.listeners[0].type is 'Gateway'"), ready(judged).getMessage());
        assertNull(statefulSet("later-one"));
        create(cluster("beside-it", 1, it -> {}));
        awaitReason(cluster("beside-it", 0, it -> {}), "Serving");
    }

    @Test
    void aNodeThatMovesToAnotherZoneIsNoticed() {
        // Given
        create(cluster("moves", 4, it -> {}));
        client.resource(new NodeBuilder().withNewMetadata().withName("node-3").endMetadata().build()).create();
        awaitReason(cluster("moves", 0, it -> {}), "Serving");
        // When
        client.nodes().withName("node-3").edit(node -> {
            node.getMetadata().setLabels(Map.of("topology.kubernetes.io/zone", "zone-9"));
            return node;
        });
        // Then
        await().atMost(PATIENCE).until(() -> "zone-9".equals(client.resource(cluster("moves", 0, it -> {})).get().getStatus().brokers.get(3).zone()));
    }

    @Test
    void oneOfSeveralOperatorsHoldsTheLease() {
        await().atMost(PATIENCE).until(() -> client.leases().inAnyNamespace().list().getItems().stream()
                .anyMatch(lease -> lease.getMetadata().getName().equals("partita-operator") && lease.getSpec().getHolderIdentity() != null));
    }

    @Test
    void reconciliationsAreCountedAndTheOperatorIsHealthy() {
        // Given
        create(cluster("counted", 1, it -> {}));
        awaitReason(cluster("counted", 0, it -> {}), "Serving");
        // When
        String metrics = page("/metrics");
        // Then
        assertTrue(Pattern.compile("reconciliations_success_total\\{[^}]*controller_name=\"clusters\"[^}]*} [1-9]").matcher(metrics).find(), metrics);
        assertTrue(Pattern.compile("custom_resources\\{[^}]*controller_name=\"clusters\"[^}]*} [1-9]").matcher(metrics).find(), metrics);
        assertTrue(page("/health/ready").contains("UP"));
    }

    private String page(String path) {
        try (var in = application.resolve(path).toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void retriesNeverEnd() {
        for (String controller : List.of("clusters", "topics")) {
            var retry = (GenericRetry) operator.getRuntimeInfo().getRegisteredController(controller).getConfiguration().getRetry();
            assertEquals(-1, retry.getMaxAttempts());
            assertEquals(30_000, retry.getMaxInterval());
        }
    }

    @Test
    void driftIsRepaired() {
        // Given
        create(cluster("drifts", 1, it -> {}));
        awaitReason(cluster("drifts", 0, it -> {}), "Serving");
        // When
        client.services().inNamespace("default").withName("drifts-bootstrap").delete();
        client.apps().statefulSets().inNamespace("default").withName("drifts").edit(set -> {
            set.getSpec().getTemplate().getSpec().getContainers().getFirst().setImage("something:else");
            return set;
        });
        // Then
        await().atMost(PATIENCE).until(() -> client.services().inNamespace("default").withName("drifts-bootstrap").get() != null);
        await().atMost(PATIENCE)
                .until(() -> "partita-broker:latest".equals(statefulSet("drifts").getSpec().getTemplate().getSpec().getContainers().getFirst().getImage()));
    }

    @Test
    void whatIsPausedIsLeftAloneUntilItGoesOn() {
        // Given
        create(cluster("rests", 1, it -> {}));
        awaitReason(cluster("rests", 0, it -> {}), "Serving");
        create(topic("resting", "rests", it -> {}));
        awaitReason(topic("resting", "rests", it -> {}), "NoLeader");
        // When
        edit(cluster("rests", 0, it -> {}), it -> {
            it.getMetadata().setAnnotations(Map.of(Cluster.PAUSE, "because"));
            it.getSpec().brokers = 2;
        });
        edit(topic("resting", "rests", it -> {}), it -> {
            it.getMetadata().setAnnotations(Map.of(Cluster.PAUSE, ""));
            it.getSpec().partitions = 3;
        });
        client.services().inNamespace("default").withName("rests-bootstrap").delete();
        // Then
        await().atMost(PATIENCE).until(() -> Conditions.isTrue(client.resource(cluster("rests", 0, it -> {})).get().getStatus().conditions, Conditions.PAUSED));
        await().atMost(PATIENCE)
                .until(() -> Conditions.isTrue(client.resource(topic("resting", "rests", it -> {})).get().getStatus().conditions, Conditions.PAUSED));
        assertNull(client.services().inNamespace("default").withName("rests-bootstrap").get());
        assertEquals(1, statefulSet("rests").getSpec().getReplicas());
        assertEquals(1, client.resource(topic("resting", "rests", it -> {})).get().getStatus().places.size());
        // When
        edit(cluster("rests", 0, it -> {}), it -> it.getMetadata().setAnnotations(Map.of("another", "stays")));
        edit(topic("resting", "rests", it -> {}), it -> it.getMetadata().setAnnotations(Map.of("another", "stays")));
        // Then
        await().atMost(PATIENCE).until(() -> client.services().inNamespace("default").withName("rests-bootstrap").get() != null);
        await().atMost(PATIENCE).until(() -> statefulSet("rests").getSpec().getReplicas() == 2);
        await().atMost(PATIENCE).until(() -> client.resource(topic("resting", "rests", it -> {})).get().getStatus().places.size() == 3);
        assertNull(Conditions.find(client.resource(topic("resting", "rests", it -> {})).get().getStatus().conditions, Conditions.PAUSED));
    }

    @Test
    void whatBelongsToSomebodyElseIsLeftAlone() {
        // Given a Service that only has a name of ours, and a budget that looks like ours but is that of another Cluster
        Service theirs = client.resource(new ServiceBuilder()
                .withNewMetadata()
                .withName("shares-bootstrap")
                .withNamespace("default")
                .endMetadata()
                .withNewSpec()
                .withSelector(Map.of("app", "theirs"))
                .endSpec()
                .build()).create();
        PodDisruptionBudget before = client.resource(new PodDisruptionBudgetBuilder()
                .withNewMetadata()
                .withName("shares")
                .withNamespace("default")
                .addToLabels("app.kubernetes.io/managed-by", "partita-operator")
                .addToLabels("partita.io/cluster", "shares")
                .addNewOwnerReference()
                .withApiVersion("partita.io/v1alpha1")
                .withKind("Cluster")
                .withName("shares")
                .withUid("uid-of-before")
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .build()).create();
        // When
        create(cluster("shares", 1, it -> {}));
        // Then
        Cluster told = awaitReason(cluster("shares", 0, it -> {}), "ObjectTaken");
        assertTrue(ready(told).getMessage().startsWith("Service shares-bootstrap: there is one that is not this Cluster's"), ready(told).getMessage());
        assertEquals(theirs.getMetadata().getResourceVersion(), client.resource(theirs).get().getMetadata().getResourceVersion());
        assertNull(statefulSet("shares"));
        // When
        client.resource(theirs).delete();
        // Then
        await().atMost(PATIENCE).until(() -> ready(client.resource(told).get()).getMessage().startsWith("PodDisruptionBudget shares: "));
        // When
        client.resource(before).delete();
        // Then
        awaitReason(cluster("shares", 0, it -> {}), "Serving");
    }

    @Test
    void whatIsNoLongerWantedIsTakenAway() {
        // Given
        create(cluster("sheds", 1, it -> it.getSpec().podTemplate = Serialization.unmarshal("spec: {nodeSelector: {disk: ssd, cpu: fast}}", ObjectNode.class)));
        awaitReason(cluster("sheds", 0, it -> {}), "Serving");
        assertEquals(Map.of("disk", "ssd", "cpu", "fast"), statefulSet("sheds").getSpec().getTemplate().getSpec().getNodeSelector());
        // When
        edit(cluster("sheds", 0, it -> {}), it -> it.getSpec().podTemplate = Serialization.unmarshal("spec: {nodeSelector: {disk: ssd}}", ObjectNode.class));
        // Then
        await().atMost(PATIENCE).until(() -> statefulSet("sheds").getSpec().getTemplate().getSpec().getNodeSelector().equals(Map.of("disk", "ssd")));
    }

    @Test
    void aLeaseThatCannotBeReadIsTriedAgain() {
        // Given
        client.resource(new LeaseBuilder().withNewMetadata().withName("strange").withNamespace("default").endMetadata().withNewSpec().endSpec().build())
                .create();
        OperatorLease strange = new OperatorLease("default", "strange", "me", Duration.ofSeconds(15));
        // Then: other exceptions would end the election for good
        assertThrows(KubernetesClientException.class, () -> strange.get(client));
        assertTrue(strange.isFailing());
        // An operator that has not reached the API server once is not ready to wait
        assertFalse(strange.wasReached());
    }

    @Test
    void aLeaseIsOursFromItsRenewalOn() {
        // Given
        OperatorLease lease = new OperatorLease("default", "ours", "me", Duration.ofSeconds(15));
        ZonedDateTime now = ZonedDateTime.now(ZoneOffset.UTC);
        assertFalse(lease.isOurs());
        // When
        lease.create(client, new LeaderElectionRecord("me", Duration.ofSeconds(15), now, now, 0));
        // Then
        assertTrue(lease.isOurs());
        assertTrue(lease.wasReached());
        // When it is given up
        lease.get(client);
        lease.update(client, new LeaderElectionRecord("", Duration.ofSeconds(1), now, now, 0));
        // Then
        assertFalse(lease.isOurs());
    }

    @Test
    void volumesGrowAndAShrinkIsRefused() {
        // Given
        create(cluster("grows", 1, it -> {}));
        awaitReason(cluster("grows", 0, it -> {}), "Serving");
        // When
        edit(cluster("grows", 0, it -> {}), it -> it.getSpec().storage.size = "20Gi");
        // Then
        await().atMost(PATIENCE).until(() -> client.persistentVolumeClaims().inNamespace("default").withName("data-grows-0").get().getSpec().getResources()
                .getRequests().get("storage").equals(Quantity.parse("20Gi")));
        // When
        edit(cluster("grows", 0, it -> {}), it -> it.getSpec().storage.size = "1Gi");
        // Then
        awaitReason(cluster("grows", 0, it -> {}), "StorageShrink");
        awaitEvent("grows", "StorageShrink");
    }

    private static User user(String name, String cluster) {
        User user = new User();
        user.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("default").build());
        user.getSpec().cluster = cluster;
        return user;
    }

    private Map<String, String> secret(String name) {
        return client.secrets().inNamespace("default").withName(name).get().getData();
    }

    @Test
    void aUserGetsAPasswordAndBrokersEnoughToKnowIt() {
        // Given a User that is there before its Cluster
        create(user("alice", "guarded"));
        awaitReason(user("alice", "guarded"), "ClusterNotFound");
        // When
        create(cluster("guarded", 1, it -> it.getSpec().listeners.getFirst().authentication = "Scram"));
        User known = awaitReason(user("alice", "guarded"), "Known");
        // Then
        assertEquals("User:alice", known.getStatus().principal);
        assertEquals("alice", known.getStatus().secret);
        assertEquals(Set.of("password", "sasl.jaas.config"), secret("alice").keySet());
        String entry = secret("guarded-users").get("alice");
        // When another one comes, and somebody gives the first another password
        create(user("bob", "guarded"));
        awaitReason(user("bob", "guarded"), "Known");
        client.secrets().inNamespace("default").withName("alice").edit(secret -> {
            secret.setData(new HashMap<>(Map.of("password", "c29tZXRoaW5nIGVsc2U=".replace("IG", "LW"))));
            return secret;
        });
        edit(user("alice", "guarded"), it -> it.getMetadata().setLabels(Map.of("looked", "again")));
        // Then
        await().atMost(PATIENCE).until(() -> !entry.equals(secret("guarded-users").get("alice")) && secret("alice").containsKey("sasl.jaas.config"));
        assertEquals(Set.of("alice", "alice_uid", "bob", "bob_uid"), secret("guarded-users").keySet());
        // And what belongs to somebody else stays
        create(new SecretBuilder().withNewMetadata().withName("theirs").withNamespace("default").endMetadata().withData(Map.of("password", "eA==")).build());
        create(user("theirs", "guarded"));
        awaitReason(user("theirs", "guarded"), "SecretTaken");
        assertEquals(Map.of("password", "eA=="), secret("theirs"));
    }

    private static Topic foreign(String namespace, String name, String cluster) {
        return topic(name, cluster, it -> {
            it.getMetadata().setNamespace(namespace);
            it.getSpec().clusterNamespace = "default";
        });
    }

    @Test
    void aTopicOfAnotherNamespaceIsInTheClusterThatGrantsItAndTakesNothingOfOthers() {
        create(cluster("lends", 1, it -> {
            TopicNamespaceSpec grant = new TopicNamespaceSpec();
            grant.namespace = "team-a";
            grant.topics = 1;
            grant.partitions = 4;
            it.getSpec().topicNamespaces.add(grant);
        }));
        awaitReason(cluster("lends", 0, it -> {}), "Serving");
        create(topic("team-a.theirs", "lends", it -> {}));
        // When
        Topic readings = foreign("team-a", "team-a.readings", "lends");
        readings.getSpec().partitions = 3;
        GrantSpec grant = new GrantSpec();
        grant.serviceAccount = new AccountSpec();
        grant.serviceAccount.name = "pump";
        grant.operations = List.of("Read", "Describe");
        readings.getSpec().grants = List.of(grant);
        create(readings);
        // Then there is one in the Cluster's namespace, and its owner is told how it stands
        awaitReason(readings, "NoLeader");
        Topic copy = client.resource(topic("team-a.readings", "lends", it -> {})).get();
        assertEquals(3, copy.getStatus().places.size());
        assertEquals(copy.getMetadata().getUid(), client.resource(readings).get().getStatus().topicId);
        assertEquals(List.of("User:system:serviceaccount:team-a:pump Read", "User:system:serviceaccount:team-a:pump Describe"), copy.getStatus().grants);
        // When it is changed
        edit(readings, it -> {
            it.getSpec().partitions = 4;
            it.getSpec().grants = List.of();
            it.getSpec().config.put("retention.ms", "1000");
        });
        await().atMost(PATIENCE).until(() -> {
            Topic now = client.resource(copy).get();
            return now.getStatus().places.size() == 4 && now.getStatus().grants.isEmpty() && "1000".equals(now.getSpec().config.get("retention.ms"));
        });
        // And nothing beyond what is granted
        create(foreign("team-a", "team-a.theirs", "lends"));
        assertTrue(ready(awaitReason(foreign("team-a", "team-a.theirs", "lends"), "NameTaken")).getMessage().contains("stays as it is"));
        create(foreign("team-a", "orders", "lends"));
        awaitReason(foreign("team-a", "orders", "lends"), "NameNotGranted");
        create(foreign("team-a", "team-a.more", "lends"));
        awaitReason(foreign("team-a", "team-a.more", "lends"), "TooManyTopics");
        create(foreign("team-b", "team-b.any", "lends"));
        awaitReason(foreign("team-b", "team-b.any", "lends"), "NotGranted");
        // When it is deleted
        client.resource(foreign("team-a", "team-a.theirs", "lends")).delete();
        client.resource(readings).delete();
        // Then so is the copy, and nothing else; and there is room for another one
        await().atMost(PATIENCE).until(() -> client.resource(copy).get() == null);
        assertTrue(client.resource(topic("team-a.theirs", "lends", it -> {})).get() != null);
        awaitReason(foreign("team-a", "team-a.more", "lends"), "NoLeader");
    }

    @Test
    void aTopicThatWasDeletedInTheClusterDoesNotComeAgainByItself() {
        create(cluster("loses", 1, it -> {
            TopicNamespaceSpec grant = new TopicNamespaceSpec();
            grant.namespace = "team-a";
            grant.prefix = "a-";
            it.getSpec().topicNamespaces.add(grant);
        }));
        awaitReason(cluster("loses", 0, it -> {}), "Serving");
        create(foreign("team-a", "a-log", "loses"));
        awaitReason(foreign("team-a", "a-log", "loses"), "NoLeader");
        // When
        client.resource(topic("a-log", "loses", it -> {})).delete();
        // Then
        awaitReason(foreign("team-a", "a-log", "loses"), "TopicDeleted");
        // When the namespace is granted nothing any more
        client.resources(Cluster.class).inNamespace("default").withName("loses").edit(it -> {
            it.getSpec().topicNamespaces.clear();
            return it;
        });
        awaitReason(foreign("team-a", "a-log", "loses"), "NotGranted");
    }

    private List<X509Certificate> certificates(String secret, String entry) {
        String pem = AuthoritySecrets.text(secret(secret), entry);
        try {
            return PemText.certificates(pem);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(pem, e);
        }
    }

    /** Has a broker say which certificates it has. */
    private void sayKeys(String lease, X509Certificate shown, List<X509Certificate> trusted) {
        String keys = PemText.fingerprint(shown) + '/' + trusted.stream().map(PemText::fingerprint).collect(Collectors.joining("+"));
        client.leases().inNamespace("default").withName(lease).edit(it -> {
            it.getMetadata().getAnnotations().put("partita.io/keys", "REPLICATION=" + keys + " TLS=" + keys);
            return it;
        });
    }

    @Test
    void certificatesAreIssuedAndTheirAuthorityIsSucceededStepByStep() {
        // Given
        create(cluster("sealed", 1, it -> {
            it.getSpec().security = new SecuritySpec();
            it.getSpec().security.encryptReplication = true;
            ListenerSpec tls = new ListenerSpec();
            tls.name = "tls";
            tls.port = 9093;
            tls.tls = true;
            tls.authentication = "Tls";
            it.getSpec().listeners.add(tls);
        }));
        awaitReason(cluster("sealed", 0, it -> {}), "Serving");
        X509Certificate first = certificates("sealed-cluster-ca-cert", "ca.crt").getFirst();
        X509Certificate shown = certificates("sealed-broker-tls", "tls.crt").getFirst();
        assertTrue(Succession.isBy(shown, first));
        assertEquals(Set.of("ca.crt", "ca.p12", "ca.password"), secret("sealed-cluster-ca-cert").keySet());
        assertEquals(Set.of("ca.crt", "ca.p12", "ca.password"), secret("sealed-clients-ca-cert").keySet());
        awaitEvent("sealed", "AuthorityMade", "Normal");
        assertEquals("Current", certificatesOf("sealed").getReason());
        sayKeys("sealed-0", shown, List.of(first));
        // When
        edit(cluster("sealed", 0, it -> {}), it -> it.getMetadata().setAnnotations(Map.of("partita.io/renew-authorities", "at-once")));
        // Then it waits for the broker to trust the new one
        await().atMost(PATIENCE).until(() -> certificates("sealed-broker-tls", "ca.crt").size() == 2);
        await().atMost(PATIENCE).until(() -> certificatesOf("sealed").getMessage().endsWith("broker 0 does not trust it yet."));
        assertEquals("Renewing", certificatesOf("sealed").getReason());
        assertEquals(shown, certificates("sealed-broker-tls", "tls.crt").getFirst());
        // When
        List<X509Certificate> both = new ArrayList<>(certificates("sealed-broker-tls", "ca.crt"));
        both.addAll(certificates("sealed-clients-ca-cert", "ca.crt"));
        sayKeys("sealed-0", shown, both);
        // Then it waits for the broker to show what that one has issued
        await().atMost(PATIENCE).until(() -> !shown.equals(certificates("sealed-broker-tls", "tls.crt").getFirst()));
        X509Certificate next = certificates("sealed-broker-tls", "tls.crt").getFirst();
        await().atMost(PATIENCE).until(() -> certificatesOf("sealed").getMessage().endsWith("broker 0 does not show it yet."));
        assertEquals(2, certificates("sealed-cluster-ca-cert", "ca.crt").size());
        // When
        sayKeys("sealed-0", next, both);
        // Then
        await().atMost(PATIENCE).until(() -> certificates("sealed-cluster-ca-cert", "ca.crt").size() == 1);
        assertFalse(certificates("sealed-cluster-ca-cert", "ca.crt").contains(first));
        assertTrue(Succession.isBy(next, certificates("sealed-cluster-ca-cert", "ca.crt").getFirst()));
        awaitEvent("sealed", "AuthorityDropped", "Normal");
        await().atMost(PATIENCE).until(() -> certificatesOf("sealed").getReason().equals("Current"));
    }

    @Test
    void usersGetCertificatesOfTheAuthorityOfClients() {
        // Given a User that is there before anything could issue a certificate
        User reports = user("reports", "certified");
        reports.getSpec().authentication = "Tls";
        create(cluster("certified", 1, it -> {}));
        create(reports);
        awaitReason(reports, "NoAuthority");
        // When
        edit(cluster("certified", 0, it -> {}), it -> {
            ListenerSpec tls = new ListenerSpec();
            tls.name = "tls";
            tls.port = 9093;
            tls.tls = true;
            tls.authentication = "Tls";
            it.getSpec().listeners.add(tls);
        });
        awaitReason(reports, "Known");
        // Then
        assertEquals(Set.of("ca.crt", "user.crt", "user.key", "user.p12", "user.password"), secret("reports").keySet());
        X509Certificate certificate = certificates("reports", "user.crt").getFirst();
        assertEquals("CN=reports", certificate.getSubjectX500Principal().getName());
        assertTrue(Succession.isBy(certificate, certificates("certified-clients-ca-cert", "ca.crt").getFirst()));
        assertEquals(secret("certified-clients-ca-cert").get("ca.crt"), secret("reports").get("ca.crt"));
        // When somebody takes the key out
        client.secrets().inNamespace("default").withName("reports").edit(secret -> {
            secret.getData().remove("user.key");
            return secret;
        });
        edit(reports, it -> it.getMetadata().setLabels(Map.of("looked", "again")));
        // Then there is another
        await().atMost(PATIENCE).until(() -> !certificate.equals(certificates("reports", "user.crt").getFirst()) && secret("reports").containsKey("user.key"));
        // And a ServiceAccount needs none, a role is nobody, and who lacks a role is told
        User robot = user("robot", "certified");
        robot.getSpec().authentication = "ServiceAccount";
        robot.getSpec().roles = List.of("writer");
        create(robot);
        awaitReason(robot, "RoleNotFound");
        User writer = user("writer", "certified");
        writer.getSpec().authentication = "Role";
        create(writer);
        User known = awaitReason(robot, "Known");
        assertEquals("User:system:serviceaccount:default:robot", known.getStatus().principal);
        assertNull(known.getStatus().secret);
        assertNull(awaitReason(writer, "Known").getStatus().principal);
    }

    private Condition certificatesOf(String cluster) {
        return Conditions.find(client.resource(cluster(cluster, 0, it -> {})).get().getStatus().conditions, "Certificates");
    }

    @Test
    void aClusterThatIsMadeAnewTakesKeptVolumesOverOnlyWhereItIsTold() {
        // Given
        create(cluster("returns", 1, it -> {}));
        String id = awaitReason(cluster("returns", 0, it -> {}), "Serving").getStatus().clusterId;
        create(topic("kept", "returns", it -> {}));
        awaitReason(topic("kept", "returns", it -> {}), "NoLeader");
        lead("kept");
        List<PartitionStatus> before = awaitReason(topic("kept", "returns", it -> {}), "Served").getStatus().partitions;
        // When
        client.resource(cluster("returns", 0, it -> {})).delete();
        collectGarbage("returns");
        create(cluster("returns", 1, it -> {}));
        // Then
        Cluster told = awaitReason(cluster("returns", 0, it -> {}), "VolumesOfAnotherCluster");
        assertTrue(ready(told).getMessage().contains("set spec.clusterId to " + id), ready(told).getMessage());
        assertNull(told.getStatus().clusterId);
        assertNull(statefulSet("returns"));
        // When
        edit(cluster("returns", 0, it -> {}), it -> it.getSpec().clusterId = id);
        // Then
        assertEquals(id, awaitReason(cluster("returns", 0, it -> {}), "Serving").getStatus().clusterId);
        assertEquals(before, client.resource(topic("kept", "", it -> {})).get().getStatus().partitions);
        // When it is made anew without them
        client.resource(cluster("returns", 0, it -> {})).delete();
        collectGarbage("returns");
        client.persistentVolumeClaims().inNamespace("default").withName("data-returns-0").delete();
        create(cluster("returns", 1, it -> {}));
        // Then
        awaitReason(cluster("returns", 0, it -> {}), "Serving");
        awaitReason(topic("kept", "returns", it -> {}), "NoLeader");
        awaitEvent("kept", "BegunAnew");
    }

    /** What the garbage collector of Kubernetes does after a Cluster was deleted: whatever it controls goes too, pods at last. Volume claims stay. */
    private void collectGarbage(String cluster) {
        Map<String, String> label = Map.of("partita.io/cluster", cluster);
        client.apps().statefulSets().inNamespace("default").withLabels(label).delete();
        client.services().inNamespace("default").withLabels(label).delete();
        client.configMaps().inNamespace("default").withLabels(label).delete();
        client.serviceAccounts().inNamespace("default").withLabels(label).delete();
        client.rbac().roles().inNamespace("default").withLabels(label).delete();
        client.rbac().roleBindings().inNamespace("default").withLabels(label).delete();
        client.policy().v1().podDisruptionBudget().inNamespace("default").withLabels(label).delete();
        await().atMost(PATIENCE).until(() -> {
            client.pods().inNamespace("default").withLabels(label).delete();
            return client.pods().inNamespace("default").withLabels(label).list().getItems().isEmpty();
        });
    }

    @Test
    void brokersRestartOneAfterTheOtherAndNoneWhileAnotherIsAway() {
        // Given
        create(cluster("rolls", 3, it -> {}));
        awaitReason(cluster("rolls", 0, it -> {}), "Serving");
        create(topic("led", "rolls", it -> {
            it.getSpec().partitions = 3;
            it.getSpec().replicas = 1;
        }));
        awaitReason(topic("led", "rolls", it -> {}), "NoLeader");
        lead("led");
        awaitReason(topic("led", "rolls", it -> {}), "Served");
        List<String> before = podUids("rolls");
        // When a broker is not heard of
        client.leases().inNamespace("default").withName("rolls-1").edit(lease -> {
            lease.getSpec().setHolderIdentity("");
            return lease;
        });
        // Then
        Cluster away = awaitReason(cluster("rolls", 0, it -> {}), "BrokersNotReady");
        assertTrue(ready(away).getMessage().contains("Broker 1 (rolls-1) is away"), ready(away).getMessage());
        Topic unserved = awaitReason(topic("led", "rolls", it -> {}), "BrokerAway");
        assertEquals(2, unserved.getStatus().leaders);
        await().atMost(PATIENCE)
                .until(() -> page("/metrics").contains("partita_cluster_partitions_unserved{cluster=\"rolls\",cluster_namespace=\"default\"} 1.0"));
        // When its volume is gone, what it held is not waited for
        client.persistentVolumeClaims().inNamespace("default").withName("data-rolls-1").delete();
        await().atMost(PATIENCE).until(() -> "its volume claim data-rolls-1 is gone".equals(client.resource(away).get().getStatus().brokers.get(1).lost()));
        awaitEvent("rolls", "BrokerLost");
        // When all are to restart meanwhile
        edit(cluster("rolls", 0, it -> {}), it -> it.getMetadata().setAnnotations(Map.of("partita.io/restart", "now")));
        // Then
        await().atMost(PATIENCE).until(() -> ready(client.resource(away).get()).getMessage().contains("No other is restarted before: broker 1 is away"));
        assertEquals("Rolling", ready(client.resource(away).get()).getReason());
        assertEquals(before, podUids("rolls"));
        // When it is back
        client.leases().inNamespace("default").withName("rolls-1").edit(lease -> {
            lease.getSpec().setHolderIdentity("again");
            return lease;
        });
        // Then
        awaitReason(cluster("rolls", 0, it -> {}), "Serving");
        assertNull(client.resource(away).get().getStatus().brokers.get(1).lost());
        assertTrue(podUids("rolls").stream().noneMatch(before::contains));
        awaitReason(topic("led", "rolls", it -> {}), "Served");
        assertTrue(client.v1().events().inNamespace("default").list().getItems().stream().anyMatch(event -> event.getReason().equals("Restarting")
                && event.getMessage().equals("Broker 2 restarts, because the annotation partita.io/restart of the Cluster asks for it.")));
    }

    @Test
    void aChangeThatABrokerDoesNotComeUpWithIsTakenBackAndTheLastOneWhereSomebodyAsks() {
        // Given
        Cluster key = cluster("undoes", 2, it -> it.getSpec().image = "broker:1");
        create(key);
        awaitReason(key, "Serving");
        await().atMost(PATIENCE).until(() -> client.configMaps().inNamespace("default").withName("undoes-roll").get() != null);
        // When
        edit(key, it -> it.getSpec().image = KubernetesStandIn.NOWHERE + "broker:2");
        // Then
        Cluster undone = awaitReason(key, "RollUndone");
        assertTrue(ready(undone).getMessage().contains("because broker 1 did not come up with it: it waits: ImagePullBackOff"), ready(undone).getMessage());
        awaitEvent("undoes", "RollUndone");
        awaitImage("undoes", "broker:1");
        // When it is corrected
        edit(key, it -> it.getSpec().image = "broker:2");
        awaitReason(key, "Serving");
        awaitImage("undoes", "broker:2");
        await().atMost(PATIENCE)
                .until(() -> client.configMaps().inNamespace("default").withName("undoes-roll").get().getData().get("roll.json").contains("broker:2"));
        // When somebody does not like it
        edit(key, it -> it.getMetadata().setAnnotations(Map.of(Cluster.UNDO_ROLL, "")));
        // Then
        awaitReason(key, "RollUndone");
        awaitImage("undoes", "broker:1");
        // When that is taken away
        edit(key, it -> it.getMetadata().setAnnotations(Map.of("another", "stays")));
        awaitReason(key, "Serving");
        awaitImage("undoes", "broker:2");
        // When it is to sleep
        edit(key, it -> it.getSpec().hibernated = true);
        awaitReason(key, "Hibernated");
        await().atMost(PATIENCE).until(() -> podUids("undoes").isEmpty());
        assertTrue(page("/metrics").contains("partita_cluster_ready{cluster=\"undoes\",cluster_namespace=\"default\"} 1.0"));
        // Of what is there: the key does not sleep, and would be no other
        edit(client.resource(key).get(), it -> it.getSpec().hibernated = false);
        awaitReason(key, "Serving");
        awaitImage("undoes", "broker:2");
    }

    /** For an hour: {@code -Dpartita.chaos.seconds=3600}; again: {@code -Dpartita.chaos.seed=…}. */
    @Test
    void howeverItIsEditedAClusterEndsAsTheLastSpecSays() {
        long seed = Long.getLong("partita.chaos.seed", 13);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.getLong("partita.chaos.seconds", 0));
        RestlessEditor editor = new RestlessEditor(client, "default", seed);
        int round = 0;
        do {
            round++;
            String retention = Integer.toString(1_000_000 + round);
            String image = "broker:last-" + round;
            // When
            for (int act = 0; act < 60; act++) {
                editor.act();
            }
            editor.lastSpecs(image, retention);
            // Then
            String[] differs = new String[1];
            try {
                await().atMost(PATIENCE.multipliedBy(5)).until(() -> {
                    editor.collectGarbage();
                    differs[0] = editor.differs(image, retention);
                    return differs[0] == null;
                });
            } catch (ConditionTimeoutException e) {
                throw new AssertionError("Seed " + seed + ", round " + round + ": " + differs[0] + " after " + String.join("\n", editor.done()), e);
            }
        } while (System.nanoTime() < end);
        System.out.println(round + " rounds of edits with seed " + seed);
    }

    private void awaitImage(String cluster, String image) {
        try {
            await().atMost(PATIENCE).until(() -> {
                List<String> images = client.pods().inNamespace("default").withLabel("partita.io/cluster", cluster).list().getItems().stream()
                        .map(pod -> pod.getSpec().getContainers().getFirst().getImage()).toList();
                return images.size() == 2 && images.stream().allMatch(image::equals);
            });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("Not all brokers of " + cluster + " have " + image + ": " + ready(client.resource(cluster(cluster, 0, it -> {})).get()),
                    e);
        }
    }

    private List<String> podUids(String cluster) {
        return client.pods().inNamespace("default").withLabel("partita.io/cluster", cluster).list().getItems().stream()
                .map(pod -> pod.getMetadata().getName() + " " + pod.getMetadata().getUid())
                .sorted()
                .toList();
    }

    @Test
    void whoeverTakesLabelsAwayMakesNobodyInvisible() {
        // Given
        Cluster key = cluster("labelled", 2, it -> it.getSpec().image = "broker:1");
        create(key);
        awaitReason(key, "Serving");
        create(topic("stored", "labelled", it -> it.getSpec().replicas = 1));
        awaitReason(topic("stored", "labelled", it -> {}), "NoLeader");
        lead("stored");
        // When
        client.pods().inNamespace("default").withName("labelled-0").edit(pod -> {
            pod.getMetadata().getLabels().put("app.kubernetes.io/managed-by", "Helm");
            return pod;
        });
        PartitionSetObject set = client.resources(PartitionSetObject.class).inNamespace("default").withLabel("partita.io/cluster", "labelled").list().getItems()
                .getFirst();
        edit(set, it -> it.getMetadata().setLabels(Map.of("team", "blue")));
        edit(key, it -> it.getSpec().image = "broker:2");
        // Then
        awaitImage("labelled", "broker:2");
        awaitReason(key, "Serving");
        await().atMost(PATIENCE)
                .until(() -> client.resource(set).get().getMetadata().getLabels().equals(Map.of("team", "blue", "partita.io/cluster", "labelled")));
    }

    @Test
    void aTopicIsPlacedGetsLeadersAndGrows() {
        // Given
        create(cluster("serves", 2, it -> {}));
        create(topic("events", "serves", it -> {
            it.getSpec().topicName = "Web_Events";
            it.getSpec().partitions = 4;
            it.getSpec().config.put("retention.ms", "1000");
        }));
        Topic placed = awaitReason(topic("events", "serves", it -> {}), "NoLeader");
        assertEquals(4, replicasOn(0, List.of(placed)));
        assertEquals(4, replicasOn(1, List.of(placed)));
        assertEquals(placed.getMetadata().getUid(), placed.getStatus().topicId);
        // When
        lead("events");
        Topic led = awaitReason(topic("events", "serves", it -> {}), "Served");
        edit(topic("events", "serves", it -> {}), it -> it.getSpec().partitions = 6);
        await().atMost(PATIENCE).until(() -> client.resource(topic("events", "serves", it -> {})).get().getStatus().partitions.size() == 6);
        // Then
        Topic grown = client.resource(topic("events", "serves", it -> {})).get();
        assertEquals(led.getStatus().partitions, grown.getStatus().partitions.subList(0, 4));
        assertEquals(4, grown.getStatus().leaders);
        // When
        edit(topic("events", "serves", it -> {}), it -> it.getSpec().config.put("retention.ms", "soon"));
        Topic refused = awaitReason(topic("events", "serves", it -> {}), "InvalidConfig");
        // Then
        assertEquals(Map.of("retention.ms", "1000"), refused.getStatus().config);
        awaitEvent("events", "InvalidConfig");
    }

    @Test
    void badTopicsSayWhatIsWrong() {
        // Given
        create(cluster("strict", 1, it -> {}));
        awaitReason(cluster("strict", 0, it -> {}), "Serving");
        // When
        create(topic("lost", "nowhere", it -> {}));
        create(topic("wide", "strict", it -> it.getSpec().replicas = 2));
        // Then
        Topic lost = awaitReason(topic("lost", "nowhere", it -> {}), "UnknownCluster");
        awaitReason(topic("wide", "strict", it -> {}), "TooFewBrokers");
        awaitEvent("lost", "UnknownCluster");
        assertEquals(List.of(), lost.getStatus().partitions);
        assertNull(lost.getStatus().topicId);
        // When its cluster comes, it is placed
        create(cluster("nowhere", 1, it -> {}));
        awaitReason(topic("lost", "nowhere", it -> {}), "NoLeader");
    }

    @Test
    void whoseNameWasTakenIsServedWhenItIsFree() {
        // Given
        create(cluster("named", 1, it -> {}));
        awaitReason(cluster("named", 0, it -> {}), "Serving");
        create(topic("same", "named", it -> {}));
        create(topic("other", "named", it -> it.getSpec().topicName = "same"));
        Topic same = topic("same", "named", it -> {});
        Topic other = topic("other", "named", it -> {});
        await().atMost(PATIENCE).until(() -> Stream.of(same, other).map(this::reason).collect(Collectors.toSet()).equals(Set.of("NoLeader", "NameTaken")));
        // When
        boolean isSamePlaced = reason(same).equals("NoLeader");
        client.resource(isSamePlaced ? same : other).delete();
        // Then
        awaitReason(isSamePlaced ? other : same, "NoLeader");
    }

    private String reason(Topic key) {
        TopicStatus status = client.resource(key).get().getStatus();
        return status == null ? "" : Conditions.find(status.conditions, TopicStatus.READY).getReason();
    }

    @ParameterizedTest
    @CsvSource({"422, elsewhere, the port is taken", "500, nowhere, failed to create typed patch object: no such field"})
    void whatKubernetesRefusesIsSaid(int code, String namespace, String message) {
        // Given
        server.expect().post().withPath("/api/v1/namespaces/" + namespace + "/services").andReturn(code, new StatusBuilder()
                .withStatus("Failure")
                .withMessage(message)
                .withCode(code)
                .build())
                .always();
        Consumer<Cluster> elsewhere = cluster -> cluster.getMetadata().setNamespace(namespace);
        // When
        create(cluster("refused", 1, elsewhere));
        // Then
        Cluster refused = awaitReason(cluster("refused", 0, elsewhere), "Refused");
        assertEquals("Kubernetes refuses Service refused-brokers: " + message, Conditions.find(refused.getStatus().conditions, "Ready").getMessage());
        assertEquals(List.of(), client.apps().statefulSets().inNamespace(namespace).list().getItems());
    }

    @Test
    void aClusterShrinksOnlyToWhatHoldsPartitions() {
        // Given
        create(cluster("shrinks", 3, it -> {}));
        awaitReason(cluster("shrinks", 0, it -> {}), "Serving");
        create(topic("spread", "shrinks", it -> it.getSpec().partitions = 3));
        awaitReason(topic("spread", "shrinks", it -> {}), "NoLeader");
        // When
        edit(cluster("shrinks", 0, it -> {}), it -> it.getSpec().brokers = 1);
        // Then
        awaitReason(cluster("shrinks", 0, it -> {}), "BrokersHoldPartitions");
        assertEquals(3, statefulSet("shrinks").getSpec().getReplicas());
        // When
        client.resource(topic("spread", "shrinks", it -> {})).delete();
        // Then
        await().atMost(PATIENCE).until(() -> statefulSet("shrinks").getSpec().getReplicas() == 1);
        awaitReason(cluster("shrinks", 0, it -> {}), "Serving");
    }

    @Test
    void aThousandTopicsCostOneWriteEachAndAResyncCostsNone() throws InterruptedException {
        // Given
        int count = 1_000;
        create(cluster("large", 3, it -> {}));
        awaitReason(cluster("large", 0, it -> {}), "Serving");
        requests();
        // When
        long began = System.nanoTime();
        for (int i = 0; i < count; i++) {
            create(topic("t" + i, "large", it -> it.getSpec().partitions = 3));
        }
        await().atMost(PATIENCE).until(() -> topicsOf("large").stream().allMatch(topic -> topic.getStatus() != null));
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        List<Topic> topics = topicsOf("large");
        Map<String, Integer> requests = requests();
        int writes = requests.getOrDefault("PATCH topics", 0);
        // Then
        System.out.println(count + " topics: " + writes + " status writes, " + millis + " ms");
        assertTrue(writes >= count && writes < count + count / 10, requests::toString);
        // Ours: one look at all for each second that it took, at most.
        assertTrue(requests.getOrDefault("GET topics", 0) < count, requests::toString);
        for (int broker = 0; broker < 3; broker++) {
            assertEquals(3 * count, replicasOn(broker, topics), 3);
        }
        // When everything is looked at again
        edit(cluster("large", 0, it -> {}), it -> it.getSpec().brokers = 4);
        await().atMost(PATIENCE).until(() -> client.resource(cluster("large", 0, it -> {})).get().getStatus().brokers.size() == 4);
        create(topic("after", "large", it -> {}));
        awaitReason(topic("after", "large", it -> {}), "NoLeader");
        // Then
        Map<String, String> versions = new HashMap<>();
        topics.forEach(topic -> versions.put(topic.getMetadata().getName(), topic.getMetadata().getResourceVersion()));
        topicsOf("large").stream()
                .filter(topic -> !topic.getMetadata().getName().equals("after"))
                .forEach(topic -> assertEquals(versions.get(topic.getMetadata().getName()), topic.getMetadata().getResourceVersion()));
    }

    private static int replicasOn(int broker, List<Topic> topics) {
        return (int) topics.stream().flatMap(topic -> topic.getStatus().places.stream()).filter(place -> Placed.read(place).replicas().contains(broker))
                .count();
    }

    /** What brokers do: put the partitions into their sets, and lead them. */
    private void lead(String name) {
        await().atMost(PATIENCE).ignoreException(KubernetesClientException.class).until(() -> {
            Topic topic = client.resource(topic(name, "", it -> {})).get();
            Cluster cluster = client.resource(cluster(topic.getSpec().cluster, 1, it -> {})).get();
            for (int i = 0; i < topic.getStatus().places.size(); i++) {
                Placed place = Placed.read(topic.getStatus().places.get(i));
                PartitionKey key = new PartitionKey(UUID.fromString(topic.getMetadata().getUid()), i);
                int broker = place.replicas().getFirst();
                boolean isStored = new PartitionSets().change(client, cluster, place.set(), set -> {
                    PartitionState state = set.states().getOrDefault(key, PartitionState.placed(place.replicas(), 1));
                    PartitionState led = Elections.elect(state, new BrokerProcess(broker, "p" + broker), "i" + broker, -1).nextOr(state);
                    List<InSyncReplica> all = place.replicas().stream().map(replica -> new InSyncReplica(replica, "i" + replica)).toList();
                    return set.with(key,
                            new PartitionState(led.replicas(), led.leader(), led.epoch(), led.version(), all, led.minInSync(), led.uncleanEpoch()));
                });
                if (!isStored) {
                    return false;
                }
            }
            return true;
        });
    }

    private List<Topic> topicsOf(String cluster) {
        return client.resources(Topic.class).inNamespace("default").list().getItems().stream()
                .filter(topic -> topic.getSpec().cluster.equals(cluster))
                .toList();
    }

    /** Requests since the last call, by method and kind. */
    private Map<String, Integer> requests() throws InterruptedException {
        Map<String, Integer> counts = new HashMap<>();
        for (var request = server.getKubernetesMockServer().takeRequest(0, TimeUnit.MILLISECONDS); request != null; request = server.getKubernetesMockServer()
                .takeRequest(0, TimeUnit.MILLISECONDS)) {
            String kind = request.getPath().contains("/topics") ? "topics" : "others";
            counts.merge(request.getMethod() + " " + kind, 1, Integer::sum);
        }
        return counts;
    }

    private StatefulSet statefulSet(String name) {
        return client.apps().statefulSets().inNamespace("default").withName(name).get();
    }

    private void awaitEvent(String about, String reason) {
        awaitEvent(about, reason, "Warning");
    }

    private void awaitEvent(String about, String reason, String type) {
        await().atMost(PATIENCE).until(() -> client.v1().events().inNamespace("default").list().getItems().stream()
                .anyMatch(event -> event.getInvolvedObject().getName().equals(about) && event.getReason().equals(reason)
                        && event.getType().equals(type) && !event.getMessage().isEmpty()));
    }

    private <T extends HasMetadata> T awaitReason(T key, String reason) {
        try {
            await().atMost(PATIENCE).until(() -> {
                Condition ready = ready(client.resource(key).get());
                return ready != null && ready.getReason().equals(reason);
            });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(key.getMetadata().getName() + " is not " + reason + " but " + ready(client.resource(key).get()), e);
        }
        return client.resource(key).get();
    }

    private static Condition ready(HasMetadata object) {
        return switch (object) {
            case Cluster cluster when cluster.getStatus() != null -> Conditions.find(cluster.getStatus().conditions, "Ready");
            case User user when user.getStatus() != null -> Conditions.find(user.getStatus().conditions, "Ready");
            case Topic topic when topic.getStatus() != null -> Conditions.find(topic.getStatus().conditions, "Ready");
            default -> null;
        };
    }

    private void create(HasMetadata object) {
        client.resource(object).create();
    }

    /** Edits as a user does, and again when the operator was faster. */
    private <T extends HasMetadata> void edit(T key, Consumer<T> change) {
        client.resource(key).edit(object -> {
            change.accept(object);
            return object;
        });
    }

    private static Cluster cluster(String name, int brokers, Consumer<Cluster> more) {
        Cluster cluster = new Cluster();
        cluster.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("default").build());
        cluster.getSpec().brokers = brokers;
        more.accept(cluster);
        return cluster;
    }

    private static Topic topic(String name, String cluster, Consumer<Topic> more) {
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("default").build());
        topic.getSpec().cluster = cluster;
        more.accept(topic);
        return topic;
    }
}
