package io.partita.operator;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells people in {@code kubectl describe} what changed. Events are a courtesy: one that cannot be written stops nothing. */
@ApplicationScoped
public class EventRecorder {

    private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);

    /** Writes one event about an object. To be called when something changed, not on every look at it. */
    public void record(KubernetesClient client, HasMetadata about, boolean warning, String reason, String message) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        try {
            client.v1().events().inNamespace(about.getMetadata().getNamespace()).resource(new EventBuilder()
                    .withNewMetadata()
                    .withGenerateName(about.getMetadata().getName() + ".")
                    .withNamespace(about.getMetadata().getNamespace())
                    .endMetadata()
                    .withNewInvolvedObject()
                    .withApiVersion(about.getApiVersion())
                    .withKind(about.getKind())
                    .withName(about.getMetadata().getName())
                    .withNamespace(about.getMetadata().getNamespace())
                    .withUid(about.getMetadata().getUid())
                    .endInvolvedObject()
                    .withType(warning ? "Warning" : "Normal")
                    .withReason(reason)
                    .withMessage(message)
                    .withNewSource()
                    .withComponent("partita-operator")
                    .endSource()
                    .withFirstTimestamp(now)
                    .withLastTimestamp(now)
                    .withCount(1)
                    .build())
                    .create();
        } catch (KubernetesClientException e) {
            LOG.warn("Could not write the event {} about {} {}: {}. It is in its conditions all the same.", reason, about.getKind(),
                    about.getMetadata().getName(), e.getMessage());
        }
    }
}
