package io.partita.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.crds.ClusterSpec.TopicNamespaceSpec;
import io.partita.crds.TopicSpec.GrantSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForeignTopicsTest {

    private final Cluster cluster = Samples.cluster("main", 3);
    private final TopicNamespaceSpec grant = new TopicNamespaceSpec();

    ForeignTopicsTest() {
        grant.namespace = "team-a";
        cluster.getSpec().topicNamespaces.add(grant);
    }

    private static Topic foreign(String name) {
        Topic topic = Samples.topic(name, "main");
        topic.getMetadata().setNamespace("team-a");
        topic.getSpec().clusterNamespace = "default";
        return topic;
    }

    private String reason(Topic topic, Topic... others) {
        Problem problem = ForeignTopics.problem(topic, cluster, List.of(others));
        return problem == null ? null : problem.reason();
    }

    private static Topic copied(Topic source) {
        return ForeignTopics.copy(source, null, source.getMetadata().getName());
    }

    @Test
    void whatAClusterGrantsIsANamespaceAndTheBeginningOfNames() {
        assertNull(reason(foreign("team-a.orders")));
        assertEquals("NameNotGranted", reason(foreign("team-a-orders")));
        assertEquals("NameNotGranted", reason(foreign("team-a.")));
        Topic named = foreign("orders");
        named.getSpec().topicName = "team-a.Orders_of_2026";
        assertNull(reason(named));
        grant.prefix = "a-";
        assertNull(reason(foreign("a-orders")));
        assertEquals("NameNotGranted", reason(named));
        Topic other = foreign("team-a.orders");
        other.getMetadata().setNamespace("team");
        assertEquals("NotGranted", reason(other));
        assertEquals(ForeignTopics.problem(other, null, List.of()), ForeignTopics.problem(other, cluster, List.of()));
    }

    @Test
    void aNameThatSomebodyElsesTopicHasIsTaken() {
        Topic topic = foreign("team-a.orders");
        assertNull(reason(topic, copied(topic)));
        assertEquals("NameTaken", reason(topic, Samples.topic("team-a.orders", "main")));
        Topic folded = Samples.topic("folded", "main");
        folded.getSpec().topicName = "team-a_orders";
        assertEquals("NameTaken", reason(topic, folded));
        // One of before, of the same name
        Topic former = foreign("team-a.orders");
        former.getMetadata().setUid("another");
        assertEquals("NameTaken", reason(topic, copied(former)));
    }

    @Test
    void aNamespaceTakesNoMoreThanItMay() {
        grant.topics = 2;
        grant.partitions = 10;
        Topic first = foreign("team-a.1");
        first.getSpec().partitions = 6;
        Topic second = foreign("team-a.2");
        second.getSpec().partitions = 4;
        Topic own = Samples.topic("of-the-cluster", "main");
        own.getSpec().partitions = 100;
        assertNull(reason(second, copied(first), own));
        assertNull(reason(second, copied(first), copied(second), own));
        second.getSpec().partitions = 5;
        assertEquals("TooManyPartitions", reason(second, copied(first), own));
        assertEquals("TooManyTopics", reason(foreign("team-a.3"), copied(first), copied(second)));
    }

    @Test
    void grantsAreOfUsersAndAccountsAndOfWhatUsesATopic() {
        Topic topic = foreign("team-a.orders");
        GrantSpec grants = new GrantSpec();
        grants.user = "reports";
        grants.operations = List.of("Read", "Describe");
        topic.getSpec().grants = List.of(grants);
        assertNull(reason(topic));
        assertEquals(List.of("User:reports Read", "User:reports Describe"), ForeignTopics.granted(topic));
        grants.operations = List.of("Read", "Delete");
        assertEquals("InvalidGrant", reason(topic));
        assertEquals(List.of(), ForeignTopics.granted(topic));
        grants.operations = List.of("Write");
        grants.user = null;
        assertEquals("InvalidGrant", reason(topic));
        grants.serviceAccount = new UserSpec.AccountSpec();
        grants.serviceAccount.name = "pump";
        assertEquals(List.of("User:system:serviceaccount:team-a:pump Write"), ForeignTopics.granted(topic));
        grants.serviceAccount.namespace = "team-b";
        assertEquals(List.of("User:system:serviceaccount:team-b:pump Write"), ForeignTopics.granted(topic));
    }

    @Test
    void aCopyIsOfOneTopicAsLongAsThatAsksForIt() {
        Topic topic = foreign("team-a.orders");
        topic.getSpec().config.put("retention.ms", "5");
        Topic copy = copied(topic);
        assertTrue(ForeignTopics.isAskedFor(copy, topic));
        assertFalse(ForeignTopics.isForeign(copy));
        assertEquals(topic.getSpec().config, copy.getSpec().config);
        // What a topic has it keeps
        copy.getSpec().partitions = 7;
        assertEquals(7, ForeignTopics.copy(topic, copy, "team-a.orders").getSpec().partitions);
        topic.getSpec().clusterNamespace = "elsewhere";
        assertFalse(ForeignTopics.isAskedFor(copy, topic));
        assertFalse(ForeignTopics.isAskedFor(copy, null));
    }
}
