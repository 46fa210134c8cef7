package io.partita.broker.kubernetes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ConfigChange;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.log.LogLimits;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSetText;
import io.partita.broker.control.PartitionState;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageChange.Basis;
import io.partita.broker.metadata.ImageListener;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewPartitions;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.control.InSyncSets;
import io.partita.broker.metadata.ReassignmentWish;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import io.partita.broker.security.KnownUser;
import io.partita.broker.security.KnownUser.Proof;
import io.partita.broker.security.KnownUsers;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import io.partita.crds.ClusterStatus.BrokerStatus;
import io.partita.crds.KafkaRules;
import io.partita.crds.KafkaRulesSpec;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.PartitionStatus;
import io.partita.crds.Topic;
import io.partita.crds.TopicStatus;
import io.partita.crds.UserSpec.AccountSpec;
import io.partita.mock.AccountTokens;
import io.partita.mock.KubernetesMock;
import java.io.IOException;
import java.io.UncheckedIOException;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.quota.QuotaKey;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramCredentialText;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.crds.User;
import io.partita.crds.UserSpec.PermissionSpec;
import io.partita.crds.UserSpec.QuotasSpec;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.stream.Collectors;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two brokers over a mock API server. */
@Execution(ExecutionMode.CONCURRENT)
class KubernetesMetadataStoreTest {

    /** What commands may take. */
    private static final Duration LONG = Duration.ofSeconds(60);
    /** What is waited for at all: also for commands that take all of their time. */
    private static final Duration PATIENCE = LONG.multipliedBy(3);
    private static final Path DATA = Path.of("/data");

    private final KubernetesMock server = new KubernetesMock();
    private KubernetesClient client;
    /** What brokers have, over a road that can be closed. */
    private KubernetesClient bounded;
    private Road road;

    private final List<MetadataStore> stores = new ArrayList<>();
    private StandInOperator operator;

    /** What a broker is told, in order. */
    private static final class Told implements ImageListener {
        private final BlockingQueue<ImageChange> changes = new LinkedBlockingQueue<>();

        @Override
        public CompletionStage<Void> apply(ImageChange change) {
            changes.add(change);
            return APPLIED;
        }

        ClusterImage await(Predicate<ClusterImage> wanted) throws InterruptedException {
            for (ImageChange change = next();; change = next()) {
                if (wanted.test(change.after())) {
                    return change.after();
                }
            }
        }

        private ImageChange next() throws InterruptedException {
            ImageChange change = changes.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertNotNull(change, "The image never came to be as expected.");
            return change;
        }
    }

    /** Settings of brokers that start from now on. */
    private Map<String, String> more = Map.of();
    private Told told0;
    private Told told1;
    private final Machine machine0 = new Machine();
    private final Machine machine1 = new Machine();
    private String incarnation0;
    private volatile String standstill1;
    private MetadataStore broker0;
    private MetadataStore broker1;
    private String clusterId;

    @BeforeEach
    void startTwoBrokers() throws InterruptedException, IOException {
        server.start();
        client = server.createClient();
        Config config = new ConfigBuilder(client.getConfiguration()).build();
        KubernetesMetadataStore.bound(config);
        URI master = URI.create(config.getMasterUrl());
        road = new Road(master.getPort());
        config.setMasterUrl(master.getScheme() + "://localhost:" + road.port() + "/");
        bounded = new KubernetesClientBuilder().withConfig(config).build();
        Cluster cluster = new Cluster();
        cluster.setMetadata(new ObjectMetaBuilder().withName("c").withNamespace("n").build());
        cluster.getSpec().brokers = 2;
        clusterId = client.resource(cluster).create().getMetadata().getUid();
        operator = new StandInOperator(client, 2);
        told0 = new Told();
        told1 = new Told();
        broker0 = start(0, told0, machine0);
        broker1 = start(1, told1, machine1);
        told0.await(image -> image.brokers().size() == 2);
    }

    private MetadataStore start(int id, Told told, Machine machine) {
        return start(id, told, machine, LONG);
    }

    private MetadataStore start(int id, Told told, Machine machine, Duration commandTimeout) {
        return start(id, told, machine, commandTimeout, Clock.SYSTEM);
    }

    private MetadataStore start(int id, Told told, Machine machine, Duration commandTimeout, Clock clock) {
        MetadataStore store = open(id, "c", machine, commandTimeout, clock);
        store.start(self(id), told).toCompletableFuture().join();
        return store;
    }

    private static BrokerImage self(int id) {
        return new BrokerImage(id, List.of(new BrokerImage.Endpoint("PLAIN", "c-" + id, 9092)), null);
    }

    private MetadataStore open(int id, String cluster, Machine machine, Duration commandTimeout) {
        return open(id, cluster, machine, commandTimeout, Clock.SYSTEM);
    }

