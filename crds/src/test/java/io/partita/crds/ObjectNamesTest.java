package io.partita.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ObjectNamesTest {

    private static final Pattern RFC_1123 = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    @Test
    void aNameKubernetesTakesStaysAsItIs() {
        assertEquals("web-log.v1", ObjectNames.candidates("main", "web-log.v1").getFirst());
        assertNull(ObjectNames.topicNameFor("web-log.v1", "web-log.v1"));
    }

    @Test
    void aNameKubernetesDoesNotTakeGetsAReadableOneWithAHash() {
        // When
        String name = ObjectNames.candidates("main", "__consumer_offsets").getFirst();
        // Then
        assertTrue(name.matches("consumer-offsets-[0-9a-f]{10}"), name);
        assertEquals("__consumer_offsets", ObjectNames.topicNameFor(name, "__consumer_offsets"));
    }

    @Test
    void spellingsThatLookAlikeGetDifferentObjects() {
        assertNotEquals(ObjectNames.candidates("main", "web_log"), ObjectNames.candidates("main", "Web_Log"));
        assertNotEquals(ObjectNames.candidates("main", "orders").getLast(), ObjectNames.candidates("other", "orders").getLast());
    }

    @Test
    void anObjectOfAnotherClusterIsNotMistaken() {
        // Given
        Topic topic = Samples.topic("orders", "main");
        // Then
        assertTrue(ObjectNames.isObjectOf(topic, "main", "orders"));
        assertFalse(ObjectNames.isObjectOf(topic, "other", "orders"));
    }

    @Test
    void everyLegalKafkaNameGetsALegalObjectName() {
        long seed = 20261120;
        Random random = new Random(seed);
        String letters = "abzAZ019._-";
        for (int run = 0; run < 20_000; run++) {
            StringBuilder kafka = new StringBuilder();
            int length = 1 + random.nextInt(random.nextInt(20) == 0 ? 249 : 12);
            for (int i = 0; i < length; i++) {
                kafka.append(letters.charAt(random.nextInt(letters.length())));
            }
            for (String name : ObjectNames.candidates("main", kafka.toString())) {
                assertTrue(name.length() <= 253 && RFC_1123.matcher(name).matches(), () -> "seed " + seed + ": " + kafka + " → " + name);
            }
        }
    }
}
