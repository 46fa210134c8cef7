package io.partita.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Objects of a release that knows more. */
class NextReleaseTest {

    @ParameterizedTest
    @CsvSource({
        "Later,Delete,Internal,spec.nodeSpread is 'Later'",
        "Preferred,Later,Internal,spec.storage.onDelete is 'Later'",
        "Preferred,Keep,Gateway,spec.listeners[0].type is 'Gateway'"})
    void aWordThatIsNotKnownIsReadAndJudged(String nodeSpread, String onDelete, String type, String problem) {
        Cluster cluster = Serialization.unmarshal("""
                {"apiVersion":"partita.io/v1alpha1","kind":"Cluster","metadata":{"name":"c"},
                 "spec":{"nodeSpread":"%s","storage":{"size":"1Gi","onDelete":"%s","later":1},"listeners":[{"name":"a","type":"%s","later":{}}],"later":[]},
                 "status":{"later":1,"brokers":[{"id":0,"later":1}],"listeners":[{"name":"a","later":1}],"conditions":[{"type":"Later","later":1}]}}"""
                .formatted(nodeSpread, onDelete, type), Cluster.class);

        assertTrue(cluster.getSpec().unknownValue().message().startsWith(problem), cluster.getSpec().unknownValue().message());
        assertEquals(0, cluster.getStatus().brokers.getFirst().id());
    }

    @Test
    void whatIsKnownIsNoProblem() {
        assertNull(new ClusterSpec().unknownValue());
    }

    @Test
    void aCopyOfAStatusHasAllOfIt() throws IllegalAccessException {
        TopicStatus status = new TopicStatus();
        for (Field field : TopicStatus.class.getFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                Class<?> type = field.getType();
                field.set(status,
                        type == String.class
                                ? "x"
                                : type == Long.class
                                        ? 7L
                                        : type == Integer.class ? 7 : type == Boolean.class ? true : type == Map.class ? Map.of("a", "b") : List.of());
            }
        }

        assertEquals(Serialization.asJson(status), Serialization.asJson(status.copy()));
    }
}
