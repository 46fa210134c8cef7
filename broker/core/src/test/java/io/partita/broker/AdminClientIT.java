package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.DuplicateResourceException;
import org.apache.kafka.common.errors.UnacceptableCredentialException;
import org.apache.kafka.common.errors.UnsupportedByAuthenticationException;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.ResourceNotFoundException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's own AdminClient against a broker over a socket, with a restart in between. */
class AdminClientIT {

    private static final int NODE = 4;

    @TempDir
    Path data;

    private Broker broker;
    private Admin admin;

    @BeforeEach
    void start() {
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(Map.of(
                "node.id", Integer.toString(NODE), "listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", data.toString(), "broker.rack", "r1"))));
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }

    @AfterEach
    void stop() {
        admin.close();
        broker.close();
    }

    private static <T> T get(KafkaFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException failed) {
            throw new AssertionError(failed.getCause());
        }
    }

    private static void fails(Class<? extends Exception> expected, KafkaFuture<?> future) {
        ExecutionException failed = assertThrows(ExecutionException.class, future::get);
        assertEquals(expected, failed.getCause().getClass(), failed.getMessage());
    }

    private static NewTopic topic(String name, int partitions) {
        return new NewTopic(name, partitions, (short) 1);
    }

    private void create(NewTopic... topics) throws InterruptedException {
        get(admin.createTopics(List.of(topics)).all());
    }

    private Config config(ConfigResource.Type type, String name) throws InterruptedException {
        ConfigResource resource = new ConfigResource(type, name);
        DescribeConfigsOptions options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        return get(admin.describeConfigs(List.of(resource), options).all()).get(resource);
    }

    private KafkaFuture<Void> alter(ConfigResource.Type type, String name, AlterConfigOp.OpType kind, String key, String value) {
        Collection<AlterConfigOp> changes = List.of(new AlterConfigOp(new ConfigEntry(key, value), kind));
        return admin.incrementalAlterConfigs(Map.of(new ConfigResource(type, name), changes)).all();
    }

    @Test
    void topicsLiveOnAcrossARestart() throws InterruptedException {
        // Given a topic with settings and added partitions, and a deleted one
        create(topic("kept", 2).configs(Map.of("retention.ms", "1234")), topic("deleted", 1));
        get(admin.createPartitions(Map.of("kept", NewPartitions.increaseTo(3))).all());
        get(admin.deleteTopics(List.of("deleted")).all());
        TopicDescription before = get(admin.describeTopics(List.of("kept")).allTopicNames()).get("kept");

        // When the broker is restarted
        stop();
        start();

        // Then the same topic is there
        assertEquals(Set.of("kept"), get(admin.listTopics().names()));
        TopicDescription after = get(admin.describeTopics(TopicCollection.ofTopicIds(List.of(before.topicId()))).allTopicIds()).get(before.topicId());
        assertEquals("kept", after.name());
        assertEquals(3, after.partitions().size());
        assertEquals(NODE, after.partitions().get(2).leader().id());
        assertEquals("r1", after.partitions().get(2).leader().rack());
        assertEquals("1234", config(ConfigResource.Type.TOPIC, "kept").get("retention.ms").value());
    }

    @Test
    void refusalsAreKafkasExceptions() throws InterruptedException {
        create(topic("there", 2));
        fails(TopicExistsException.class, admin.createTopics(List.of(topic("there", 1))).all());
        fails(InvalidPartitionsException.class, admin.createTopics(List.of(topic("zero", 0))).all());
        fails(InvalidReplicationFactorException.class, admin.createTopics(List.of(new NewTopic("three", 1, (short) 3))).all());
        fails(InvalidConfigurationException.class, admin.createTopics(List.of(topic("odd", 1).configs(Map.of("retention", "1")))).all());
        fails(InvalidPartitionsException.class, admin.createPartitions(Map.of("there", NewPartitions.increaseTo(1))).all());
        fails(UnknownTopicOrPartitionException.class, admin.deleteTopics(List.of("nothing")).all());
        fails(UnknownTopicOrPartitionException.class, admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, "nothing"))).all());
        fails(InvalidConfigurationException.class, alter(ConfigResource.Type.TOPIC, "there", AlterConfigOp.OpType.SET, "flush.ms", "soon"));
    }

    @Test
    void aNewTopicIsToldInTheAnswer() throws InterruptedException {
        var created = admin.createTopics(List.of(new NewTopic("t", Optional.of(5), Optional.empty()).configs(Map.of("flush.ms", "9"))));
        assertEquals(5, get(created.numPartitions("t")));
        assertEquals(1, get(created.replicationFactor("t")));
        assertFalse(get(created.topicId("t")).equals(Uuid.ZERO_UUID));
        assertEquals("9", get(created.config("t")).get("flush.ms").value());
    }

    @Test
    void settingsComeWithSourceTypeAndDocumentation() throws InterruptedException {
        create(topic("t", 1));
        get(alter(ConfigResource.Type.TOPIC, "t", AlterConfigOp.OpType.APPEND, "cleanup.policy", "compact"));
        get(alter(ConfigResource.Type.BROKER, Integer.toString(NODE), AlterConfigOp.OpType.SET, "log.segment.bytes", "2000000"));
        get(alter(ConfigResource.Type.BROKER, "", AlterConfigOp.OpType.SET, "log.segment.bytes", "3000000"));

        ConfigEntry policy = config(ConfigResource.Type.TOPIC, "t").get("cleanup.policy");
        assertEquals("delete,compact", policy.value());
        assertEquals(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, policy.source());
        assertEquals(ConfigEntry.ConfigType.LIST, policy.type());
        assertTrue(policy.documentation().startsWith("What happens to old records"), policy.documentation());
        ConfigEntry segment = config(ConfigResource.Type.TOPIC, "t").get("segment.bytes");
        assertEquals(ConfigEntry.ConfigSource.DYNAMIC_BROKER_CONFIG, segment.source());
        assertEquals("2000000", segment.value());
        assertEquals(List.of("2000000", "3000000", "1073741824"), segment.synonyms().stream().map(ConfigEntry.ConfigSynonym::value).toList());
        assertEquals(ConfigEntry.ConfigSource.STATIC_BROKER_CONFIG, config(ConfigResource.Type.BROKER, Integer.toString(NODE)).get("log.dirs").source());

        get(alter(ConfigResource.Type.BROKER, Integer.toString(NODE), AlterConfigOp.OpType.DELETE, "log.segment.bytes", null));
        assertEquals("3000000", config(ConfigResource.Type.TOPIC, "t").get("segment.bytes").value());
    }

    @Test
    void theClusterDescribesItself() throws InterruptedException {
        create(topic("a", 1), topic("b", 2));
        var cluster = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
        assertEquals(broker.clusterId(), get(cluster.clusterId()));
        assertEquals(NODE, get(cluster.controller()).id());
        assertEquals(1, get(cluster.nodes()).size());
        assertTrue(get(cluster.authorizedOperations()).contains(AclOperation.ALTER_CONFIGS));
        var topics = get(admin.describeTopics(List.of("a"), new DescribeTopicsOptions().includeAuthorizedOperations(true)).allTopicNames());
        assertTrue(topics.get("a").authorizedOperations().contains(AclOperation.WRITE));

        assertEquals(3, get(admin.describeLogDirs(List.of(NODE)).allDescriptions()).get(NODE).values().iterator().next().replicaInfos().size());
        assertEquals(Set.of("a", "b", Integer.toString(NODE)),
                Set.copyOf(get(admin.listConfigResources().all()).stream().map(ConfigResource::name).toList()));
    }

    @Test
    void partitionsStayWhereTheyAre() throws InterruptedException {
        create(topic("t", 1));
        TopicPartition partition = new TopicPartition("t", 0);
        Optional<Throwable> election = get(admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions()).get(partition);
        assertEquals(ElectionNotNeededException.class, election.orElseThrow().getClass());
        assertEquals(Map.of(), get(admin.listPartitionReassignments().reassignments()));
        get(admin.alterPartitionReassignments(Map.of(partition, Optional.of(new NewPartitionReassignment(List.of(NODE))))).all());
    }

    /** As a Kafka broker without authorizer and users does; MirrorMaker, for one, knows SecurityDisabledException. */
    private static UserScramCredentialUpsertion password(String user, ScramMechanism mechanism, int iterations) {
        return new UserScramCredentialUpsertion(user, new ScramCredentialInfo(mechanism, iterations), "secret of " + user);
    }

    private static UserScramCredentialDeletion without(String user, ScramMechanism mechanism) {
        return new UserScramCredentialDeletion(user, mechanism);
    }

    @Test
    void usersOfScramLiveOnAcrossARestart() throws InterruptedException {
        get(admin
                .alterUserScramCredentials(List.of(password("alice", ScramMechanism.SCRAM_SHA_256, 8192), password("alice", ScramMechanism.SCRAM_SHA_512, 4096),
                        password("bob", ScramMechanism.SCRAM_SHA_512, 4096), password("carol", ScramMechanism.SCRAM_SHA_256, 4096)))
                .all());
        get(admin.alterUserScramCredentials(List.of(without("carol", ScramMechanism.SCRAM_SHA_256),
                without("alice", ScramMechanism.SCRAM_SHA_512), password("alice", ScramMechanism.SCRAM_SHA_256, 5000))).all());
        // When the broker is restarted
        stop();
        start();
        var users = get(admin.describeUserScramCredentials().all());
        assertEquals(Set.of("alice", "bob"), users.keySet());
        assertEquals(List.of(new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 5000)), users.get("alice").credentialInfos());
        assertEquals(List.of(new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)),
                get(admin.describeUserScramCredentials(List.of("bob")).description("bob")).credentialInfos());
    }

    @Test
    void whatIsWrongWithAUserIsSaidOfHimAlone() throws InterruptedException {
        var results = admin.alterUserScramCredentials(List.of(
                password("good", ScramMechanism.SCRAM_SHA_256, 4096),
                password("few", ScramMechanism.SCRAM_SHA_256, 4095),
                password("many", ScramMechanism.SCRAM_SHA_256, 16385),
                password("half", ScramMechanism.SCRAM_SHA_256, 4096), without("half", ScramMechanism.SCRAM_SHA_512),
                password("", ScramMechanism.SCRAM_SHA_256, 4096),
                password("twice", ScramMechanism.SCRAM_SHA_256, 4096), without("twice", ScramMechanism.SCRAM_SHA_256))).values();
        get(results.get("good"));
        fails(UnacceptableCredentialException.class, results.get("few"));
        fails(UnacceptableCredentialException.class, results.get("many"));
        fails(UnacceptableCredentialException.class, results.get(""));
        fails(ResourceNotFoundException.class, results.get("half"));
        fails(DuplicateResourceException.class, results.get("twice"));
        assertEquals(Set.of("good"), get(admin.describeUserScramCredentials().all()).keySet());
    }

    @Test
    void whatThereIsNotIsSaidAtOnce() throws InterruptedException {
        AclBinding acl = new AclBinding(new ResourcePattern(ResourceType.TOPIC, "t", PatternType.LITERAL),
                new AccessControlEntry("User:a", "*", AclOperation.READ, AclPermissionType.ALLOW));
        fails(SecurityDisabledException.class, admin.describeAcls(AclBindingFilter.ANY).values());
        fails(SecurityDisabledException.class, admin.createAcls(List.of(acl)).all());
        fails(SecurityDisabledException.class, admin.deleteAcls(List.of(AclBindingFilter.ANY)).all());
        fails(UnsupportedByAuthenticationException.class, admin.createDelegationToken().delegationToken());
        fails(UnsupportedByAuthenticationException.class, admin.describeDelegationToken().delegationTokens());
        fails(UnsupportedByAuthenticationException.class, admin.renewDelegationToken(new byte[1]).expiryTimestamp());
        fails(UnsupportedByAuthenticationException.class, admin.expireDelegationToken(new byte[1]).expiryTimestamp());
        assertEquals(Map.of(), get(admin.describeUserScramCredentials().all()));
        fails(ResourceNotFoundException.class, admin.describeUserScramCredentials(List.of("a")).description("a"));
        fails(ResourceNotFoundException.class,
                admin.alterUserScramCredentials(List.of(new UserScramCredentialDeletion("a", ScramMechanism.SCRAM_SHA_256))).all());
    }
}
