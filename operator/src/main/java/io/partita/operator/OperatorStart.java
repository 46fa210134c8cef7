package io.partita.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.Operator;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the controllers once the API server answers. An operator whose start falls into a time when it does not, as after it lost its Lease, would else end again and
 * again, and be in the midst of a back-off when the API server is back.
 */
@Singleton
class OperatorStart {

    private static final Logger LOG = LoggerFactory.getLogger(OperatorStart.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final OperatorConfig config;
    private final KubernetesClient client;
    private final Operator operator;
    private volatile boolean isStopping;
    private volatile boolean isStarted;

    OperatorStart(OperatorConfig config, KubernetesClient client, Operator operator) {
        this.config = config;
        this.client = client;
        this.operator = operator;
    }

    void onStart(@Observes StartupEvent event) {
        if (config.start()) {
            Thread.ofPlatform().daemon().name("operator-start").start(this::start);
        }
    }

    /** After {@link LeaderElection} was told, which takes the loss of its Lease for none then. */
    void onStop(@Observes @Priority(2) ShutdownEvent event) {
        isStopping = true;
        if (isStarted) {
            operator.stop();
        }
    }

    private void start() {
        try {
            if (isAnswered()) {
                operator.start();
                isStarted = true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("The controllers did not start: see whether the resource definitions and the rights of this operator are installed (kubectl apply -k k8s/).", e);
            Quarkus.asyncExit(1);
        }
    }

    private boolean isAnswered() throws InterruptedException {
        boolean isSaid = false;
        while (!isStopping) {
            try {
                client.getKubernetesVersion();
                return true;
            } catch (KubernetesClientException away) {
                if (!isSaid) {
                    isSaid = true;
                    LOG.warn("The API server does not answer ({}): waiting for it.", away.getCause() == null ? away.getMessage() : away.getCause().getMessage());
                }
                Thread.sleep(LOOK_AGAIN);
            }
        }
        return false;
    }
}
