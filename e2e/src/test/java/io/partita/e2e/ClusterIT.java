package io.partita.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionSetText;
import io.partita.broker.control.PartitionState;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.SecuritySpec;
import io.partita.crds.Conditions;
import io.partita.crds.KafkaRules;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.Topic;
import io.partita.crds.TopicStatus;
import io.partita.crds.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** One cluster through its life, step by step: each step finds what the one before it left. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterIT {

    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final int RECORDS = 100_000;
    private static final Path EXAMPLE = Repository.TOP.resolve("k8s/examples/three-brokers");
    private static final String PLAIN_0 = BrokerPod.ip(0) + ":9092";
    private static final String PLAIN_1 = BrokerPod.ip(1) + ":9092";
    private static final String PLAIN_2 = BrokerPod.ip(2) + ":9092";

    private final ApiServer api = ApiServer.start();
    private final KubernetesClient client = api.client();
    private final Identities identities = new Identities(api);
    private final Path operatorFolder = Repository.newFolder("operator");
    private final ScheduledExecutorService kubelet = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
    private JavaProcess operator;
    private volatile int operatorStarts;
    private PodRunner pods;

    @BeforeAll
    void startOperatorAndNodes() {
        kubelet.scheduleWithFixedDelay(this::runOperator, 0, 200, TimeUnit.MILLISECONDS);
        pods = new PodRunner(client, "orders", api.environment());
    }

    /** Starts the operator, again where it has ended. */
    private void runOperator() {
        if (operator == null || !operator.isAlive()) {
            operatorStarts++;
            operator = operator("127.3.0.1", operatorFolder.resolve("output.log"));
        }
    }

    private JavaProcess operator(String address, Path output) {
        Map<String, String> environment = new HashMap<>(api.environment());
        environment.putAll(api.operatorEnvironment());
        environment.putAll(Map.of("KUBERNETES_NAMESPACE", "default", "QUARKUS_HTTP_HOST", address, "POD_NAME", address));
        return new JavaProcess(Repository.application("operator"), environment, output.toFile());
    }

    @AfterAll
    void stop() throws InterruptedException {
        kubelet.shutdown();
        kubelet.awaitTermination(10, TimeUnit.SECONDS);
        operator.close();
        pods.close();
        api.close();
    }

    // ---- the steps

    @Test
    @Order(1)
    void whatIsAppliedIsServed() throws IOException {
        // When
        client.resource(secured(example("Cluster.orders.yaml", Cluster.class))).create();
        client.resource(example("Topic.web-log.yaml", Topic.class)).create();
        client.resource(example("Topic.web-log-rejected.yaml", Topic.class)).create();
        client.resource(example("Topic.page-views.yaml", Topic.class)).create();
        // Then
        Cluster cluster = awaitReason(Cluster.class, "orders", "Serving");
        assertEquals(3, cluster.getStatus().readyReplicas);
        Topic topic = awaitReason(Topic.class, "web-log", "Served");
        awaitReason(Topic.class, "page-views", "Served");
        assertEquals(topic.getMetadata().getUid(), topic.getStatus().topicId);
        assertEquals(Set.of(0, 1, 2), states(topic).stream().map(state -> state.leader().broker()).collect(Collectors.toSet()));
        assertEquals(3, states(topic).stream().map(state -> state.isr().getFirst().incarnation()).distinct().count());
    }

    /** The example with brokers that encrypt, and with listeners for users; whoever comes by the others may do everything. */
    private static Cluster secured(Cluster cluster) {
        cluster.getSpec().security = new SecuritySpec();
        cluster.getSpec().security.encryptReplication = true;
        cluster.getSpec().security.authorization = "AccessRules";
        cluster.getSpec().security.superUsers = List.of("ANONYMOUS");
        cluster.getSpec().listeners.add(Identities.listener("tls", Identities.TLS_PORT, "Tls"));
        cluster.getSpec().listeners.add(Identities.listener("login", Identities.LOGIN_PORT, "ScramOrServiceAccount"));
        return cluster;
    }

    private static <T extends HasMetadata> T example(String file, Class<T> type) throws IOException {
        T object = io.fabric8.kubernetes.client.utils.Serialization.unmarshal(Files.readString(EXAMPLE.resolve(file)), type);
        object.getMetadata().setNamespace("default");
        return object;
    }

    @Test
    @Order(2)
    void kcatSeesThreeBrokersAndOneController() {
        String listing = Kafka.kcat("", "-L", "-b", PLAIN_2);

        assertEquals(3, lines(listing, "^ *broker [0-2] at 127\\.1\\.0\\.[1-3]:9092.*"), listing);
        assertEquals(1, lines(listing, ".*\\(controller\\)"), listing);
        assertEquals(6 + 6 + 1, lines(listing, "^ *partition [0-5], leader [0-2], replicas: [0-2](,[0-2])*, isrs: [0-2](,[0-2])*"), listing);
    }

    private static long lines(String text, String pattern) {
        return text.lines().filter(line -> line.matches(pattern)).count();
    }

    @Test
    @Order(3)
    void usersAreKnownByCertificateTokenAndPassword() throws Exception {
        // Given
        apply("audited", 1, 3);
        for (User user : List.of(Identities.user("auditor", "Tls"), Identities.user("alice", "Scram"), Identities.account("robot", "team-a", "pump"))) {
            client.resource(user).create();
            awaitReason(User.class, user.getMetadata().getName(), "Known");
        }
        // When, then
        for (Map<String, Object> settings : identities.all()) {
            await().atMost(PATIENCE).until(() -> Identities.refusal(settings) == null);
            try (KafkaProducer<String, String> producer = Kafka.producer(settings)) {
                producer.send(new ProducerRecord<>("audited", "by somebody")).get();
                assertInstanceOf(TopicAuthorizationException.class, failure(() -> producer.send(new ProducerRecord<>("page_views", "not allowed")).get()));
            }
        }
        assertEquals(3, Kafka.consume(PLAIN_0, "audited", 3).size());
        await().atMost(PATIENCE).until(() -> Identities.refusal(identities.byToken("team-b", "pump")) instanceof SaslAuthenticationException);
    }

    @Test
    @Order(4)
    void recordsGoThroughThreeBrokersToClientsAndToReactiveMessaging() {
        // Given the example application, which reads web_log, parses each line, and counts what it wrote to page_views; it is let in by the token of its pod
        client.resource(Identities.allowingAll(Identities.account("weblog", "team-a", "weblog"))).create();
        awaitReason(User.class, "weblog", "Known");
        Map<String, String> environment = new HashMap<>(identities.environment("team-a", "weblog"));
        environment.putAll(Map.of("QUARKUS_HTTP_HOST", "127.3.0.2", "WEBLOG_FILE", "/nowhere"));
        JavaProcess example = new JavaProcess(Repository.application("examples"), environment,
                Repository.newFolder("example").resolve("output.log").toFile());
        try (example) {
            // When
            List<String> lines = IntStream.range(0, RECORDS)
                    .mapToObj(i -> "10.0.0.1 - - [29/Nov/2026:10:00:00 +0000] \"GET /page-" + i % 100 + " HTTP/1.1\" 200 " + i)
                    .toList();
            Kafka.produce(PLAIN_0, "web_log", lines);
            List<String> read = Kafka.consume(PLAIN_2, "web_log", RECORDS);
            // Then
            assertEquals(RECORDS, read.size());
            assertEquals(new HashSet<>(lines), new HashSet<>(read));
            await().atMost(PATIENCE).until(() -> counted() == RECORDS);
        }
        // Then every broker has had its share
        for (int broker = 0; broker < 3; broker++) {
            String metrics = JavaProcess.page("http://" + BrokerPod.ip(broker) + ":8080/metrics");
            Matcher written = Pattern.compile("partita_topic_bytes_in_total\\{[^}]*topic=\"web_log\"[^}]*} ([0-9.E]+)").matcher(metrics);
            assertTrue(written.find(), metrics);
            assertTrue(Double.parseDouble(written.group(1)) > 100_000, written.group());
        }
        // And from here on all that follows goes on while authorities are succeeded
        edit(Cluster.class, "orders", cluster -> cluster.getMetadata().setAnnotations(new HashMap<>(Map.of("partita.io/renew-authorities", "at-once"))));
    }

    private static long counted() {
        String counts = JavaProcess.page("http://127.3.0.2:8080/counts");
        return counts == null ? 0 : Pattern.compile("\"views\":([0-9]+)").matcher(counts).results().mapToLong(match -> Long.parseLong(match.group(1))).sum();
    }

    @Test
    @Order(5)
    void groupsHaveCoordinatorsOnSeveralBrokersAndTheirTopicIsAnObject() throws Exception {
        Topic offsets = topics().filter(topic -> "__consumer_offsets".equals(topic.getSpec().topicName)).findFirst().orElseThrow();
        assertEquals(50, offsets.getStatus().leaders);
        List<String> groups = IntStream.range(0, 10).mapToObj(i -> "group-" + i).toList();
        for (String group : groups) {
            Kafka.commit(PLAIN_1, group, "web_log", 7);
        }
        try (Admin admin = Kafka.admin(PLAIN_0)) {
            Set<Integer> coordinators = new HashSet<>();
            for (var group : admin.describeConsumerGroups(groups).all().get().values()) {
                coordinators.add(group.coordinator().id());
            }
            assertEquals(Set.of(0, 1, 2), coordinators);
            for (String group : groups) {
                assertEquals(7, admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values().iterator().next().offset());
            }
        }
    }

    @Test
    @Order(5)
    void transactionsGoOverAllBrokersWithTheOffsetsOfWhatTheyRead() throws Exception {
        // Given a partition on each broker, and coordinators on several
        apply("paid", 3);
        for (int i = 0; i < 6; i++) {
            String id = "cashier-" + i;
            String group = "till-" + i;
            try (KafkaProducer<String, String> producer = Kafka.transactional(PLAIN_0, id)) {
                // When one is committed and one is aborted
                for (boolean isCommitted : List.of(true, false)) {
                    producer.beginTransaction();
                    for (int partition = 0; partition < 3; partition++) {
                        producer.send(new ProducerRecord<>("paid", partition, null, id + (isCommitted ? " paid " : " did not pay ") + partition));
                    }
                    producer.sendOffsetsToTransaction(Map.of(new TopicPartition("web_log", 0), new OffsetAndMetadata(isCommitted ? i : 100 + i)),
                            new ConsumerGroupMetadata(group));
                    if (isCommitted) {
                        producer.commitTransaction();
                    } else {
                        producer.flush();
                        producer.abortTransaction();
                    }
                }
            }
        }
        // Then
        List<String> paid = Kafka.consumeCommitted(PLAIN_2, "paid", 18);
        assertEquals(18, new HashSet<>(paid).size());
        assertTrue(paid.stream().allMatch(value -> value.contains(" paid ")), paid::toString);
        try (Admin admin = Kafka.admin(PLAIN_1)) {
            for (int i = 0; i < 6; i++) {
                assertEquals(i,
                        admin.listConsumerGroupOffsets("till-" + i).partitionsToOffsetAndMetadata().get().get(new TopicPartition("web_log", 0)).offset());
            }
            Set<Integer> coordinators = new HashSet<>();
            for (var transaction : admin.describeTransactions(IntStream.range(0, 6).mapToObj(i -> "cashier-" + i).toList()).all().get().values()) {
                coordinators.add(transaction.coordinatorId());
                assertEquals(TransactionState.COMPLETE_ABORT, transaction.state());
            }
            assertTrue(coordinators.size() > 1, coordinators::toString);
        }
    }

    @Test
    @Order(5)
    void theExternalListenerIsReachedThroughPortsOfTheNodes() {
        String servers = get(Cluster.class, "orders").getStatus().listeners.get(1).bootstrapServers();

        assertTrue(servers.matches("127\\.2\\.0\\.1:3\\d{4},127\\.2\\.0\\.2:3\\d{4},127\\.2\\.0\\.3:3\\d{4}"), servers);
        Kafka.produce(servers, "web_log", List.of("from outside"));
        assertTrue(Kafka.consume(servers, "web_log", RECORDS + 1).contains("from outside"));
    }

    @Test
    @Order(6)
    void topicsOfKafkasClientsAreObjectsAndTheOtherWayRound() throws Exception {
        try (Admin admin = Kafka.admin(PLAIN_1)) {
            // When
            admin.createTopics(List.of(new NewTopic("Made_By.Kafka", 4, (short) 1).configs(Map.of("retention.ms", "60000")))).all().get();
            // Then
            Topic object = topics().filter(topic -> "Made_By.Kafka".equals(topic.getSpec().topicName)).findFirst().orElseThrow();
            assertEquals(4, object.getSpec().partitions);
            assertEquals(Map.of("retention.ms", "60000"), object.getSpec().config);
            awaitThat(Topic.class, object.getMetadata().getName(), topic -> topic.getStatus().leaders == 4);
            // Errors are Kafka's
            assertInstanceOf(TopicExistsException.class, failure(() -> admin.createTopics(List.of(new NewTopic("Made_By.Kafka", 1, (short) 1))).all().get()));
            // When partitions are added on either side
            List<PartitionState> before = states(object);
            admin.createPartitions(Map.of("Made_By.Kafka", NewPartitions.increaseTo(6))).all().get();
            edit(Topic.class, object.getMetadata().getName(), topic -> topic.getSpec().partitions = 9);
            // Then
            Topic grown = awaitThat(Topic.class, object.getMetadata().getName(), topic -> topic.getStatus().leaders == 9);
            assertEquals(before, states(grown).subList(0, 4));
            await().atMost(PATIENCE)
                    .until(() -> admin.describeTopics(List.of("Made_By.Kafka")).allTopicNames().get().get("Made_By.Kafka").partitions().size() == 9);
            // When settings change on either side
            edit(Topic.class, object.getMetadata().getName(), topic -> topic.getSpec().config.put("max.message.bytes", "2000"));
            // Then
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, "Made_By.Kafka");
            await().atMost(PATIENCE)
                    .until(() -> admin.describeConfigs(List.of(resource)).all().get().get(resource).get("max.message.bytes").value().equals("2000"));
            // When it is deleted
            admin.deleteTopics(List.of("Made_By.Kafka")).all().get();
            // Then
            assertTrue(topics().noneMatch(topic -> "Made_By.Kafka".equals(topic.getSpec().topicName)));
        }
    }

    @Test
    @Order(6)
    void quotasAndSettingsOfGroupsAreThoseOfAllBrokersAndAnObject() throws Exception {
        ClientQuotaEntity entity = new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, "greedy"));
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "till-0");
        try (Admin admin = Kafka.admin(PLAIN_0); Admin another = Kafka.admin(PLAIN_2)) {
            // When
            admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 5e6))))).all().get();
            another.incrementalAlterConfigs(Map.of(group, List.of(new AlterConfigOp(new ConfigEntry("consumer.session.timeout.ms", "50000"),
                    AlterConfigOp.OpType.SET)))).all().get();
            // Then
            await().atMost(PATIENCE).until(() -> another.describeClientQuotas(ClientQuotaFilter.all()).entities().get().equals(
                    Map.of(entity, Map.of("producer_byte_rate", 5e6))));
            await().atMost(PATIENCE)
                    .until(() -> admin.describeConfigs(List.of(group)).all().get().get(group).get("consumer.session.timeout.ms").value().equals("50000"));
        }
        assertEquals(List.of("- =greedy - producer_byte_rate 5000000.0"), get(KafkaRules.class, "orders").getSpec().quotas);
        assertEquals(Map.of("till-0", Map.of("consumer.session.timeout.ms", "50000")), get(KafkaRules.class, "orders").getSpec().groups);
    }

    @Test
    @Order(7)
    void aTopicMadeAnewHasNothingOfTheOldOne() throws Exception {
        // Given
        apply("again", 3);
        Kafka.produce(PLAIN_0, "again", List.of("old-1", "old-2", "old-3", "old-4"));
        // When
        client.resources(Topic.class).inNamespace("default").withName("again").delete();
        apply("again", 3);
        Kafka.produce(PLAIN_0, "again", List.of("new"));
        // Then
        assertEquals(List.of("new"), Kafka.consume(PLAIN_1, "again", 1));
        // When it goes for good, and nobody wants to undo that, its data do too
        edit(Cluster.class, "orders", cluster -> cluster.getSpec().config.put("log.undelete.retention.ms", "0"));
        client.resources(Topic.class).inNamespace("default").withName("again").delete();
        await().atMost(PATIENCE).until(() -> IntStream.range(0, 3).allMatch(broker -> directories(broker).noneMatch(name -> name.startsWith("again"))));
    }

    @Test
    @Order(7)
    void authoritiesWereSucceededAndUsersThatAreDeletedAreRefused() throws Exception {
        // Given that all brokers and users have what the new ones issued
        for (String secret : List.of("orders-cluster-ca-cert", "orders-clients-ca-cert")) {
            await().atMost(PATIENCE)
                    .until(() -> !identities.trustedAtFirst(secret).equals(identities.trusted(secret)) && identities.trusted(secret).size() == 1);
        }
        await().atMost(PATIENCE)
                .until(() -> "Current".equals(Conditions.find(get(Cluster.class, "orders").getStatus().conditions, "Certificates").getReason()));
        for (Map<String, Object> settings : identities.all()) {
            await().atMost(PATIENCE).until(() -> Identities.refusal(settings) == null);
        }
        // When
        List<Map<String, Object>> before = identities.all();
        client.resources(User.class).inNamespace("default").delete();
        // Then what they have opens nothing any more
        for (Map<String, Object> settings : before) {
            await().atMost(PATIENCE).until(() -> Identities.refusal(settings) != null);
        }
    }

    /** A topic with one replica of each partition. */
    private void apply(String name, int partitions) {
        apply(name, partitions, 1);
    }

    private void apply(String name, int partitions, Integer replicas) {
        Topic topic = new Topic();
        topic.getSpec().replicas = replicas;
        topic.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("default").build());
        topic.getSpec().cluster = "orders";
        topic.getSpec().partitions = partitions;
        client.resource(topic).create();
        awaitReason(Topic.class, name, "Served");
    }

    /** What is stored of the partitions of a topic, by partition. */
    private List<PartitionState> states(String topic) {
        return states(get(Topic.class, topic));
    }

    private List<PartitionState> states(Topic topic) {
        UUID id = UUID.fromString(topic.getMetadata().getUid());
        TreeMap<PartitionKey, PartitionState> states = new TreeMap<>();
        for (PartitionSetObject set : client.resources(PartitionSetObject.class).inNamespace("default").list().getItems()) {
            if (PartitionSetText.read(set.getSpec().lines) instanceof PartitionSetText.Reading.Whole(PartitionSet whole)) {
                whole.states().forEach((key, state) -> {
                    if (key.topicId().equals(id)) {
                        states.put(key, state);
                    }
                });
            }
        }
        return List.copyOf(states.values());
    }

    private Stream<String> directories(int broker) {
        return Stream.of(pods.pod(broker).data().toFile().list());
    }

    @Test
    @Order(8)
    void settingsThatNeedARestartRollTheBrokersAndOthersDoNot() throws Exception {
        // When
        edit(Cluster.class, "orders", cluster -> cluster.getSpec().config.put("log.retention.ms", "123456789"));
        // Then
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "2");
        try (Admin admin = Kafka.admin(PLAIN_0)) {
            await().atMost(PATIENCE)
                    .until(() -> admin.describeConfigs(List.of(broker)).all().get().get(broker).get("log.retention.ms").value().equals("123456789"));
        }
        assertEquals(Integer.MAX_VALUE, pods.leastReadyWhileRolling());
        // When, with what an API server writes in its own way
        edit(Cluster.class, "orders", cluster -> {
            cluster.getSpec().config.put("auto.create.topics.enable", "true");
            cluster.getSpec().podTemplate = io.fabric8.kubernetes.client.utils.Serialization.unmarshal("""
                    spec:
                      hostNetwork: false
                      containers:
                      - name: broker
                        env: [{name: NOTHING, value: ""}]
                      volumes:
                      - name: more
                        emptyDir: {sizeLimit: 1024Mi}
                    """, ObjectNode.class);
        });
        // Then
        awaitThat(Cluster.class, "orders", cluster -> "Rolling".equals(ready(cluster).getReason()) || "BrokersNotReady".equals(ready(cluster).getReason()));
        awaitReason(Cluster.class, "orders", "Serving");
        await().atMost(PATIENCE).until(() -> pods.areAllReady());
        assertEquals(2, pods.leastReadyWhileRolling());
        // And who was told to stop and did has not failed: Kubernetes would show another code as an error
        assertEquals(List.of(0, 0, 0), pods.exitCodes());
        String version = statefulSet().getMetadata().getResourceVersion();
        assertTrue(statefulSet().getSpec().getTemplate().toString().contains("NOTHING"));
        // And what is taken out of the spec is taken away
        edit(Cluster.class, "orders", cluster -> cluster.getSpec().podTemplate = null);
        await().atMost(PATIENCE).until(() -> !statefulSet().getSpec().getTemplate().toString().contains("NOTHING"));
        assertNotEquals(version, statefulSet().getMetadata().getResourceVersion());
        awaitReason(Cluster.class, "orders", "Serving");
        // And a client makes a topic by writing to it
        Kafka.kcat("by kcat\n", "-P", "-b", PLAIN_1, "-t", "ByKcat");
        assertEquals("by kcat\n", Kafka.kcat("", "-C", "-q", "-e", "-b", PLAIN_0, "-t", "ByKcat"));
        assertTrue(topics().anyMatch(topic -> "ByKcat".equals(topic.getSpec().topicName)));
    }

    private StatefulSet statefulSet() {
        return get(StatefulSet.class, "orders");
    }

    @Test
    @Order(9)
    void nothingAcknowledgedIsLostWhenABrokerIsKilled() throws Exception {
        // Given
        apply("survives", 3);
        List<PartitionState> before = states("survives");
        AtomicBoolean goOn = new AtomicBoolean(true);
        CompletableFuture<Set<String>> producing = CompletableFuture.supplyAsync(() -> Kafka.produceWhile(PLAIN_0, "survives", goOn::get));
        await().atMost(PATIENCE).until(() -> produced(0) + produced(1) + produced(2) > 500);
        // When
        pods.pod(1).kill();
        await().atMost(PATIENCE).until(() -> states("survives").stream().anyMatch(state -> state.epoch() == 2));
        awaitReason(Topic.class, "survives", "Served");
        goOn.set(false);
        Set<String> acknowledged = producing.get();
        // Then
        List<String> read = Kafka.consume(PLAIN_2, "survives", acknowledged.size());
        assertEquals(Set.of(), difference(acknowledged, new HashSet<>(read)));
        assertEquals(read.size(), new HashSet<>(read).size());
        // The same log goes on in a new epoch
        List<PartitionState> after = states("survives");
        for (int i = 0; i < 3; i++) {
            assertEquals(before.get(i).isr(), after.get(i).isr());
            assertEquals(before.get(i).epoch() + (before.get(i).leader().broker() == 1 ? 1 : 0), after.get(i).epoch());
        }
        assertEquals(1, pods.pod(1).restarts());
    }

    @Test
    @Order(13)
    void aBrokerThatHangsIsEndedAndStartedAgain() throws Exception {
        // Given
        apply("hangs", 3, 3);
        int leader = states("hangs").getFirst().leader().broker();
        int restarts = pods.pod(leader).restarts();
        // When
        pods.pod(leader).hang();
        // Then, for its clients would wait for half a minute
        await().atMost(PATIENCE).until(() -> pods.pod(leader).restarts() > restarts && states("hangs").stream().allMatch(state -> state.isr().size() == 3));
        awaitReason(Topic.class, "hangs", "Served");
    }

    private static double produced(int broker) {
        String metrics = JavaProcess.page("http://" + BrokerPod.ip(broker) + ":8080/metrics");
        Matcher written = Pattern.compile("partita_partition_log_end_offset\\{[^}]*topic=\"survives\"[^}]*} ([0-9.E]+)")
                .matcher(metrics == null ? "" : metrics);
        return written.results().mapToDouble(match -> Double.parseDouble(match.group(1))).sum();
    }

    private static Set<String> difference(Set<String> wanted, Set<String> found) {
        Set<String> missing = new HashSet<>(wanted);
        missing.removeAll(found);
        return missing;
    }

    @Test
    @Order(10)
    void aClusterGrowsAndShrinksWithItsPartitions() {
        // When
        edit(Cluster.class, "orders", cluster -> cluster.getSpec().brokers = 4);
        // Then
        awaitThat(Cluster.class, "orders", cluster -> cluster.getStatus().readyReplicas == 4 && "Serving".equals(ready(cluster).getReason()));
        apply("wide", 4);
        assertTrue(states("wide").stream().anyMatch(state -> state.replicas().contains(3)), states("wide").toString());
        Kafka.produce(BrokerPod.ip(3) + ":9092", "wide", List.of("a", "b"));
        assertEquals(Set.of("a", "b"), new HashSet<>(Kafka.consume(PLAIN_0, "wide", 2)));
        // When
        edit(Cluster.class, "orders", cluster -> cluster.getSpec().brokers = 3);
        // Then what the last one holds moves to the others, and then it goes
        awaitThat(Cluster.class, "orders", cluster -> cluster.getStatus().brokers.size() == 3 && "Serving".equals(ready(cluster).getReason()));
        await().atMost(PATIENCE).until(() -> lines(Kafka.kcat("", "-L", "-b", PLAIN_0), "^ *broker [0-9] at .*") == 3);
        assertTrue(states("wide").stream().allMatch(state -> state.leader() != null && !state.replicas().contains(3)), states("wide").toString());
        assertEquals(Set.of("a", "b"), new HashSet<>(Kafka.consume(PLAIN_0, "wide", 2)));
        client.resources(Topic.class).inNamespace("default").withName("wide").delete();
    }

    @Test
    @Order(11)
    void withoutTheApiServerBrokersServeWhatTheyKnowAlsoAfterARestart() throws Exception {
        // Given
        apply("steady", 3);
        Kafka.produce(PLAIN_0, "steady", List.of("a"));
        List<PartitionState> before = states("steady");
        await().atMost(PATIENCE).until(() -> Files.readString(pods.pod(1).data().resolve("kubernetes-objects.json")).contains("\"steady\""));
        // When
        api.goAway();
        // Then
        Kafka.produce(PLAIN_1, "steady", List.of("b", "c", "d", "e"));
        assertEquals(Set.of("a", "b", "c", "d", "e"), new HashSet<>(Kafka.consume(PLAIN_2, "steady", 5)));
        // When a container dies meanwhile
        int restarts = pods.pod(1).restarts();
        pods.pod(1).kill();
        await().atMost(PATIENCE).until(() -> pods.pod(1).restarts() > restarts && pods.pod(1).isReady());
        // Then what others lead goes on, by way of it too; what it led itself waits for an election, for it leads a partition with several replicas among it
        assertEquals(3, lines(Kafka.kcat("", "-L", "-b", PLAIN_1, "-t", "steady"), "^ *partition [0-9].*"));
        for (int partition = 0; partition < 3; partition++) {
            if (before.get(partition).leader().broker() != 1) {
                Kafka.kcat("more\n", "-P", "-b", PLAIN_1, "-t", "steady", "-p", Integer.toString(partition), "-X", "acks=all");
            }
        }
        try (Admin admin = Kafka.admin(PLAIN_0)) {
            assertInstanceOf(TimeoutException.class,
                    failure(() -> admin.createTopics(List.of(new NewTopic("later", 1, (short) 1)), new CreateTopicsOptions().timeoutMs(10_000)).all().get()));
        }
        assertTrue(unreached(0) > 5, () -> unreached(0) + " s");
        await().atMost(PATIENCE).until(() -> Files.readString(operatorFolder.resolve("output.log")).contains("The Lease could not be renewed"));
        // When
        api.comeBack();
        // Then each leads what it led
        await().atMost(PATIENCE).until(() -> IntStream.range(0, 3)
                .allMatch(i -> states("steady").get(i).leader() != null && states("steady").get(i).leader().broker() == before.get(i).leader().broker()));
        assertEquals(Set.of("a", "b", "c", "d", "e", "more"), new HashSet<>(Kafka.consume(PLAIN_1, "steady", 7)));
        try (Admin admin = Kafka.admin(PLAIN_1)) {
            await().atMost(PATIENCE).ignoreExceptions().until(() -> {
                admin.createTopics(List.of(new NewTopic("after", 3, (short) 1))).all().get();
                return true;
            });
        }
        await().atMost(PATIENCE).until(() -> unreached(0) < 6);
        Kafka.produce(PLAIN_0, "after", List.of("x"));
        assertEquals(List.of("x"), Kafka.consume(PLAIN_2, "after", 1));
        edit(Cluster.class, "orders", cluster -> cluster.getSpec().config.put("log.retention.ms", "7777777"));
        awaitThat(Cluster.class, "orders", cluster -> cluster.getMetadata().getGeneration().equals(cluster.getStatus().observedGeneration));
        assertEquals(1, operatorStarts, "starts of the operator, which lost its Lease and took it again");
    }

    private static double unreached(int broker) {
        String metrics = JavaProcess.page("http://" + BrokerPod.ip(broker) + ":8080/metrics");
        Matcher seconds = Pattern.compile("(?m)^partita_kubernetes_unreached_seconds(?:\\{.*})? ([0-9.E]+)").matcher(metrics);
        assertTrue(seconds.find(), metrics);
        return Double.parseDouble(seconds.group(1));
    }

    @Test
    @Order(12)
    void whatIsWrongIsSaidAndChangesNothing() {
        // When
        edit(Cluster.class, "orders", cluster -> cluster.getSpec().config.put("no.such.setting", "1"));
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName("lost").withNamespace("default").build());
        topic.getSpec().cluster = "nowhere";
        client.resource(topic).create();
        // Then
        Condition config = ready(awaitReason(Cluster.class, "orders", "InvalidConfig"));
        assertTrue(config.getMessage().contains("no.such.setting"), config.getMessage());
        Condition lost = ready(awaitReason(Topic.class, "lost", "UnknownCluster"));
        assertTrue(lost.getMessage().contains("'nowhere'"), lost.getMessage());
        assertEquals(3, get(Cluster.class, "orders").getStatus().readyReplicas);
        assertEquals(List.of("x"), Kafka.consume(PLAIN_2, "after", 1));
    }

    @Test
    @Order(12)
    void whatARuleCanTellIsToldAtApply() {
        // A mock knows no rules
        if (api.hasRules()) {
            assertRefused("write a size like 10Gi", cluster -> cluster.getSpec().storage.size = "10GB");
            assertRefused("volumes cannot shrink", cluster -> cluster.getSpec().storage.size = "1Gi");
            assertRefused("'http' on port 8080 is that of health and metrics", cluster -> cluster.getSpec().listeners.getFirst().port = 8080);
            assertRefused("spec.clusterId cannot change", cluster -> cluster.getSpec().clusterId = "another");
            assertRefused("bootstrapNodePort belongs to listeners of type NodePort",
                    cluster -> cluster.getSpec().listeners.getFirst().bootstrapNodePort = 31999);
            Topic topic = new Topic();
            topic.setMetadata(new ObjectMetaBuilder().withName("copied").withNamespace("default").build());
            topic.getSpec().cluster = "orders";
            topic.getSpec().replicas = 10;
            assertRefused("less than or equal to 9", () -> client.resource(topic).create());
        }
    }

    private void assertRefused(String message, Consumer<Cluster> change) {
        assertRefused(message, () -> client.resources(Cluster.class).inNamespace("default").withName("orders").edit(cluster -> {
            change.accept(cluster);
            return cluster;
        }));
    }

    private static void assertRefused(String message, Runnable write) {
        KubernetesClientException refusal = assertThrows(KubernetesClientException.class, write::run);
        assertEquals(422, refusal.getCode());
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    }

    @Test
    @Order(13)
    void whatSomebodyDamagedOrDeletedHarmsNobody() {
        // When
        client.leases().inNamespace("default").withName("orders-0").delete();
        TopicStatus sound = get(Topic.class, "survives").getStatus();
        List<PartitionState> before = states("survives");
        editStatus("survives", status -> status.places = List.of("?"));
        // Then
        awaitReason(Topic.class, "survives", "DamagedStatus");
        await().atMost(PATIENCE).until(() -> client.leases().inNamespace("default").withName("orders-0").get() != null);
        Kafka.produce(PLAIN_0, "survives", List.of("goes on"));
        assertTrue(Kafka.consume(PLAIN_2, "survives", 500).size() >= 500);
        // When
        editStatus("survives", status -> status.places = sound.places);
        // Then
        awaitReason(Topic.class, "survives", "Served");
        assertEquals(before, states("survives"));
    }

    @Test
    @Order(14)
    void whoIsToStopServesOnUntilNobodyIsSentToIt() throws Exception {
        // Given
        BrokerPod pod = pods.pod(2);
        int restarts = pod.restarts();
        int partition = IntStream.range(0, 3).filter(i -> states("steady").get(i).leader().broker() == 2).findFirst().orElseThrow();
        try (KafkaProducer<String, String> producer = Kafka.producer(PLAIN_2)) {
            producer.send(new ProducerRecord<>("steady", partition, null, "before")).get();
            // When
            CompletableFuture<Void> stop = CompletableFuture.runAsync(pod::stop);
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> !pod.isReady());
            producer.send(new ProducerRecord<>("steady", partition, null, "while it drains")).get();
            // Then
            assertFalse(stop.isDone());
            stop.get();
        }
        await().atMost(PATIENCE).until(() -> pods.pod(2).restarts() > restarts && pods.pod(2).isReady());
    }

    @Test
    @Order(15)
    void anotherOperatorWaitsAndTakesOver() throws Exception {
        // Given
        try (JavaProcess another = operator("127.3.0.3", Repository.newFolder("operator").resolve("output.log"))) {
            await().atMost(PATIENCE).until(() -> String.valueOf(JavaProcess.page("http://127.3.0.3:8080/health/ready")).contains("waits for its election"));
            assertTrue(JavaProcess.page("http://127.3.0.1:8080/health/ready").contains("active"));
            // When
            kubelet.shutdown();
            assertTrue(kubelet.awaitTermination(10, TimeUnit.SECONDS));
            operator.close();
            // Then
            edit(Cluster.class, "orders", cluster -> cluster.getSpec().config.put("log.retention.ms", "8888888"));
            awaitThat(Cluster.class, "orders", cluster -> cluster.getMetadata().getGeneration().equals(cluster.getStatus().observedGeneration));
            assertTrue(JavaProcess.page("http://127.3.0.3:8080/health/ready").contains("active"));
            assertTrue(another.isAlive());
        }
    }

    // ---- objects

    private void editStatus(String topic, Consumer<TopicStatus> change) {
        await().atMost(PATIENCE).ignoreException(KubernetesClientException.class)
                .until(() -> client.resources(Topic.class).inNamespace("default").withName(topic).editStatus(object -> {
                    change.accept(object.getStatus());
                    return object;
                }) != null);
    }

    private Stream<Topic> topics() {
        return client.resources(Topic.class).inNamespace("default").list().getItems().stream();
    }

    private <T extends HasMetadata> T get(Class<T> type, String name) {
        return client.resources(type).inNamespace("default").withName(name).get();
    }

    private <T extends HasMetadata> void edit(Class<T> type, String name, Consumer<T> change) {
        // Again when operator or brokers were faster, as kubectl does
        await().atMost(PATIENCE).ignoreException(KubernetesClientException.class)
                .until(() -> client.resources(type).inNamespace("default").withName(name).edit(object -> {
                    change.accept(object);
                    return object;
                }) != null);
    }

    private <T extends HasMetadata> T awaitThat(Class<T> type, String name, Predicate<T> wanted) {
        try {
            await().atMost(PATIENCE).until(() -> {
                T object = get(type, name);
                return object != null && ready(object) != null && wanted.test(object);
            });
        } catch (ConditionTimeoutException e) {
            T object = get(type, name);
            throw new AssertionError(name + " has not become what it should: " + (object == null ? "it is gone" : String.valueOf(ready(object))), e);
        }
        return get(type, name);
    }

    private <T extends HasMetadata> T awaitReason(Class<T> type, String name, String reason) {
        return awaitThat(type, name, object -> reason.equals(ready(object).getReason()));
    }

    private static Condition ready(HasMetadata object) {
        return switch (object) {
            case Cluster cluster when cluster.getStatus() != null -> Conditions.find(cluster.getStatus().conditions, "Ready");
            case User user when user.getStatus() != null -> Conditions.find(user.getStatus().conditions, "Ready");
            case Topic topic when topic.getStatus() != null -> Conditions.find(topic.getStatus().conditions, "Ready");
            default -> null;
        };
    }

    private interface Call {
        void run() throws Exception;
    }

    private static Throwable failure(Call call) throws Exception {
        try {
            call.run();
        } catch (ExecutionException e) {
            return e.getCause();
        }
        throw new AssertionError("This should have failed.");
    }
}
