package io.partita.broker.security.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeysInForceTest {

    @Test
    void whatIsSaidIsReadAsItWas() {
        Map<String, KeysInForce> said = Map.of("REPLICATION", new KeysInForce(List.of("aa"), List.of("cc", "bb")), "TLS",
                new KeysInForce(List.of("aa"), List.of()));
        assertEquals("REPLICATION=aa/bb+cc TLS=aa/", KeysInForce.text(said));
        assertEquals(said, KeysInForce.read(KeysInForce.text(said)));
    }

    @Test
    void whatCannotBeReadIsNotSaid() {
        assertEquals(Map.of(), KeysInForce.read(null));
        assertEquals(Map.of(), KeysInForce.read(""));
        assertEquals(Map.of("TLS", new KeysInForce(List.of(), List.of("bb"))), KeysInForce.read("? REPLICATION=aa /=b =aa/bb TLS=/bb"));
    }
}
