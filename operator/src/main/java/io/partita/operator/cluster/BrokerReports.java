package io.partita.operator.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.partita.operator.cluster.BrokerRoll.Outdated;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a broker, in the moment before it is stopped, whether it may be ({@code GET /broker}): it knows best, and before it is in any object, which partitions need it to have
 * min.insync.replicas in sync. One that cannot be asked is judged by what is seen of it, as it may be what a restart helps. For any thread; blocks for seconds at most.
 */
@ApplicationScoped
class BrokerReports {

    private static final Logger LOG = LoggerFactory.getLogger(BrokerReports.class);

    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final int OK = 200;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

    /** What is to be done after all when the brokers that would be restarted have been asked: those that must not be stopped are not. */
    BrokerRoll asked(BrokerRoll roll) {
        if (!(roll instanceof BrokerRoll.Restart restart)) {
            return roll;
        }
        List<Outdated> willing = new ArrayList<>();
        BrokerRoll refusal = null;
        for (Outdated broker : restart.brokers()) {
            String objection = ClusterStatuses.isReady(broker.pod()) ? objection(broker.pod()) : null;
            if (objection == null) {
                willing.add(broker);
            } else if (refusal == null) {
                refusal = new BrokerRoll.Waiting(restart.outdated(), "Broker " + broker.broker() + " says that it must not be stopped: " + objection + ".");
            }
        }
        return refusal == null ? roll : willing.isEmpty() ? refusal : new BrokerRoll.Restart(restart.outdated(), willing);
    }

    /** Why a broker must not be stopped now, {@code null} when it may be or does not answer. */
    private String objection(Pod pod) {
        URI address = address(pod);
        if (address == null) {
            return null;
        }
        try {
            HttpResponse<String> answer = http.send(HttpRequest.newBuilder(address).timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
            JsonNode report = answer.statusCode() == OK ? json.readTree(answer.body()) : json.missingNode();
            boolean mayStop = report.path("mayStop").asBoolean(true);
            return mayStop ? null : report.path("why").asText("it does not say why");
        } catch (JsonProcessingException unknown) {
            LOG.warn("What {} says of itself at {} is no JSON: {}.", pod.getMetadata().getName(), address, unknown.getOriginalMessage());
            return null;
        } catch (IOException away) {
            LOG.info("{} could not be asked at {} whether it may be stopped ({}). It is restarted by what is seen of it.", pod.getMetadata().getName(), address,
                    away.toString());
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the operator is about to end";
        }
    }

    private static URI address(Pod pod) {
        String ip = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
        if (ip == null || ip.isEmpty()) {
            return null;
        }
        return URI.create("http://" + (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + port(pod) + "/broker");
    }

    private static int port(Pod pod) {
        for (Container container : pod.getSpec().getContainers()) {
            for (ContainerPort port : container.getPorts()) {
                if ("http".equals(port.getName())) {
                    return port.getContainerPort();
                }
            }
        }
        return BrokerServices.HTTP_PORT;
    }
}