    private MetadataStore open(int id, String cluster, Machine machine, Duration commandTimeout, Clock clock) {
        try {
            DataDirectories found = DataDirectories.find(List.of(DATA), clusterId, id, machine.disk(), Entropy.system());
            LogIncarnation incarnation = LogIncarnation.of(machine.disk(), found, Entropy.system());
            if (id == 0) {
                incarnation0 = incarnation.name();
            }
            KubernetesMetadataStore.Bounds bounds = new KubernetesMetadataStore.Bounds(commandTimeout, Duration.ofSeconds(4));
            MetadataStore store = KubernetesMetadataStore.of(bounded, "n", cluster, bounds, () -> id == 1 ? standstill1 : null)
                    .open(new MetadataStore.Context(
                            BrokerConfig.of(settings(id)), machine.disk(), found, clusterId, incarnation,
                            (topic, uid, partition) -> -1,
                            Runnable::run,
                            clock, Entropy.system()));
            found.claim(Set.of(), id, LogLimits.ofProcess(1), Clock.SYSTEM, Runnable::run, Entropy.system(), new ArrayList<>());
            stores.add(store);
            return store;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> settings(int id) {
        Map<String, String> settings = new HashMap<>(more);
        settings.put("node.id", Integer.toString(id));
        return settings;
    }

    private void close(MetadataStore store) {
        store.close().toCompletableFuture().join();
    }

    @AfterEach
    void stop() throws IOException {
        stores.forEach(this::close);
        operator.close();
        bounded.close();
        road.close();
        client.close();
        server.shutdown();
    }

    @Test
    void aTopicOfOneBrokerIsATopicOfAllAndAnObject() throws InterruptedException {
        // When
        TopicImage created = one(broker0.createTopics(List.of(new NewTopic("web_Log", 4, 1, null, Map.of("retention.ms", "1000"))), false));

        // Then
        assertEquals(4, created.partitions().size());
        for (PartitionImage partition : created.partitions()) {
            assertEquals(partition.replicas(), List.of(partition.leader()));
            assertEquals(1, partition.leaderEpoch());
        }
        assertEquals(List.of(0, 1), created.partitions().stream().map(PartitionImage::leader).distinct().sorted().toList());
        Topic object = client.resources(Topic.class).inNamespace("n").list().getItems().getFirst();
        assertEquals("web_Log", object.getSpec().topicName);
        assertEquals(created.id().toString(), object.getMetadata().getUid());
        int of0 = created.partition(0).leader() == 0 ? 0 : 1;
        assertEquals(incarnation0, states("web_Log").get(of0).isr().getFirst().incarnation());
        assertEquals(created.id(), told1.await(image -> image.topic("web_Log") != null).topic("web_Log").id());
        assertEquals("c-1", broker0.image().broker(1).endpoint("PLAIN").host());
    }

    @Test
    void oneNameIsOneTopicWhoeverAsks() {
        // When both brokers are asked at once
        var first = broker0.createTopics(List.of(NewTopic.withDefaults("orders")), false);
        var second = broker1.createTopics(List.of(NewTopic.withDefaults("orders")), false);

        // Then
        List<ErrorCode> errors = new ArrayList<>(List.of(result(first).error(), result(second).error()));
        assertTrue(errors.remove(ErrorCode.NONE), errors.toString());
        assertEquals(List.of(ErrorCode.TOPIC_ALREADY_EXISTS), errors);
    }

    @Test
    void usersArriveWithWhatTheyMayDoAndWhatIsKeptOfTheirPasswords() throws InterruptedException, IOException {
        // Given a broker that asks who clients are
        close(broker1);
        more = Map.of("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        Told told = new Told();
        MetadataStore asking = start(1, told, machine1);
        // When
        User alice = new User();
        alice.setMetadata(new ObjectMetaBuilder().withName("alice").withNamespace("n").build());
        alice.getSpec().cluster = "c";
        PermissionSpec reads = new PermissionSpec();
        reads.resource = "Topic";
        reads.name = "orders-";
        reads.pattern = "Prefixed";
        reads.operations = List.of("Read", "DescribeConfigs");
        alice.getSpec().permissions = List.of(reads);
        alice.getSpec().quotas = new QuotasSpec();
        alice.getSpec().quotas.producerByteRate = 1024L;
        client.resource(alice).create();
        ScramCredential credential = ScramCredential.ofPassword(ScramHash.SHA_512, "of alice", new byte[] {1, 2}, 4096);
        String entry = Base64.getEncoder().encodeToString(ScramCredentialText.of(credential).getBytes(StandardCharsets.US_ASCII));
        // Somebody of whom there is no User has an entry, too
        client.resource(new SecretBuilder().withNewMetadata().withName("c-users").withNamespace("n").endMetadata()
                .withData(Map.of("alice", entry, "bob", entry)).build())
                .create();
        User elsewhere = new User();
        elsewhere.setMetadata(new ObjectMetaBuilder().withName("bob").withNamespace("n").build());
        elsewhere.getSpec().cluster = "another";
        client.resource(elsewhere).create();
        // Then
        ClusterImage image = told.await(it -> it.scramUsers().find(ScramHash.SHA_512, "alice") != null && !it.acls().bindings().isEmpty());
        assertEquals(Set.of("alice"), image.scramUsers().byName().keySet());
        assertEquals(credential, image.scramUsers().find(ScramHash.SHA_512, "alice"));
        assertEquals(Set.of("ALLOW User:alice from * READ on TOPIC:PREFIXED:orders-", "ALLOW User:alice from * DESCRIBE_CONFIGS on TOPIC:PREFIXED:orders-"),
                image.acls().bindings().stream().map(Object::toString).collect(Collectors.toSet()));
        assertEquals(Map.of(QuotaEntity.user("alice"), Map.of(QuotaKey.PRODUCER_BYTE_RATE, 1024.0)), image.quotas().byEntity());
        // When Kafka's tools set rules and quotas beside those, it is known when they hold
        AclBinding byTool = new AclBinding(ResourceType.GROUP, "readers", PatternType.LITERAL,
                new Acl("User:alice", "*", Operation.READ, PermissionType.ALLOW));
        assertTrue(asking.createAcls(List.of(byTool)).toCompletableFuture().join().getFirst().isDone());
        assertTrue(
                asking.alterQuotas(List.of(new QuotaAlteration(QuotaEntity.user("alice"), Map.of("producer_byte_rate", 5.0, "consumer_byte_rate", 7.0))), false)
                        .toCompletableFuture().join().getFirst().isDone());
        assertEquals(3, asking.image().acls().bindings().size());
        assertEquals(Map.of(QuotaKey.PRODUCER_BYTE_RATE, 1024.0, QuotaKey.CONSUMER_BYTE_RATE, 7.0),
                asking.image().quotas().byEntity().get(QuotaEntity.user("alice")));
        // When a permission cannot be understood, for it might deny
        client.resource(alice).edit(user -> {
            user.getSpec().permissions.getFirst().effect = "Perhaps";
            return user;
        });
        // Then
        told.await(it -> it.acls().bindings().equals(Set.of(byTool)) && it.scramUsers().byName().isEmpty());
        // And a broker that asks nobody reads no Users
        assertTrue(broker0.image().acls().bindings().stream().allMatch(byTool::equals));
    }

    private User user(String name, String cluster, String authentication) {
        User user = new User();
        user.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("n").build());
        user.getSpec().cluster = cluster;
        user.getSpec().authentication = authentication;
        return user;
    }

    @Test
    void whatIsKeptOfThePasswordOfAUserThatWasDeletedIsNotThatOfTheNextOfItsName() throws IOException {
        close(broker1);
        more = Map.of("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        MetadataStore asking = start(1, new Told(), machine1);
        User first = client.resource(user("alice", "c", "Scram")).create();
        ScramCredential credential = ScramCredential.ofPassword(ScramHash.SHA_512, "of alice", new byte[] {1, 2}, 4096);
        String entry = Base64.getEncoder().encodeToString(ScramCredentialText.of(credential).getBytes(StandardCharsets.US_ASCII));
        client.resource(new SecretBuilder().withNewMetadata().withName("c-users").withNamespace("n").endMetadata()
                .withData(Map.of("alice", entry, User.ownerEntryOf("alice"), User.ownerEntry(first.getMetadata().getUid()))).build()).create();
        await(() -> asking.image().scramUsers().find(ScramHash.SHA_512, "alice") != null);
        KnownUser known = asking.image().knownUsers().get("alice");
        assertEquals(first.getMetadata().getUid(), known.id());
        // When somebody else gets the name, and no operator has seen it yet
        client.resource(first).delete();
        User second = client.resource(user("alice", "c", "Scram")).create();
        // Then the password of the first one opens nothing, and whoever is in by it is another one
        await(() -> isKnown(asking, "alice") && asking.image().knownUsers().get("alice").id().equals(second.getMetadata().getUid()));
        assertTrue(asking.image().scramUsers().byName().isEmpty());
        KnownUsers later = asking.image().knownUsers()::get;
        assertFalse(later.remains("alice", known).getAsBoolean());
        // When the operator has given it one
        client.secrets().inNamespace("n").withName("c-users").edit(secret -> {
            secret.getData().put(User.ownerEntryOf("alice"), User.ownerEntry(second.getMetadata().getUid()));
            return secret;
        });
        await(() -> asking.image().scramUsers().find(ScramHash.SHA_512, "alice") != null);
    }

    @Test
    void whatTheOwnerOfATopicOfAnotherNamespaceGrantsIsAllowed() throws IOException {
        close(broker1);
        more = Map.of("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        MetadataStore asking = start(1, new Told(), machine1);
        one(asking.createTopics(List.of(NewTopic.withDefaults("team-a.readings")), false));
        // When the operator says what its owner grants, and something of a release to come
        client.resources(Topic.class).inNamespace("n").withName("team-a.readings").editStatus(topic -> {
            topic.getStatus().grants = List.of("User:robot Read", "User:robot Dream");
            return topic;
        });
        // Then
        await(() -> asking.image().acls().bindings().stream().map(Object::toString).toList()
                .equals(List.of("ALLOW User:robot from * READ on TOPIC:LITERAL:team-a.readings")));
        // And no longer
        client.resources(Topic.class).inNamespace("n").withName("team-a.readings").editStatus(topic -> {
            topic.getStatus().grants = List.of();
            return topic;
        });
        await(() -> asking.image().acls().bindings().isEmpty());
    }

    @Test
    void aTopicThatIsForAClusterOfAnotherNamespaceIsNoneOfTheOneHereWithTheSameName() {
        Topic foreign = new Topic();
        foreign.setMetadata(new ObjectMetaBuilder().withName("orders").withNamespace("n").build());
        foreign.getSpec().cluster = "c";
        foreign.getSpec().clusterNamespace = "elsewhere";
        client.resource(foreign).create();
        // When one of that name is made here
        TopicImage made = one(broker0.createTopics(List.of(NewTopic.withDefaults("orders")), false));
        // Then it is another one
        assertNotEquals(client.resource(foreign).get().getMetadata().getUid(), made.id().toString());
        assertEquals(List.of("orders"), broker0.image().topics().stream().map(TopicImage::name).toList());
    }

    private static boolean isKnown(MetadataStore store, String user) {
        return store.image().knownUsers().containsKey(user);
    }

    @Test
    void whoProvesByCertificateOrTokenWhoHeIsIsKnownAsLongAsThereIsAUser() throws IOException {
        close(broker1);
        more = Map.of("listeners", "TLS://127.0.0.1:0", "listener.security.protocol.map", "TLS:SSL", "listener.name.tls.known.users.only", "true");
        MetadataStore asking = start(1, new Told(), machine1);
        // When
        User robot = user("robot", "c", "ServiceAccount");
        robot.getSpec().serviceAccount = new AccountSpec();
        robot.getSpec().serviceAccount.namespace = "team-a";
        client.resource(robot).create();
        client.resource(user("auditor", "c", "Tls")).create();
        client.resource(user("alice", "c", "Scram")).create();
        client.resource(user("bob", "another", "Tls")).create();
        client.resource(user("last", "c", "Tls")).create();
        // Then
        await(() -> isKnown(asking, "last"));
        assertTrue(isKnown(asking, "auditor"));
        assertTrue(isKnown(asking, "system:serviceaccount:team-a:robot"));
        assertFalse(isKnown(asking, "robot"));
        assertEquals(Proof.PASSWORD, asking.image().knownUsers().get("alice").proof());
        assertFalse(isKnown(asking, "bob"));
        // And no longer
        client.resource(robot).delete();
        await(() -> !isKnown(asking, "system:serviceaccount:team-a:robot"));
        assertFalse(isKnown(broker0, "auditor"));
    }

    @Test
    void whoHasARoleMayDoWhatTheRoleMay() throws IOException {
        close(broker1);
        more = Map.of("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        MetadataStore asking = start(1, new Told(), machine1);
        User role = user("reader", "c", "Role");
        PermissionSpec reads = new PermissionSpec();
        reads.resource = "Topic";
        reads.name = "orders";
        reads.operations = List.of("Read");
        role.getSpec().permissions = List.of(reads);
        User robot = user("robot", "c", "ServiceAccount");
        robot.getSpec().roles = List.of("reader");
        // When
        client.resource(robot).create();
        client.resource(user("last", "c", "Tls")).create();
        await(() -> isKnown(asking, "last"));
        // Then whoever lacks a role may do nothing, and is nobody
        assertFalse(isKnown(asking, "system:serviceaccount:n:robot"));
        // When
        client.resource(role).create();
        // Then
        Set<String> rules = Set.of("ALLOW User:system:serviceaccount:n:robot from * READ on TOPIC:LITERAL:orders");
        await(() -> asking.image().acls().bindings().stream().map(Object::toString).collect(Collectors.toSet()).equals(rules));
        assertTrue(isKnown(asking, "system:serviceaccount:n:robot"));
        assertFalse(isKnown(asking, "reader"));
        // And no longer
        client.resource(role).delete();
        await(() -> asking.image().acls().bindings().isEmpty() && !isKnown(asking, "system:serviceaccount:n:robot"));
    }

    @Test
    void theKeysOfTokensAreThoseOfTheApiServerAndAreKeptForWhenItIsAway() throws IOException {
        AccountTokens tokens = new AccountTokens("one");
        server.publish(tokens);
        assertEquals(tokens.published(), broker0.tokenKeys().fetch());
        road.close();
        // A process that has just begun
        assertEquals(tokens.published(), broker0.tokenKeys().fetch());
        assertThrows(IOException.class, () -> broker1.tokenKeys().fetch());
        road.reopen();
    }

    @Test
    void whichCertificatesABrokerHasIsInItsLease() {
        broker0.keysInForce("REPLICATION=aa/bb");
        await(() -> "REPLICATION=aa/bb".equals(client.leases().inNamespace("n").withName("c-0").get().getMetadata().getAnnotations().get("partita.io/keys")));
    }

    @Test
    void aTopicMadeAnewIsAnotherOne() throws InterruptedException {
        TopicImage old = one(broker0.createTopics(List.of(NewTopic.withDefaults("orders")), false));

        one(broker0.deleteTopics(List.of(TopicSelector.byName("orders"))));
        assertNull(broker0.image().topic("orders"));
        TopicImage anew = one(broker0.createTopics(List.of(NewTopic.withDefaults("orders")), false));

        assertNotEquals(old.id(), anew.id());
        told1.await(image -> image.topic(anew.id()) != null && image.topic(old.id()) == null);
    }

    @Test
    void partitionsAreAddedAndSettingsChangedForEveryBroker() throws InterruptedException {
        TopicImage created = one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));

        TopicImage grown = one(broker1AfterSeeing(created).createPartitions(List.of(new NewPartitions("orders", 5, null)), false));
        one(broker1.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic("orders"), List.of(set("retention.ms", "5")), false)), false));
        one(broker1.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Broker(ClusterImage.ALL_BROKERS),
                List.of(set("log.retention.ms", "7")), false)), false));

        assertEquals(5, grown.partitions().size());
        assertEquals(created.partition(1).replicas(), grown.partition(1).replicas());
        told0.await(image -> image.topic("orders") != null && "5".equals(image.topic("orders").configs().get("retention.ms"))
                && "7".equals(image.brokerConfigs(ClusterImage.ALL_BROKERS).get("log.retention.ms")));
    }

    @Test
    void whatIsWrittenByOthersArrivesToo() throws InterruptedException {
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName("applied").withNamespace("n").build());
        topic.getSpec().cluster = "c";
        topic.getSpec().partitions = 3;
        client.resource(topic).create();

        ClusterImage image = told0.await(seen -> seen.topic("applied") != null && led(seen.topic("applied")));

        assertEquals(3, image.topic("applied").partitions().size());
    }

    @Test
    void aTopicAsksForTheRecordsOfADeletedOneByAnAnnotation() throws InterruptedException {
        UUID former = new UUID(1, 2);
        for (String asked : List.of(former.toString(), "no uid")) {
            Topic topic = new Topic();
            topic.setMetadata(
                    new ObjectMetaBuilder().withName("again-" + asked.length()).withNamespace("n").withAnnotations(Map.of(Topic.RECORDS_OF, asked)).build());
            topic.getSpec().cluster = "c";
            String uid = client.resource(topic).create().getMetadata().getUid();
            String name = topic.getMetadata().getName();
            told0.await(image -> image.topic(name) != null && led(image.topic(name)));
            assertEquals(asked.equals("no uid") ? null : former, broker0.recordsOf(UUID.fromString(uid)));
        }
        assertNull(broker0.recordsOf(former));
    }

    @Test
    void aRestartLeadsUnderANewEpoch() throws InterruptedException {
        TopicImage before = one(broker0.createTopics(List.of(new NewTopic("orders", 4, 1, null, Map.of())), false));

        Told told = new Told();
        start(0, told, machine0);

        ClusterImage first = told.changes.peek().after();
        for (int i = 0; i < 4; i++) {
            assertTrue(before.partition(i).leader() == 1 || first.topic("orders").partition(i).leader() == PartitionImage.NO_LEADER);
        }
        TopicImage after = told.await(image -> led(image.topic("orders"))).topic("orders");
        for (int i = 0; i < 4; i++) {
            assertEquals(before.partition(i).leaderEpoch() + (before.partition(i).leader() == 0 ? 1 : 0), after.partition(i).leaderEpoch());
        }
    }

    @Test
    void aDiskThatWasReplacedDoesNotLeadUntilSomebodySaysSo() throws InterruptedException {
        TopicImage before = one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        close(broker0);

        Told told = new Told();
        MetadataStore restarted = start(0, told, new Machine());
        // A whole round trip over the API server later
        one(restarted.createTopics(List.of(new NewTopic("later", 2, 1, null, Map.of())), false));

        for (int i = 0; i < 2; i++) {
            int expected = before.partition(i).leader() == 1 ? 1 : PartitionImage.NO_LEADER;
            assertEquals(expected, restarted.image().topic("orders").partition(i).leader());
        }
        // When
        one(restarted.alterConfigs(List.of(new ConfigAlteration(
                new ConfigAlteration.Topic("orders"), List.of(set("unclean.leader.election.enable", "true")), false)), false));
        // Then
        TopicImage led = told.await(image -> image.topic("orders") != null && led(image.topic("orders"))).topic("orders");
        assertEquals(List.of(2, 1), List.of(led.partition(0).leader() == 0 ? led.partition(0).leaderEpoch() : led.partition(1).leaderEpoch(),
                led.partition(0).leader() == 0 ? led.partition(1).leaderEpoch() : led.partition(0).leaderEpoch()));
    }

    @Test
    void aMachineThatFailedLeadsWithWhatIsLeftBecauseNobodyHasMore() throws InterruptedException {
        // Given
        TopicImage before = one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        String incarnation = incarnation0;
        // When
        machine0.fail();
        Told told = new Told();
        start(0, told, machine0);
        // Then
        told.await(image -> image.topic("orders") != null && led(image.topic("orders")));
        assertNotEquals(incarnation, incarnation0);
        int of0 = before.partition(0).leader() == 0 ? 0 : 1;
        assertEquals(incarnation0, states("orders").get(of0).isr().getFirst().incarnation());
    }

    @Test
    void whoStopsGivesUpItsPartitionsAndItsPlace() throws InterruptedException {
        // Given
        TopicImage before = one(broker0.createTopics(List.of(new NewTopic("orders", 4, 1, null, Map.of())), false));
        told1.await(image -> image.topic("orders") != null && led(image.topic("orders")));
        // When
        close(broker0);
        // Then
        told1.await(image -> image.brokers().size() == 1 && IntStream.range(0, 4).allMatch(i -> {
            PartitionImage after = image.topic("orders").partition(i);
            return after.leaderEpoch() == 1 && after.leader() == (before.partition(i).leader() == 1 ? 1 : PartitionImage.NO_LEADER);
        }));
    }

    @Test
    void whoCanWriteNothingHandsOverAndLeavesTheInSyncSet() throws InterruptedException {
        // Given a partition of two that both have
        TopicImage topic = one(broker0.createTopics(List.of(new NewTopic("orders", 1, 2, null, Map.of())), false));
        int full = topic.partition(0).leader();
        MetadataStore leader = full == 0 ? broker0 : broker1;
        Told told = full == 0 ? told1 : told0;
        PartitionKey key = new PartitionKey(topic.id(), 0);
        PartitionState led = states("orders").getFirst();
        Lease other = client.leases().inNamespace("n").withName("c-" + (1 - full)).get();
        leader.states().ask(key, led, InSyncSets.add(led, led.leader(), 1 - full, Registration.logs(other)).nextOr(null), seen -> {});
        told.await(image -> image.topic("orders") != null && image.topic("orders").partition(0).inSyncReplicas().size() == 2);
        // When
        leader.hindered(new Hindrances(Set.of(), Set.of(key), Set.of()));
        // Then
        told.await(image -> image.topic("orders").partition(0).leader() == 1 - full);
        told.await(image -> image.topic("orders").partition(0).inSyncReplicas().equals(List.of(1 - full)));
        await(() -> Registration.isHindered(client.leases().inNamespace("n").withName("c-" + full).get()));
        // When there is room again
        leader.hindered(Hindrances.NONE);
        // Then
        await(() -> !Registration.isHindered(client.leases().inNamespace("n").withName("c-" + full).get()));
    }

    @Test
    void ofTwoProcessesOfOneBrokerTheNewerLeadsAndTheOlderWaits() throws InterruptedException {
        // Given
        TopicImage before = one(broker0.createTopics(List.of(new NewTopic("orders", 4, 1, null, Map.of())), false));
        told0.await(image -> image.topic("orders") != null && led(image.topic("orders")));
        int of0 = before.partition(0).leader() == 0 ? 0 : 1;
        // When another process of the same broker starts while this one lives
        Told told = new Told();
        MetadataStore newer = start(0, told, machine0);
        // Then
        told.await(image -> led(image.topic("orders")));
        told0.await(seen -> seen.topic("orders").partition(of0).leader() < 0);
        // When the older one knows of it, and nothing else happens
        TopicImage other = one(newer.createTopics(List.of(new NewTopic("other", 4, 1, null, Map.of())), false));
        told0.await(image -> image.topic("other") != null);
        List<PartitionState> then = states("orders");
        TimeUnit.MILLISECONDS.sleep(Membership.RENEWAL.toMillis() + 1_000);
        // Then they do not outbid each other
        assertEquals(then, states("orders"));
        states("other").forEach(state -> assertEquals(1, state.epoch(), state::toString));
        // When the newer one stops
        close(newer);
        // Then the older one comes forward
        told0.await(seen -> seen.topic("orders").partition(of0).leader() == 0 && seen.topic("other") != null && led(seen.topic("other")));
        assertEquals(other.id(), broker0.image().topic("other").id());
    }

    /** What is stored of the partitions of a topic, by partition. */
    private List<PartitionState> states(String topic) {
        UUID id = broker1.image().topic(topic) == null ? broker0.image().topic(topic).id() : broker1.image().topic(topic).id();
        TreeMap<PartitionKey, PartitionState> states = new TreeMap<>();
        for (PartitionSetObject set : client.resources(PartitionSetObject.class).inNamespace("n").list().getItems()) {
            ((PartitionSetText.Reading.Whole) PartitionSetText.read(set.getSpec().lines)).set().states().forEach((key, state) -> {
                if (key.topicId().equals(id)) {
                    states.put(key, state);
                }
            });
        }
        return List.copyOf(states.values());
    }

    @Test
    void aBrokerThatDoesNotGetOnIsGoneForClientsUntilItDoes() throws InterruptedException {
        standstill1 = "an event loop has stood still for 16 s";
        told0.await(image -> image.brokers().size() == 1);
        standstill1 = null;
        told0.await(image -> image.brokers().size() == 2);
    }

    @Test
    void otherAddressesAreToldAtOnceAndOutlastRenewals() throws InterruptedException {
        // When an address changes, and one comes of a listener that the broker has not
        ((KubernetesMetadataStore) broker0)
                .advertise(List.of(new BrokerImage.Endpoint("PLAIN", "lb.example", 19_092), new BrokerImage.Endpoint("OTHER", "x", 1)));
        // Then
        told0.await(image -> image.broker(0).endpoint("PLAIN").host().equals("lb.example"));
        ClusterImage seen = told1.await(image -> image.broker(0) != null && image.broker(0).endpoint("PLAIN").host().equals("lb.example"));
        assertEquals(List.of(new BrokerImage.Endpoint("PLAIN", "lb.example", 19_092)), seen.broker(0).endpoints());
        // When somebody deletes the registration, and it is made again
        client.leases().inNamespace("n").withName("c-0").delete();
        told1.await(image -> image.broker(0) == null);
        assertEquals("lb.example", told1.await(image -> image.broker(0) != null).broker(0).endpoint("PLAIN").host());
    }

    @Test
    void aLeaseThatIsDeletedIsMadeAgain() throws InterruptedException {
        client.leases().inNamespace("n").withName("c-0").delete();
        told1.await(image -> image.brokers().size() == 1);
        told1.await(image -> image.brokers().size() == 2);
    }

    @Test
    void aLeaseThatSomebodyTakesTheLabelsOfIsFoundAgain() throws InterruptedException {
        // When
        client.leases().inNamespace("n").withName("c-0").edit(lease -> {
            lease.getMetadata().setLabels(Map.of("team", "blue"));
            return lease;
        });
        told1.await(image -> image.broker(0) == null);
        broker0.hindered(new Hindrances(Set.of(), Set.of(new PartitionKey(UUID.randomUUID(), 0)), Set.of())); // to be told with a renewal, which is now
        // Then
        told1.await(image -> image.broker(0) != null);
        assertEquals("blue", client.leases().inNamespace("n").withName("c-0").get().getMetadata().getLabels().get("team"));
        // When they are gone while no process is there
        broker0.close();
        told1.await(image -> image.broker(0) == null);
        client.leases().inNamespace("n").withName("c-0").edit(lease -> {
            lease.getMetadata().setLabels(Map.of());
            return lease;
        });
        broker0 = start(0, new Told(), new Machine());
        // Then
        told1.await(image -> image.broker(0) != null);
    }

    @Test
    void aLeaseOfSomebodyElseIsLeftAlone() {
        client.resource(
                new LeaseBuilder().withNewMetadata().withName("c-2").withNamespace("n").endMetadata().withNewSpec().withHolderIdentity("app").endSpec().build())
                .create();

        assertStartFails("is somebody else's", open(2, "c", new Machine(), LONG));
    }

    @Test
    void aWatchThatHasFallenSilentIsMadeAnew() throws InterruptedException {
        // Given
        one(broker0.createTopics(List.of(NewTopic.withDefaults("before")), false));
        told1.await(image -> image.topic("before") != null);
        // When what was connected is dead, and nobody says so
        road.swallowOld();
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName("after").withNamespace("n").build());
        topic.getSpec().cluster = "c";
        client.resource(topic).create();
        // Then
        told0.await(image -> image.topic("after") != null && led(image.topic("after")));
        told1.await(image -> image.topic("after") != null && led(image.topic("after")) && image.brokers().size() == 2);
    }

    @Test
    void anApiServerThatHangsDoesNotKeepABrokerFromStopping() {
        // Given
        one(broker0.createTopics(List.of(new NewTopic("orders", 4, 1, null, Map.of())), false));
        road.swallowAll();
        var hanging = broker0.createTopics(List.of(NewTopic.withDefaults("hangs")), false);
        // When
        long began = System.nanoTime();
        close(broker0);
        // Then
        assertTrue(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began) < 8, "It took too long to stop.");
        assertFalse(hanging.toCompletableFuture().isDone() && result(hanging).isDone());
    }

    @Test
    void whatAClientNoLongerWaitsForIsNotDoneLater() throws InterruptedException {
        // Given commands that wait behind one that hangs
        close(broker0);
        Told told = new Told();
        MetadataStore impatient = start(0, told, machine0, Duration.ofMillis(300));
        TopicImage old = one(broker1.createTopics(List.of(NewTopic.withDefaults("orders")), false));
        told.await(image -> image.topic("orders") != null);
        road.swallowAll();
        impatient.createTopics(List.of(NewTopic.withDefaults("hangs")), false);
        var late = impatient.deleteTopics(List.of(TopicSelector.byName("orders")));
        // When the client was told that nobody knows, and the topic is made anew by somebody else
        assertEquals(ErrorCode.REQUEST_TIMED_OUT, result(late).error());
        client.resources(Topic.class).inNamespace("n").withName("orders").delete();
        Topic anew = new Topic();
        anew.setMetadata(new ObjectMetaBuilder().withName("orders").withNamespace("n").build());
        anew.getSpec().cluster = "c";
        String uid = client.resource(anew).create().getMetadata().getUid();
        // Then it stays
        close(impatient);
        assertNotEquals(old.id().toString(), uid);
        assertEquals(uid, client.resources(Topic.class).inNamespace("n").withName("orders").get().getMetadata().getUid());
    }

    @Test
    void aTopicThatWaitsForBrokersIsNotRefused() throws InterruptedException {
        // Given an operator that cannot place yet
        operator.hold();
        var waiting = broker0.createTopics(List.of(NewTopic.withDefaults("orders")), false).toCompletableFuture();
        await(() -> {
            Topic topic = client.resources(Topic.class).inNamespace("n").withName("orders").get();
            return topic != null && topic.getStatus() != null;
        });
        assertFalse(waiting.isDone());
        // When
        operator.release();
        // Then
        one(waiting);
    }

    @Test
    void aTopicThatIsRefusedIsNotInTheWayOfABetterOne() {
        assertEquals("Ask for fewer.", result(broker0.createTopics(List.of(new NewTopic("a", 1_000, 1, null, Map.of())), false)).message());

        await(() -> client.resources(Topic.class).inNamespace("n").withName("a").get() == null);
        one(broker0.createTopics(List.of(new NewTopic("a", 10, 1, null, Map.of())), false));
    }

    @Test
    void aStatusThatSomebodyDamagedChangesNothing() throws InterruptedException {
        // Given
        TopicImage before = one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        // When
        List<Consumer<TopicStatus>> edits = List.of(
                status -> status.places = List.of(),
                status -> status.topicId = UUID.randomUUID().toString(),
                status -> status.places = status.places.reversed(),
                status -> status.places = List.of("7-0 7", "?"),
                status -> status.partitions = List.of(new PartitionStatus(0, new PartitionStatus.Leader(7, "x"), 9, 9, List.of(1), List.of())),
                status -> status.conditions = List.of(new ConditionBuilder().withType("Ready").withStatus("True").build()));
        TopicStatus sound = client.resources(Topic.class).inNamespace("n").withName("orders").get().getStatus();
        for (Consumer<TopicStatus> edit : edits) {
            editStatus("orders", edit);
            // A round trip later
            one(broker0.createTopics(List.of(NewTopic.withDefaults("after-" + edits.indexOf(edit))), false));
            // Then
            assertEquals(before, broker0.image().topic("orders"));
            editStatus("orders", status -> {
                status.topicId = sound.topicId;
                status.places = sound.places;
                status.partitions = sound.partitions;
                status.conditions = sound.conditions;
            });
        }
        assertTrue(told0.changes.stream().noneMatch(change -> change.deleted().stream().anyMatch(topic -> topic.name().equals("orders"))));
    }

    private void editStatus(String name, Consumer<TopicStatus> edit) {
        for (boolean stored = false; !stored;) {
            Topic topic = client.resources(Topic.class).inNamespace("n").withName(name).get();
            edit.accept(topic.getStatus());
            try {
                client.resource(topic).updateStatus();
                stored = true;
            } catch (KubernetesClientException e) {
                assertEquals(409, e.getCode(), "a broker was faster");
            }
        }
    }

    @Test
    void whatANextReleaseWroteOutlastsWhatWeWrite() throws InterruptedException {
        // Given objects with a field more wherever one can be, and a word that nobody knows yet
        one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of("retention.ms", "1"))), false));
        raw(Topic.class, "orders").edit(object -> {
            addTo(object.get("spec"));
            return object;
        });
        // A newer operator takes a setting that this release has no word for.
        raw(Topic.class, "orders").editStatus(object -> {
            addTo(object.get("status"));
            object.<Map<String, Object>>get("status").put("config", object.get("spec", "config"));
            return object;
        });
        raw(PartitionSetObject.class, "c-0-0").edit(object -> {
            addTo(object.get("spec"));
            return object;
        });
        raw(Cluster.class, "c").edit(object -> {
            addTo(object.get("spec"));
            object.<Map<String, Object>>get("spec").put("nodeSpread", "Later");
            return object;
        });
        client.leases().inNamespace("n").withName("c-0").edit(lease -> {
            lease.getMetadata().getAnnotations().put(LATER, "x");
            return lease;
        });
        // When everything is written that brokers write
        broker0.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic("orders"), List.of(set("retention.ms", "5")), false)), false);
        one(broker0.createPartitions(List.of(new NewPartitions("orders", 3, null)), false));
        one(broker0.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Broker(ClusterImage.ALL_BROKERS),
                List.of(set("log.retention.ms", "7")), false)), false));
        close(broker0);
        Told told = new Told();
        start(0, told, machine0);
        TopicImage known = told.await(image -> image.topic("orders") != null && led(image.topic("orders"))).topic("orders");
        // Then
        assertEquals(Map.of("retention.ms", "1"), known.configs());
        GenericKubernetesResource topic = raw(Topic.class, "orders").get();
        assertEquals(Map.of(LATER, "x", "retention.ms", "5"), topic.get("spec", "config"));
        assertEquals("x", topic.get("spec", LATER));
        assertEquals("x", topic.get("status", LATER));
        assertEquals("x", raw(PartitionSetObject.class, "c-0-0").get().get("spec", LATER));
        assertEquals("7", raw(Cluster.class, "c").get().<Map<String, String>>get("spec", "config").get("log.retention.ms"));
        assertEquals("x", raw(Cluster.class, "c").get().get("spec", LATER));
        assertEquals("Later", raw(Cluster.class, "c").get().get("spec", "nodeSpread"));
        assertEquals("x", client.leases().inNamespace("n").withName("c-0").get().getMetadata().getAnnotations().get(LATER));
    }

    private static final String LATER = "later";

    private Resource<GenericKubernetesResource> raw(Class<? extends HasMetadata> type, String name) {
        return client.genericKubernetesResources(ResourceDefinitionContext.fromResourceType(type)).inNamespace("n").withName(name);
    }

    @SuppressWarnings("unchecked")
    private static void addTo(Object node) {
        if (node instanceof Map<?, ?> object) {
            object.values().forEach(KubernetesMetadataStoreTest::addTo);
            ((Map<String, Object>) object).putIfAbsent(LATER, "x");
        } else if (node instanceof List<?> list) {
            list.forEach(KubernetesMetadataStoreTest::addTo);
        }
    }

    @Test
    void anElectionIsOneRequest() throws InterruptedException {
        // Given
        TopicImage topic = one(broker0.createTopics(List.of(new NewTopic("orders", 4, 1, null, Map.of())), false));
        close(broker0);
        told1.await(image -> image.topic(topic.id()) != null && image.topic(topic.id()).partitions().stream().anyMatch(partition -> partition.leader() < 0));
        int before = server.getRequestCount();
        // When
        Told told = new Told();
        start(0, told, machine0);
        told.await(image -> image.topic("orders") != null && led(image.topic("orders")));
        // Then: five lists, five watches, a look at the Lease and its registration, the election, and what has to be asked before logs are deleted
        int requests = server.getRequestCount() - before;
        assertTrue(requests <= 13 + 2, requests + " requests");
    }

    @Test
    void aPartitionMovesToTheOtherBrokerWhenSomebodyAsksForIt() throws InterruptedException {
        // Given
        TopicImage topic = one(broker0.createTopics(List.of(new NewTopic("orders", 1, 1, null, Map.of())), false));
        int from = topic.partition(0).leader();
        MetadataStore leader = from == 0 ? broker0 : broker1;
        // When
        one(broker1.reassign(List.of(new ReassignmentWish("orders", 0, List.of(1 - from), true))));
        Told told = from == 0 ? told0 : told1;
        PartitionState begun = told.await(image -> image.topic("orders") != null && image.topic("orders").partition(0).replicas().size() == 2).topic("orders")
                .partition(0).stored().state();
        String logs = client.leases().inNamespace("n").withName("c-" + (1 - from)).get().getMetadata().getAnnotations().get(Registration.LOGS);
        leader.states().ask(new PartitionKey(topic.id(), 0), begun, InSyncSets.add(begun, begun.leader(), 1 - from, logs).nextOr(null), seen -> {});
        // Then
        told.await(image -> image.topic("orders").partition(0).replicas().equals(List.of(1 - from)) && image.topic("orders").partition(0).leader() == 1 - from);
        assertEquals(ErrorCode.INVALID_REPLICATION_FACTOR, broker0.reassign(List.of(new ReassignmentWish("orders", 0, List.of(0, 1), true)))
                .toCompletableFuture().join().getFirst().error(), "that is spec.replicas of the Topic");
    }

    @Test
    void whatABrokerHeldWhoseNodeIsGoneIsPutElsewhereAtOnce() throws InterruptedException {
        // Given a third broker, which gets nothing for being new
        client.resources(Cluster.class).inNamespace("n").withName("c").edit(cluster -> {
            cluster.getSpec().brokers = 3;
            cluster.getSpec().config.put("new.broker.rebalance.enable", "false");
            return cluster;
        });
        start(2, new Told(), new Machine());
        told1.await(image -> image.brokers().size() == 3);
        // And a partition of the other two, whichever of them leads it
        TopicImage topic = one(broker1.createTopics(List.of(new NewTopic("orders", 1, 2, null, Map.of())), false));
        int leader = topic.partition(0).leader();
        int gone = 1 - leader;
        close(store(gone));
        // When
        client.resources(Cluster.class).inNamespace("n").withName("c").editStatus(cluster -> {
            ClusterStatus status = new ClusterStatus();
            status.brokers.add(new BrokerStatus(gone, "c-" + gone, "node-" + gone, null, false, 1, "is away", "its node node-" + gone + " is gone"));
            cluster.setStatus(status);
            return cluster;
        });
        // Then
        told(leader).await(image -> image.topic("orders") != null && image.topic("orders").partition(0).replicas().contains(2));
    }

    /** A new topic of a partition with both brokers in sync, led by the first of its replicas. */
    private TopicImage bothInSync(String name) {
        TopicImage topic = one(broker0.createTopics(List.of(new NewTopic(name, 1, 2, null, Map.of())), false));
        int first = topic.partition(0).replicas().getFirst();
        await(() -> {
            PartitionState state = broker0.image().topic(name).partition(0).stored().state();
            if (state.leader() != null && state.isr().size() == 1) {
                int leader = state.leader().broker();
                String logs = Registration.logs(client.leases().inNamespace("n").withName("c-" + (1 - leader)).get());
                store(leader).states().ask(new PartitionKey(topic.id(), 0), state, InSyncSets.add(state, state.leader(), 1 - leader, logs).nextOr(state),
                        seen -> {});
            }
            return state.isr().size() == 2 && state.leader() != null && state.leader().broker() == first;
        });
        return broker0.image().topic(name);
    }

    @Test
    void aBrokerThatSomebodyHasFencedLeadsNothingThatAnotherCanLead() throws InterruptedException {
        // Given
        int first = bothInSync("orders").partition(0).leader();
        int other = 1 - first;
        // And those that each has alone
        TopicImage alone = one(broker0.createTopics(List.of(new NewTopic("alone", 2, 1, null, Map.of())), false));
        // When
        fence(Integer.toString(first));
        // Then
        ClusterImage fenced = told(other).await(image -> image.topic("orders") != null && image.topic("orders").partition(0).leader() == other
                && image.topic("alone") != null && led(image.topic("alone")));
        assertEquals(2, fenced.topic("orders").partition(0).inSyncReplicas().size());
        assertEquals(alone.partition(0).leader(), fenced.topic("alone").partition(0).leader());
        assertEquals(alone.partition(1).leader(), fenced.topic("alone").partition(1).leader());
        // When that is over it leads what it should
        fence("");
        told(other).await(image -> image.topic("orders").partition(0).leader() == first);
    }

    private MetadataStore store(int broker) {
        return broker == 0 ? broker0 : broker1;
    }

    private Told told(int broker) {
        return broker == 0 ? told0 : told1;
    }

    private void fence(String brokers) {
        client.resources(Cluster.class).inNamespace("n").withName("c").edit(cluster -> {
            cluster.getMetadata().setAnnotations(new TreeMap<>(Map.of(Cluster.FENCE_BROKERS, brokers)));
            return cluster;
        });
    }

    @Test
    void topicsThatCannotBeLedAreNotAskedForAgainAndAgain() throws InterruptedException {
        // Given topics whose logs are gone
        for (int i = 0; i < 20; i++) {
            one(broker0.createTopics(List.of(new NewTopic("t" + i, 2, 1, null, Map.of())), false));
        }
        close(broker0);
        Told told = new Told();
        MetadataStore restarted = start(0, told, new Machine());
        one(broker1.createTopics(List.of(NewTopic.withDefaults("later")), false));
        told.await(image -> image.topic("later") != null);
        TimeUnit.SECONDS.sleep(1);
        // When nothing happens but renewals
        int before = server.getRequestCount();
        TimeUnit.SECONDS.sleep(6);
        int requests = server.getRequestCount() - before;
        // Then
        assertTrue(requests < 20, requests + " requests");
        assertEquals(PartitionImage.NO_LEADER,
                restarted.image().topic("t0").partition(restarted.image().topic("t0").partition(0).replicas().contains(0) ? 0 : 1).leader());
    }

    @Test
    void aProcessThatDiedIsNoLeaderWhenItsLogIsGoneToo() throws IOException {
        // Given
        one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        road.close();
        close(broker0);
        road.reopen();
        // When
        start(0, new Told(), new Machine());
        // Then
        await(() -> states("orders").stream().filter(state -> state.leader() == null).count() == 1);
    }

    private static void await(BooleanSupplier condition) {
        for (long deadline = System.nanoTime() + PATIENCE.toNanos(); !condition.getAsBoolean();) {
            assertTrue(System.nanoTime() < deadline, "It never came to be.");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    @Test
    void aBrokerThatIsNotHeardOfIsGone() throws InterruptedException {
        // Given a Lease that nobody renews
        Lease lease = client.leases().inNamespace("n").withName("c-1").get();
        lease.getMetadata().setName("c-2");
        lease.getMetadata().setResourceVersion(null);
        lease.getMetadata().getLabels().put(Registration.BROKER_LABEL, "2");
        lease.getSpec().setLeaseDurationSeconds(1);
        client.resources(Cluster.class).inNamespace("n").withName("c").edit(cluster -> {
            cluster.getSpec().brokers = 3;
            return cluster;
        });
        // When
        client.resource(lease).create();
        // Then
        told0.await(image -> image.brokers().size() == 3);
        told0.await(image -> image.brokers().size() == 2);
    }

    @Test
    void refusalsAreKafkasAndTheOperatorsOnesComeThrough() {
        assertEquals(ErrorCode.INVALID_CONFIG, result(broker0.createTopics(List.of(new NewTopic("a", 1, 1, null, Map.of("no.such", "1"))), false)).error());
        assertEquals(ErrorCode.INVALID_REPLICATION_FACTOR, result(broker0.createTopics(List.of(new NewTopic("a", 1, 3, null, Map.of())), false)).error());
        assertEquals(ErrorCode.INVALID_REPLICA_ASSIGNMENT, result(broker0.createTopics(
                List.of(new NewTopic("a", -1, -1, List.of(List.of(0)), Map.of())), false)).error());
        assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, result(broker0.deleteTopics(List.of(TopicSelector.byName("a")))).error());
        Result<TopicImage> refused = result(broker0.createTopics(List.of(new NewTopic("a", 1_000, 1, null, Map.of())), false));
        assertEquals(ErrorCode.INVALID_REQUEST, refused.error());
        assertEquals("Ask for fewer.", refused.message());
        assertEquals(ErrorCode.INVALID_REQUEST, result(broker0.alterConfigs(List.of(new ConfigAlteration(
                new ConfigAlteration.Broker(0), List.of(set("log.retention.ms", "7")), false)), false)).error());
    }

    @Test
    void internalTopicsTakeTheReplicasThereCanBe() {
        TopicImage offsets = one(broker0.createTopics(List.of(new NewTopic(TopicNames.CONSUMER_OFFSETS, 6, 3, null, Map.of())), false));

        assertEquals(6, offsets.partitions().size());
        assertEquals(2, offsets.partition(0).replicas().size());
    }

    @Test
    void internalTopicsGrowWithTheClusterUnlessSomebodySaysHowManyReplicasTheyHave() throws InterruptedException {
        // Given what a cluster of one broker makes
        scale(1);
        assertEquals(List.of(0),
                one(broker0.createTopics(List.of(new NewTopic(TopicNames.CONSUMER_OFFSETS, 1, 1, null, Map.of())), false)).partition(0).replicas());
        one(broker0.createTopics(List.of(new NewTopic(TopicNames.TRANSACTION_STATE, 1, 1, null, Map.of())), false));
        client.resources(Topic.class).inNamespace("n").list().getItems().stream()
                .filter(topic -> TopicNames.TRANSACTION_STATE.equals(topic.getSpec().topicName))
                .forEach(topic -> client.resource(topic).edit(it -> {
                    it.getSpec().replicas = 1;
                    return it;
                }));
        // When
        scale(2);
        // Then
        ClusterImage grown = told0
                .await(image -> image.topic(TopicNames.CONSUMER_OFFSETS) != null && image.topic(TopicNames.CONSUMER_OFFSETS).partitions().stream()
                        .allMatch(partition -> partition.replicas().size() == 2));
        assertEquals(1, grown.topic(TopicNames.TRANSACTION_STATE).partition(0).replicas().size());
    }

    @Test
    void accessRulesQuotasAndSettingsOfGroupsAreThoseOfAllBrokers() throws InterruptedException, IOException {
        // When each of two brokers is asked for some, at the same time
        AclBinding alice = new AclBinding(ResourceType.TOPIC, "a topic", PatternType.LITERAL,
                new Acl("User:Alice A.", "*", Operation.READ, PermissionType.DENY));
        AclBinding bob = new AclBinding(ResourceType.GROUP, "g", PatternType.PREFIXED, new Acl("User:bob", "10.0.0.1", Operation.ALL, PermissionType.ALLOW));
        QuotaEntity entity = new QuotaEntity(new QuotaEntity.Name("alice"), QuotaEntity.DEFAULT, null);
        var first = broker0.createAcls(List.of(alice));
        var second = broker1.createAcls(List.of(bob));
        var third = broker1.alterQuotas(List.of(new QuotaAlteration(entity, Map.of("producer_byte_rate", 1_000.0))), false);
        var fourth = broker0.alterConfigs(
                List.of(new ConfigAlteration(new ConfigAlteration.Group("g"), List.of(set("consumer.session.timeout.ms", "50000")), false)),
                false);
        // Then
        for (var done : List.of(first, second, third, fourth)) {
            assertTrue(done.toCompletableFuture().join().getFirst().isDone(), () -> done.toCompletableFuture().join().getFirst().message());
        }
        for (Told told : List.of(told0, told1)) {
            ClusterImage image = told.await(it -> it.acls().bindings().size() == 2 && !it.quotas().byEntity().isEmpty() && !it.configuredGroups().isEmpty());
            assertEquals(Set.of(alice, bob), image.acls().bindings());
            assertEquals(Map.of("consumer.session.timeout.ms", "50000"), image.groupConfigs("g"));
        }
        assertEquals(List.of("=alice * - producer_byte_rate 1000.0"), rules().get().getSpec().quotas);
        // When a person writes one, and one that is none
        editRules(it -> it.acls = List.of(it.acls.getFirst(), "TOPIC LITERAL * ALLOW WRITE User:carol *"));
        Set<AclBinding> before = told0.await(it -> it.acls().bindings().stream().anyMatch(binding -> binding.acl().principal().equals("User:carol"))).acls()
                .bindings();
        editRules(it -> {
            it.acls = List.of("TOPIC LITERAL * ALLOW WRITE");
            it.quotas = List.of();
        });
        // Then all rules stay as they were, the rest follows, and nobody writes over it
        assertEquals(before, told0.await(it -> it.quotas().byEntity().isEmpty()).acls().bindings());
        Result<Void> refused = result(broker0.createAcls(List.of(alice)));
        assertEquals(ErrorCode.INVALID_CONFIG, refused.error());
        assertTrue(refused.message().contains("'acl TOPIC LITERAL * ALLOW WRITE' should have 7 words more"), refused.message());
        // When it is put right, and one is taken away
        editRules(it -> it.acls = List.of("TOPIC LITERAL * ALLOW WRITE User:carol *", "TOPIC LITERAL t ALLOW READ User:dave *"));
        told0.await(it -> it.acls().bindings().size() == 2 && it.acls().bindings().stream().noneMatch(binding -> binding.name().equals("g")));
        Result<List<AclBinding>> deleted = result(
                broker0.deleteAcls(List.of(new AclFilter(ResourceType.TOPIC, "t", PatternType.ANY, null, null, Operation.ANY, PermissionType.ANY))));
        // Then
        assertEquals("User:dave", deleted.value().getFirst().acl().principal());
        assertEquals(List.of("TOPIC LITERAL * ALLOW WRITE User:carol *"), rules().get().getSpec().acls);
    }

    @Test
    void aPatchThatDoesNotFitAnyMoreIsMadeAnew() throws InterruptedException {
        // Given an API server that says so of what was changed meanwhile
        TopicImage topic = one(broker0.createTopics(List.of(new NewTopic("orders", 1, 1, null, Map.of())), false));
        server.refuse(HttpMethod.PATCH, "/topics/", 422);
        // When
        var altered = broker0.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic(topic.name()), List.of(set("retention.ms", "7")), false)),
                false);
        await(() -> server.refused() > 0);
        server.refuse(null, null, 0);
        // Then
        assertTrue(result(altered).isDone(), () -> result(altered).message());
    }

    @Test
    void aStartWithoutTheApiServerGoesByTheRulesOfBefore() throws InterruptedException, IOException {
        // Given
        AclBinding bob = new AclBinding(ResourceType.GROUP, "g", PatternType.LITERAL, new Acl("User:bob", "*", Operation.READ, PermissionType.DENY));
        assertTrue(result(broker0.createAcls(List.of(bob))).isDone());
        close(broker0);
        road.close();
        // When
        Told told = new Told();
        broker0 = start(0, told, machine0);
        // Then
        assertEquals(Set.of(bob), broker0.image().acls().bindings());
        assertEquals(ErrorCode.REQUEST_TIMED_OUT, result(broker0.createAcls(List.of(bob))).error());
    }

    private Resource<KafkaRules> rules() {
        return client.resources(KafkaRules.class).inNamespace("n").withName("c");
    }

    private void editRules(Consumer<KafkaRulesSpec> change) {
        rules().edit(object -> {
            change.accept(object.getSpec());
            return object;
        });
    }

    private void scale(int brokers) {
        client.resources(Cluster.class).inNamespace("n").withName("c").edit(cluster -> {
            cluster.getSpec().brokers = brokers;
            return cluster;
        });
    }

    @Test
    void withoutTheApiServerWhatIsKnownIsServedAndChangesAreRefused() throws InterruptedException, IOException {
        // Given
        TopicImage topic = one(broker1.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        told0.await(image -> image.topic("orders") != null && led(image.topic("orders")));
        // When
        road.close();
        // Then
        assertEquals(ErrorCode.REQUEST_TIMED_OUT, result(broker1.createTopics(List.of(NewTopic.withDefaults("b")), false)).error());
        assertEquals(topic, broker1.image().topic("orders"));
        // When things happen meanwhile that no watch tells of
        client.resources(Topic.class).inNamespace("n").withName("orders").delete();
        Topic other = new Topic();
        other.setMetadata(new ObjectMetaBuilder().withName("other").withNamespace("n").build());
        other.getSpec().cluster = "c";
        road.reopenFrom(client.resource(other).create().getMetadata().getResourceVersion());
        // Then
        told0.await(image -> image.topic("orders") == null && image.topic("other") != null && led(image.topic("other")));
        one(broker1.createTopics(List.of(NewTopic.withDefaults("c")), false));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aProcessThatDiesWhileTheApiServerIsAwayIsGoneOnWith(boolean refused) throws InterruptedException, IOException {
        // Given
        TopicImage topic = one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        awaitRemembered(machine0, topic);
        // When
        if (refused) {
            road.close();
        } else {
            road.breakOff();
        }
        Told told = new Told();
        MetadataStore restarted = start(0, told, machine0);
        // Then it leads on in the epoch it had
        ImageChange first = told.changes.take();
        assertEquals(Basis.REMEMBERED, first.basis());
        assertEquals(topic, restarted.image().topic("orders"));
        assertEquals(List.of(0, 1), restarted.image().brokers().stream().map(BrokerImage::id).toList());
        assertEquals(ErrorCode.REQUEST_TIMED_OUT, result(restarted.createTopics(List.of(NewTopic.withDefaults("b")), false)).error());
        // When the API server is back
        road.reopen();
        Topic object = new Topic();
        object.setMetadata(new ObjectMetaBuilder().withName("meanwhile").withNamespace("n").build());
        object.getSpec().cluster = "c";
        client.resource(object).create();
        // Then nothing has changed of what there was
        ClusterImage image = told.await(seen -> seen.topic("meanwhile") != null);
        assertEquals(topic, image.topic("orders"));
        one(restarted.createTopics(List.of(NewTopic.withDefaults("c")), false));
    }

    @Test
    void aMachineThatFailsWhileTheApiServerIsAwayWaitsForANewEpoch() throws InterruptedException, IOException {
        // Given
        TopicImage topic = one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        awaitRemembered(machine0, topic);
        // When
        road.close();
        machine0.fail();
        Told told = new Told();
        MetadataStore restarted = start(0, told, machine0);
        // Then
        for (int i = 0; i < 2; i++) {
            int expected = topic.partition(i).leader() == 1 ? 1 : PartitionImage.NO_LEADER;
            assertEquals(expected, restarted.image().topic("orders").partition(i).leader());
        }
        // When
        road.reopen();
        // Then
        TopicImage led = told.await(image -> image.topic("orders") != null && led(image.topic("orders"))).topic("orders");
        assertEquals(3, led.partition(0).leaderEpoch() + led.partition(1).leaderEpoch());
    }

    @Test
    void whatWasGivenUpIsNotGoneOnWith() throws InterruptedException, IOException {
        // Given
        TopicImage topic = one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        awaitRemembered(machine0, topic);
        close(broker0);
        // When
        road.close();
        Told told = new Told();
        MetadataStore restarted = start(0, told, machine0);
        // Then
        for (int i = 0; i < 2; i++) {
            int expected = topic.partition(i).leader() == 1 ? 1 : PartitionImage.NO_LEADER;
            assertEquals(expected, restarted.image().topic("orders").partition(i).leader());
        }
        // When
        road.reopen();
        // Then it leads again, as a process with a name, and others see it
        told.await(image -> led(image.topic("orders")));
        told1.await(image -> image.brokers().size() == 2 && image.topic("orders") != null && led(image.topic("orders")));
        states("orders").forEach(state -> assertFalse(state.leader().process().isEmpty()));
    }

    @Test
    void aStartWithoutTheApiServerAndWithoutAMemoryWaitsForIt() throws IOException {
        // Given
        road.close();
        MetadataStore store = open(2, "c", new Machine(), LONG);
        var start = store.start(self(2), new Told()).toCompletableFuture();
        assertThrows(TimeoutException.class, () -> start.get(1500, TimeUnit.MILLISECONDS));
        // When
        road.reopen();
        // Then
        start.join();
    }

    @Test
    void aStartThatWaitsForTheApiServerCanBeEnded() throws IOException {
        road.close();
        MetadataStore store = open(2, "c", new Machine(), LONG);
        var start = store.start(self(2), new Told()).toCompletableFuture();

        close(store);

        assertTrue(assertThrows(CompletionException.class, start::join).getCause().getMessage().contains("the broker is stopping"));
    }

    @Test
    void aJoinThatFailsDoesNotListEverythingAgain() throws InterruptedException, IOException {
        // Given a broker that serves what it remembers, whose place is somebody else's when the API server is back
        awaitRemembered(machine0, one(broker0.createTopics(List.of(NewTopic.withDefaults("orders")), false)));
        close(broker0);
        road.close();
        start(0, new Told(), machine0);
        client.leases().inNamespace("n").withName("c-0").edit(lease -> {
            lease.getMetadata().setLabels(Map.of());
            lease.getMetadata().setOwnerReferences(List.of());
            return lease;
        });
        close(broker1);
        clearRequests();
        // When
        road.reopen();
        await(() -> requests("GET", "/leases/c-0") >= 3);
        // Then
        assertEquals(1, requests("GET", "/topics?"));
    }

    @Test
    void aBrokerHasCaughtUpWhenItLeadsWhatItShould() throws InterruptedException {
        // Given
        one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        assertTrue(standing(broker0).hasCaughtUp());
        assertEquals(1, standing(broker0).leads());
        close(broker0);
        assertEquals(Standing.NONE, ((KubernetesMetadataStore) open(0, "c", machine0, LONG)).standing());
        // When it cannot be elected
        server.refuse(HttpMethod.PATCH, "/partitionsets/", 503);
        Told told = new Told();
        MetadataStore restarted = start(0, told, machine0);
        // Then
        assertEquals(1, standing(restarted).waiting());
        assertFalse(standing(restarted).hasCaughtUp());
        // When it can
        server.refuse(null, null, 0);
        told.await(image -> led(image.topic("orders")));
        // Then, once that image is shown
        await(() -> standing(restarted).hasCaughtUp());
        // And one whose log is lost does not keep others from being stopped for ever
        close(restarted);
        MetadataStore empty = start(0, new Told(), new Machine());
        await(() -> standing(empty).hasCaughtUp());
        assertEquals(0, standing(empty).leads());
    }

    private static Standing standing(MetadataStore store) {
        return ((KubernetesMetadataStore) store).standing();
    }

    @Test
    void whoStopsTellsItsClientsItselfWhoLeadsNow() throws InterruptedException {
        // Given
        one(broker0.createTopics(List.of(new NewTopic("orders", 4, 2, null, Map.of())), false));
        told0.await(image -> led(image.topic("orders")) && image.topic("orders").partitions().stream().anyMatch(partition -> partition.leader() == 0));
        // When
        broker0.handOver().toCompletableFuture().join();
        // Then
        assertTrue(broker0.image().topic("orders").partitions().stream().noneMatch(partition -> partition.leader() == 0),
                broker0.image().topic("orders")::toString);
        assertEquals(BrokerImage.Standing.STOPPING, broker0.image().broker(0).standing());
        told1.await(image -> image.broker(0) != null && image.broker(0).standing() == BrokerImage.Standing.STOPPING);
        assertEquals(1, broker1.image().controllerId());
    }

    @Test
    void whoIsAboutToStopPassesOnWhatOthersCanLead() throws InterruptedException {
        // Given
        int first = bothInSync("shared").partition(0).leader();
        int other = 1 - first;
        TopicImage alone = one(broker0.createTopics(List.of(new NewTopic("alone", 2, 1, null, Map.of())), false));
        // When
        store(first).passOn().toCompletableFuture().join();
        // Then it leads no more, and follows on
        ClusterImage passedOn = told(other)
                .await(image -> image.topic("shared") != null && image.topic("shared").partition(0).leader() == other && image.topic("alone") != null);
        assertEquals(2, passedOn.topic("shared").partition(0).inSyncReplicas().size());
        assertEquals(alone.partitions().stream().map(PartitionImage::leader).toList(),
                passedOn.topic("alone").partitions().stream().map(PartitionImage::leader).toList());
    }

    @Test
    void whoStopsTriesAgainWhereTheApiServerHasNoTime() {
        // Given
        one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        server.refuse(HttpMethod.PATCH, "/partitionsets/", 429);
        // When
        var stopped = broker0.close().toCompletableFuture();
        await(() -> server.refused() >= 2);
        server.refuse(null, null, 0);
        stopped.join();
        // Then
        states("orders").forEach(state -> assertTrue(state.leader() == null || state.leader().broker() == 1, state::toString));
    }

    private final List<String> requests = new CopyOnWriteArrayList<>();

    private void clearRequests() throws InterruptedException {
        requests("", "");
        requests.clear();
    }

    /** How many requests there were that are no watches, since they were cleared. */
    private long requests(String method, String path) {
        try {
            for (var request = server.takeRequest(0, TimeUnit.MILLISECONDS); request != null; request = server.takeRequest(0, TimeUnit.MILLISECONDS)) {
                requests.add(request.getMethod() + " " + request.getPath());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return requests.stream().filter(it -> it.startsWith(method) && it.contains(path) && !it.contains("watch=true")).count();
    }

    @Test
    void aSetThatIsRefusedDoesNotKeepOthersWaiting() throws InterruptedException {
        // Given
        one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        close(broker0);
        server.refuse(HttpMethod.PATCH, "/partitionsets/c-0-0", 403);
        Told told = new Told();
        MetadataStore store = start(0, told, machine0);
        await(() -> server.refused() >= 3 && standing(store).hasCaughtUp());
        // When
        // Then what is in another set is led
        told1.await(image -> image.topic("orders") != null && image.topic("orders").partitions().stream().anyMatch(partition -> partition.leader() == 1));
        // When it is taken again
        server.refuse(null, null, 0);
        // Then
        told.await(image -> image.topic("orders") != null && led(image.topic("orders")));
    }

    private static Topic topicOf(String name) {
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("n").build());
        topic.getSpec().cluster = "c";
        topic.getSpec().replicas = 1;
        return topic;
    }

    @Test
    void hundredsOfTopicsAreLedByWritesThatDoNotGrowWithThem() throws InterruptedException {
        // Given
        for (int i = 0; i < 100; i++) {
            client.resource(topicOf("t" + i)).create();
        }
        told0.await(image -> image.topics().size() == 100 && image.topics().stream().allMatch(KubernetesMetadataStoreTest::led));
        close(broker0);
        clearRequests();
        // When
        Told told = new Told();
        start(0, told, machine0);
        told.await(image -> image.topics().size() == 100 && image.topics().stream().allMatch(KubernetesMetadataStoreTest::led));
        // Then
        assertTrue(requests("PATCH", "/partitionsets/") <= 3, requests::toString);
    }

    @Test
    void aSetThatSomebodyDamagedChangesNothingUntilItIsPutBack() throws InterruptedException {
        // Given
        TopicImage before = one(broker0.createTopics(List.of(new NewTopic("orders", 2, 1, null, Map.of())), false));
        List<String> sound = set("c-0-0").get().getSpec().lines;
        // When
        for (List<String> lines : List.of(List.<String>of(), sound.subList(0, sound.size() - 1), List.of("format 9"))) {
            set("c-0-0").edit(object -> {
                object.getSpec().lines = lines;
                return object;
            });
            one(broker0.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic("orders"),
                    List.of(set("retention.ms", Integer.toString(lines.size() + 1))), false)), false));
            // Then
            assertEquals(before.partitions(), broker0.image().topic("orders").partitions());
            assertEquals(lines, set("c-0-0").get().getSpec().lines);
        }
        // When it is deleted
        set("c-0-0").delete();
        one(broker0.alterConfigs(List.of(new ConfigAlteration(new ConfigAlteration.Topic("orders"), List.of(set("retention.ms", "9")), false)), false));
        // Then
        assertEquals(before.partitions(), broker0.image().topic("orders").partitions());
        assertNull(set("c-0-0").get());
        // When it is put back
        client.resource(PartitionSetObject.of("n", "c", "0-0", sound)).create();
        close(broker0);
        Told told = new Told();
        start(0, told, machine0);
        // Then
        told.await(image -> image.topic("orders") != null && led(image.topic("orders")));
    }

    private Resource<PartitionSetObject> set(String name) {
        return client.resources(PartitionSetObject.class).inNamespace("n").withName(name);
    }

    /** Until the file has the topic with its leaders. */
    private void awaitRemembered(Machine machine, TopicImage topic) throws InterruptedException {
        ObjectFile file = new ObjectFile(machine.disk(), DATA);
        for (long deadline = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < deadline; TimeUnit.MILLISECONDS.sleep(20)) {
            SeenObjects seen = file.read(clusterId);
            boolean isPlaced = seen != null && seen.topic(topic.id()) != null;
            long led = !isPlaced
                    ? 0
                    : seen.sets().stream()
                            .flatMap(set -> ((PartitionSetText.Reading.Whole) PartitionSetText.read(set.getSpec().lines)).set().states().entrySet().stream())
                            .filter(entry -> entry.getKey().topicId().equals(topic.id()) && entry.getValue().leader() != null).count();
            if (led == topic.partitions().size()) {
                return;
            }
        }
        throw new AssertionError("What is known was not written.");
    }

    @Test
    void aBrokerOfNoClusterSaysSo() {
        assertStartFails("There is no Cluster 'other'", open(2, "other", new Machine(), LONG));
        String real = clusterId;
        clusterId = "another";
        MetadataStore store = open(2, "c", new Machine(), LONG);
        assertStartFails("belongs to cluster another, but Cluster 'c' of namespace n is " + real, store);
    }

    @Test
    void aClusterThatWasMadeAnewWithTheIdOfTheOneBeforeServesItsData() throws InterruptedException {
        // Given
        List.of(broker0, broker1).forEach(this::close);
        stores.clear();
        client.resources(Cluster.class).inNamespace("n").withName("c").delete();
        Cluster anew = new Cluster();
        anew.setMetadata(new ObjectMetaBuilder().withName("c").withNamespace("n").build());
        anew.getSpec().brokers = 2;
        anew.getSpec().clusterId = clusterId;
        String uid = client.resource(anew).create().getMetadata().getUid();
        // When
        Told told = new Told();
        start(0, told, machine0);
        // Then
        told.await(image -> image.clusterId().equals(clusterId) && !image.brokers().isEmpty());
        assertNotEquals(uid, clusterId);
    }

    private static void assertStartFails(String sentence, MetadataStore store) {
        CompletionException failed = assertThrows(CompletionException.class, () -> store.start(self(2), new Told()).toCompletableFuture().join());
        assertTrue(failed.getCause().getMessage().contains(sentence), failed.getCause().getMessage());
    }

    private MetadataStore broker1AfterSeeing(TopicImage topic) throws InterruptedException {
        told1.await(image -> image.topic(topic.id()) != null && led(image.topic(topic.id())));
        return broker1;
    }

    private static boolean led(TopicImage topic) {
        return topic.partitions().stream().allMatch(partition -> partition.leader() >= 0);
    }

    private static ConfigChange set(String name, String value) {
        return new ConfigChange(name, ConfigChange.Kind.SET, value);
    }

    private static <T> T one(CompletionStage<List<Result<T>>> stage) {
        Result<T> result = result(stage);
        assertEquals(ErrorCode.NONE, result.error(), result.message());
        return result.value();
    }

    private static <T> Result<T> result(CompletionStage<List<Result<T>>> stage) {
        return stage.toCompletableFuture().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join().getFirst();
    }
}
