package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.InvalidConfigException;
import io.partita.broker.env.MemoryDisk;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Access rules as Kafka's AdminClient makes, lists and takes them away, with restarts of the broker in between. */
class AclsIT {

    private static final String AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer";

    private final MemoryDisk disk = new MemoryDisk();
    private Broker broker;
    private Admin admin;

    private void start(String... settings) {
        Map<String, String> all = new HashMap<>(Map.of("listeners", "PLAINTEXT://127.0.0.1:0", "log.dirs", "/acls", "authorizer.class.name",
                AUTHORIZER, "super.users", "User:someone;User:ANONYMOUS"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        broker = Broker.start(BrokerOptions.of(BrokerConfig.of(all)).withDisk(disk));
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }

    @AfterEach
    void stop() {
        if (broker != null) {
            admin.close();
            broker.close();
        }
    }

    private static AclBinding rule(ResourceType type, String name, PatternType pattern, String principal, AclOperation operation,
            AclPermissionType permission) {
        return new AclBinding(new ResourcePattern(type, name, pattern), new AccessControlEntry(principal, "*", operation, permission));
    }

    private static final AclBinding READ_ORDERS = rule(ResourceType.TOPIC, "orders", PatternType.LITERAL, "User:alice", AclOperation.READ,
            AclPermissionType.ALLOW);
    private static final AclBinding WRITE_ORD = rule(ResourceType.TOPIC, "ord", PatternType.PREFIXED, "User:alice", AclOperation.WRITE,
            AclPermissionType.ALLOW);
    private static final AclBinding NOT_BOB = rule(ResourceType.GROUP, "*", PatternType.LITERAL, "User:bob", AclOperation.ALL, AclPermissionType.DENY);

    private Set<AclBinding> described(AclBindingFilter filter) throws InterruptedException, ExecutionException {
        return new HashSet<>(admin.describeAcls(filter).values().get());
    }

    private static void fails(Class<? extends Exception> expected, KafkaFuture<?> future) {
        ExecutionException failed = assertThrows(ExecutionException.class, future::get);
        assertEquals(expected, failed.getCause().getClass(), failed.getMessage());
    }

    @Test
    void rulesOutliveTheBrokerAndEndWhenTheyAreDeleted() throws InterruptedException, ExecutionException {
        start();
        admin.createAcls(List.of(READ_ORDERS, WRITE_ORD, NOT_BOB, READ_ORDERS)).all().get();
        assertEquals(Set.of(READ_ORDERS, WRITE_ORD, NOT_BOB), described(AclBindingFilter.ANY));
        stop();

        start();
        assertEquals(Set.of(READ_ORDERS, WRITE_ORD, NOT_BOB), described(AclBindingFilter.ANY));
        var aboutOrders = new AclBindingFilter(new ResourcePatternFilter(ResourceType.TOPIC, "orders", PatternType.MATCH), AccessControlEntryFilter.ANY);
        assertEquals(Set.of(READ_ORDERS, WRITE_ORD), described(aboutOrders));
        assertEquals(Set.of(NOT_BOB), described(new AclBindingFilter(ResourcePatternFilter.ANY,
                new AccessControlEntryFilter("User:bob", null, AclOperation.ANY, AclPermissionType.DENY))));
        assertEquals(Set.of(READ_ORDERS, WRITE_ORD), new HashSet<>(admin.deleteAcls(List.of(aboutOrders)).all().get()));
        stop();

        start();
        assertEquals(Set.of(NOT_BOB), described(AclBindingFilter.ANY));
    }

    @Test
    void whatIsNoRuleIsRefusedWithoutKeepingOthersOut() throws InterruptedException, ExecutionException {
        start();
        AclBinding nobody = rule(ResourceType.TOPIC, "orders", PatternType.LITERAL, "alice", AclOperation.READ, AclPermissionType.ALLOW);
        AclBinding otherCluster = rule(ResourceType.CLUSTER, "mine", PatternType.LITERAL, "User:alice", AclOperation.ALTER, AclPermissionType.ALLOW);
        var results = admin.createAcls(List.of(nobody, otherCluster, READ_ORDERS)).values();
        fails(InvalidRequestException.class, results.get(nobody));
        fails(InvalidRequestException.class, results.get(otherCluster));
        results.get(READ_ORDERS).get();
        assertEquals(Set.of(READ_ORDERS), described(AclBindingFilter.ANY));
    }

    @Test
    void whoIsNoSuperUserMayNotLookAtRulesUnlessARuleSaysSo() throws InterruptedException, ExecutionException {
        start("super.users", "User:someone");
        fails(ClusterAuthorizationException.class, admin.describeAcls(AclBindingFilter.ANY).values());
        fails(ClusterAuthorizationException.class, admin.createAcls(List.of(READ_ORDERS)).all());
        fails(ClusterAuthorizationException.class, admin.deleteAcls(List.of(AclBindingFilter.ANY)).all());

        var see = new io.partita.broker.security.AclBinding(io.partita.broker.security.ResourceType.CLUSTER, "kafka-cluster",
                io.partita.broker.security.PatternType.LITERAL, new io.partita.broker.security.Acl("User:ANONYMOUS", "127.0.0.1",
                        io.partita.broker.security.Operation.DESCRIBE, io.partita.broker.security.PermissionType.ALLOW));
        assertTrue(broker.metadata().createAcls(List.of(see)).toCompletableFuture().join().getFirst().isDone());

        assertEquals(1, described(AclBindingFilter.ANY).size());
        fails(ClusterAuthorizationException.class, admin.createAcls(List.of(READ_ORDERS)).all());
    }

    @Test
    void anAuthorizerOfSomebodyElseIsNotTaken() {
        InvalidConfigException refused = assertThrows(InvalidConfigException.class,
                () -> BrokerConfig.of(Map.of("authorizer.class.name", "com.example.Mine")));
        assertTrue(refused.getMessage().contains("StandardAuthorizer"), refused.getMessage());
    }
}
