package io.partita.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.crds.Topic;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FailedLooksTest {

    private final Topic topic = new Topic();

    FailedLooksTest() {
        topic.setMetadata(new ObjectMetaBuilder().withNamespace("shop").withName("orders").build());
    }

    @Test
    void whatTheApiServerDoesNotDoIsSaidInASentence() {
        var timeout = new KubernetesClientException("An error has occurred.", new HttpTimeoutException("request timed out"));
        assertEquals("Topic shop/orders is looked after again in a moment: the API server does not answer"
                + " (java.net.http.HttpTimeoutException: request timed out).", FailedLooks.sentence(topic, timeout));
        var busy = new KubernetesClientException("Failure executing: GET at …", 429, new StatusBuilder().withMessage("too many requests").build());
        assertEquals("Topic shop/orders is looked after again in a moment: the API server answers 429 (too many requests).",
                FailedLooks.sentence(topic, new RuntimeException("wrapped", busy)));
    }

    @Test
    void aDefectOfOursIsNotPutDownToTheApiServer() {
        assertNull(FailedLooks.sentence(topic, new IllegalStateException("thrown by the test")));
    }

    /** The SDK would say the same once more, with its stack. */
    @Test
    void nobodyElseSaysIt() throws IOException {
        String settings = Files.readString(Path.of("src/main/resources/application.properties"));
        assertEquals(1,
                settings.lines().filter("quarkus.log.category.\"io.javaoperatorsdk.operator.processing.event.EventProcessor\".level=ERROR"::equals).count());
    }
}
