package io.partita.broker.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class PrincipalTest {

    @Test
    void isWrittenAndReadAsKafkaWritesIt() {
        assertEquals("User:alice", Principal.user("alice").toString());
        assertEquals(Principal.user("alice"), Principal.parse("User:alice"));
        assertEquals("User:ANONYMOUS", Principal.ANONYMOUS.toString());
    }

    @Test
    void aNameMayContainColons() {
        assertEquals(Principal.user("system:serviceaccount:shop:orders"), Principal.parse("User:system:serviceaccount:shop:orders"));
    }

    @Test
    void withoutATypeOrANameItIsNone() {
        assertNull(Principal.parse("alice"));
        assertNull(Principal.parse(":alice"));
        assertNull(Principal.parse("User:"));
    }
}
