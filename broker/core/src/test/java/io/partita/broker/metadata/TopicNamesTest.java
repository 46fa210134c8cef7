package io.partita.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.junit.jupiter.api.Test;

class TopicNamesTest {

    private static final List<String> NAMES = List.of("mytopic", "my-topic", "web_log", "myTopic", "hello", "docker_container", "__confluent.support.metrics",
            "a", "0", "-", "...", "A.b_c-9", "", ".", "..", "a b", "a/b", "ä", "a\u0000", "a:b", "a\n", "x".repeat(249), "x".repeat(250));

    @Test
    void takesTheNamesKafkaTakes() {
        for (String name : NAMES) {
            boolean legal;
            try {
                Topic.validate(name);
                legal = true;
            } catch (InvalidTopicException refused) {
                legal = false;
            }
            if (legal) {
                assertNull(TopicNames.problem(name), name);
            } else {
                assertNotNull(TopicNames.problem(name), name);
            }
        }
    }

    @Test
    void collidesAsInKafka() {
        for (String a : List.of("a.b", "a_b", "a-b", "a.b_", "a_b.")) {
            for (String b : List.of("a.b", "a_b", "a-b", "a.b_", "a_b.")) {
                assertEquals(Topic.hasCollision(a, b), TopicNames.collide(a, b), a + " " + b);
                if (TopicNames.collide(a, b)) {
                    assertEquals(TopicNames.foldedHash(a), TopicNames.foldedHash(b));
                }
            }
        }
    }

    @Test
    void knowsTheInternalTopicsOfKafka() {
        assertTrue(TopicNames.isInternal("__consumer_offsets"));
        assertTrue(TopicNames.isInternal("__transaction_state"));
        assertTrue(TopicNames.isInternal("__share_group_state"));
        assertFalse(TopicNames.isInternal("__confluent.support.metrics"));
    }
}
