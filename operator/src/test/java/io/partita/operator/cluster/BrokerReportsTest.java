package io.partita.operator.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BrokerReportsTest {

    private final BrokerReports reports = new BrokerReports();
    private HttpServer broker;
    private volatile String answer;

    @BeforeEach
    void start() throws IOException {
        broker = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        broker.createContext("/broker", exchange -> {
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        broker.start();
    }

    @AfterEach
    void stop() {
        broker.stop(0);
    }

    private BrokerRoll.Restart restart(boolean isReady) {
        Pod pod = new PodBuilder().withNewMetadata().withName("orders-2").endMetadata()
                .withNewSpec().addNewContainer().withName("broker").addNewPort().withName("http").withContainerPort(broker.getAddress().getPort()).endPort()
                .endContainer().endSpec()
                .withNewStatus().withPodIP("127.0.0.1").addNewCondition().withType("Ready").withStatus(isReady ? "True" : "False").endCondition().endStatus()
                .build();
        return new BrokerRoll.Restart(3, List.of(new BrokerRoll.Outdated(2, pod, "settings have changed that need it")));
    }

    @Test
    void aBrokerThatMustNotStopIsWaitedFor() {
        answer = "{\"state\":\"running\",\"mayStop\":false,\"why\":\"2 partitions would have fewer replicas in sync than min.insync.replicas says\"}";
        assertEquals(new BrokerRoll.Waiting(3, "Broker 2 says that it must not be stopped: 2 partitions would have fewer replicas in sync than"
                + " min.insync.replicas says."), reports.asked(restart(true)));
    }

    @Test
    void ofSeveralThoseAreRestartedThatMayBe() {
        // Given
        answer = "{\"mayStop\":false,\"why\":\"it is needed\"}";
        BrokerRoll.Outdated needed = restart(true).brokers().getFirst();
        BrokerRoll.Outdated stuck = restart(false).brokers().getFirst();
        // Then
        assertEquals(new BrokerRoll.Restart(5, List.of(stuck)), reports.asked(new BrokerRoll.Restart(5, List.of(needed, stuck))));
    }

    @Test
    void oneThatMayOrDoesNotAnswerOrServesNobodyIsRestarted() {
        answer = "{\"state\":\"running\",\"mayStop\":true,\"why\":null}";
        BrokerRoll.Restart restart = restart(true);
        assertSame(restart, reports.asked(restart));
        answer = "no JSON";
        assertSame(restart, reports.asked(restart));
        answer = "{\"mayStop\":false,\"why\":\"its data are being opened\"}";
        BrokerRoll.Restart stuck = restart(false);
        assertSame(stuck, reports.asked(stuck));
        stop();
        assertSame(restart, reports.asked(restart));
        assertEquals(new BrokerRoll.Complete(), reports.asked(new BrokerRoll.Complete()));
    }
}
