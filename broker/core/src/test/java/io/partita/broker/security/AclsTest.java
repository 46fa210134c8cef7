package io.partita.broker.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.TestClock;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class AclsTest {

    private static AclBinding rule(String name, PatternType pattern) {
        return new AclBinding(ResourceType.TOPIC, name, pattern, new Acl("User:alice", "*", Operation.READ, PermissionType.ALLOW));
    }

    private static AclFilter named(PatternType pattern, String name) {
        return new AclFilter(ResourceType.TOPIC, name, pattern, null, null, Operation.ANY, PermissionType.ANY);
    }

    @Test
    void aFilterMeansRulesByHowTheyNameResourcesOrByWhatTheyApplyTo() {
        AclBinding literal = rule("orders", PatternType.LITERAL);
        AclBinding all = rule("*", PatternType.LITERAL);
        AclBinding prefixed = rule("ord", PatternType.PREFIXED);
        AclBinding other = rule("bills", PatternType.LITERAL);
        Acls acls = Acls.of(List.of(literal, all, prefixed, other));

        assertEquals(Set.of(literal, all, prefixed), Set.copyOf(acls.matching(named(PatternType.MATCH, "orders"))));
        assertEquals(List.of(literal), acls.matching(named(PatternType.ANY, "orders")));
        assertEquals(List.of(literal), acls.matching(named(PatternType.LITERAL, "orders")));
        assertEquals(List.of(), acls.matching(named(PatternType.PREFIXED, "orders")));
        assertEquals(List.of(prefixed), acls.matching(named(PatternType.PREFIXED, null)));
        assertEquals(4, acls.matching(AclFilter.ALL).size());
    }

    @Test
    void whatIsNoRuleIsSaidInASentence() {
        assertNull(rule("orders", PatternType.LITERAL).problem());
        assertNotNull(rule("", PatternType.LITERAL).problem());
        assertNotNull(rule("orders", PatternType.MATCH).problem());
        assertNotNull(new AclBinding(ResourceType.ANY, "x", PatternType.LITERAL, rule("x", PatternType.LITERAL).acl()).problem());
        assertNotNull(new AclBinding(ResourceType.CLUSTER, "x", PatternType.LITERAL, rule("x", PatternType.LITERAL).acl()).problem());
        assertNull(new AclBinding(ResourceType.CLUSTER, "kafka-cluster", PatternType.LITERAL, rule("x", PatternType.LITERAL).acl()).problem());
        for (String principal : new String[] {"alice", "", ":alice", null}) {
            assertNotNull(
                    new AclBinding(ResourceType.TOPIC, "x", PatternType.LITERAL, new Acl(principal, "*", Operation.READ, PermissionType.ALLOW)).problem());
        }
        assertNotNull(new AclBinding(ResourceType.TOPIC, "x", PatternType.LITERAL, new Acl("User:a", "*", Operation.ANY, PermissionType.ALLOW)).problem());
        assertNotNull(new AclBinding(ResourceType.TOPIC, "x", PatternType.LITERAL, new Acl("User:a", "*", Operation.READ, PermissionType.ANY)).problem());
    }

    @Test
    void aClientIsJudgedByNewRulesFromTheNextQuestionOn() {
        AtomicReference<Acls> acls = new AtomicReference<>(Acls.of(List.of(rule("orders", PatternType.LITERAL))));
        Authorizer authorizer = Authorizer.of(acls::get, Set.of(), false, new Audit(new TestClock()));
        Access access = authorizer.of(Principal.user("alice"), InetAddress.getLoopbackAddress());
        assertTrue(access.allows(Operation.READ, ResourceType.TOPIC, "orders"));
        Object before = access.version();
        assertSame(before, access.version());

        acls.set(Acls.NONE);

        assertFalse(access.allows(Operation.READ, ResourceType.TOPIC, "orders"));
        assertNotSame(before, access.version());
        assertNotSame(access.version(), authorizer.of(Principal.user("alice"), InetAddress.getLoopbackAddress()).version());
    }
}
