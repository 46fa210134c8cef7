package io.partita.broker.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.env.TestClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuditTest {

    private final TestClock clock = new TestClock();
    private final List<String> lines = new ArrayList<>();
    private final Audit audit = new Audit(clock, lines::add);

    private void refuse(String client, String topic) {
        audit.refused(new Audit.Who("User:alice", "10.0.0.1", "SASL_SSL", client), "Produce", Operation.WRITE, ResourceType.TOPIC, topic,
                () -> "no rule allows it");
    }

    @Test
    void aRefusalSaysWhoFromWhereWhatAndWhy() {
        refuse("app", "orders");
        assertEquals(List.of("refused principal=User:alice host=10.0.0.1 listener=SASL_SSL client=app api=Produce operation=WRITE resource=TOPIC:orders"
                + " reason=\"no rule allows it\""), lines);
    }

    @Test
    void aClientCannotWriteLinesOfItsOwn() {
        refuse("x\nrefused principal=User:bob", "a\" outcome=\"NONE\\");
        assertEquals(1, lines.size());
        assertEquals("refused principal=User:alice host=10.0.0.1 listener=SASL_SSL client=\"x\\u000arefused principal=User:bob\" api=Produce operation=WRITE"
                + " resource=\"TOPIC:a\\\" outcome=\\\"NONE\\\\\" reason=\"no rule allows it\"", lines.getFirst());
        refuse("", "\u202e\u0085\u001b[31m");
        assertEquals("refused principal=User:alice host=10.0.0.1 listener=SASL_SSL client=\"\" api=Produce operation=WRITE"
                + " resource=\"TOPIC:\\u202e\\u0085\\u001b[31m\" reason=\"no rule allows it\"", lines.getLast());
    }

    @Test
    void longNamesAreCut() {
        refuse("app", "t".repeat(30_000));
        assertEquals(true, lines.getFirst().length() < 600);
    }

    @Test
    void whoGoesOnAskingFillsNoDisk() {
        for (int i = 0; i < 1_000; i++) {
            refuse("app", "orders");
        }
        assertEquals(100, lines.size());
        clock.advance(1_000);
        refuse("app", "orders");
        assertEquals(102, lines.size());
        assertEquals("left-out refusals=900 reason=\"more than 100 a second\"", lines.get(100));
    }
}
