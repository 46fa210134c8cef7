package io.partita.operator;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodTemplate;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/**
 * The image of brokers whose Cluster names none: what the operator was told, else that of the PodTemplate beside it, which kustomize's {@code images:} changes with the
 * operator's own. Read again after a while; while it cannot be read what was read before stands. For any thread.
 */
@ApplicationScoped
public class BrokerImage {

    private static final String TEMPLATE = "partita-broker";
    private static final String UNTOLD = "partita-broker:latest";
    private static final Duration AGE_MAX = Duration.ofSeconds(30);

    private final OperatorConfig config;
    private String known;
    private long readNanos;

    BrokerImage(OperatorConfig config) {
        this.config = config;
    }

    /** The image. Throws when it cannot be read and never was: another one would restart all brokers. */
    public synchronized String get(KubernetesClient client) {
        if (config.brokerImage().isPresent()) {
            return config.brokerImage().get();
        }
        if (known != null && System.nanoTime() - readNanos < AGE_MAX.toNanos()) {
            return known;
        }
        try {
            known = of(client.v1().podTemplates().inNamespace(client.getNamespace()).withName(TEMPLATE).get());
            readNanos = System.nanoTime();
        } catch (KubernetesClientException away) {
            if (known == null) {
                throw away;
            }
        }
        return known;
    }

    private static String of(PodTemplate template) {
        return template == null || template.getTemplate() == null || template.getTemplate().getSpec() == null
                ? UNTOLD
                : template.getTemplate().getSpec().getContainers().stream().map(Container::getImage).findFirst().orElse(UNTOLD);
    }
}
