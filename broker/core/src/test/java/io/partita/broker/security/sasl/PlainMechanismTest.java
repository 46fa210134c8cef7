package io.partita.broker.security.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.partita.broker.security.Principal;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlainMechanismTest {

    private final PlainMechanism mechanism = new PlainMechanism(Map.of("alice", "s\u00e9cret", "bob", "b")::get);

    private SaslStep token(String token) {
        SaslStep[] step = new SaslStep[1];
        mechanism.begin().next(token.getBytes(UTF_8), answer -> step[0] = answer);
        return step[0];
    }

    private String refusal(String token) {
        return assertInstanceOf(SaslStep.Refused.class, token(token)).message();
    }

    @Test
    void theRightPasswordLetsIn() {
        SaslStep.Authenticated alice = assertInstanceOf(SaslStep.Authenticated.class, token("\0alice\0s\u00e9cret"));
        assertEquals(Principal.user("alice"), alice.principal());
        assertEquals(0, alice.token().length);
        assertInstanceOf(SaslStep.Authenticated.class, token("alice\0alice\0s\u00e9cret"));
    }

    @Test
    void refusalsSayWhatKafkasSay() {
        assertEquals("Authentication failed: Invalid username or password", refusal("\0alice\0b"));
        assertEquals("Authentication failed: Invalid username or password", refusal("\0carol\0b"));
        assertEquals("Authentication failed: username not specified", refusal("\0\0b"));
        assertEquals("Authentication failed: password not specified", refusal("\0alice\0"));
        assertEquals("Authentication failed: Client requested an authorization id that is different from username", refusal("bob\0alice\0s\u00e9cret"));
        for (String token : new String[] {"", "alice", "\0alice", "\0alice\0b\0"}) {
            assertEquals("Invalid SASL/PLAIN response: expected 3 tokens", refusal(token));
        }
    }
}
