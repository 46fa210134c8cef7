package io.partita.broker.app;

import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends what /metrics says to a collector of OpenTelemetry, where {@link OtlpConfig} names one. What cannot be sent is not kept: the next time says it all, for counters count from the start on. */
@Singleton
class OtlpExport {

    private static final Logger LOG = LoggerFactory.getLogger(OtlpExport.class);

    private static final String PATH = "/v1/metrics";
    private static final long TIMEOUT_MILLIS = 10_000;
    private static final int OK_BELOW = 300;

    private final OtlpConfig config;
    private final Vertx vertx;
    private final PrometheusMeterRegistry registry;
    private final BrokerLifecycle lifecycle;
    private final long startNanos = TimeUnit.MILLISECONDS.toNanos(ManagementFactory.getRuntimeMXBean().getStartTime());
    private final AtomicBoolean isUnderWay = new AtomicBoolean();
    private volatile boolean isFailing;

    OtlpExport(OtlpConfig config, Vertx vertx, PrometheusMeterRegistry registry, BrokerLifecycle lifecycle) {
        this.config = config;
        this.vertx = vertx;
        this.registry = registry;
        this.lifecycle = lifecycle;
    }

    void onStart(@Observes StartupEvent event) {
        String endpoint = config.endpoint().map(String::strip).orElse("");
        if (endpoint.isEmpty()) {
            return;
        }
        String url = endpoint.replaceFirst("/+$", "") + PATH;
        RequestOptions request = new RequestOptions().setMethod(HttpMethod.POST).setAbsoluteURI(url).setTimeout(TIMEOUT_MILLIS)
                .putHeader("content-type", "application/json");
        pairs(config.headers().orElse("")).forEach(request::putHeader);
        HttpClient client = vertx.createHttpClient();
        LOG.info("Metrics are sent to {} every {} s.", url, config.interval().toSeconds());
        vertx.setPeriodic(config.interval().toMillis(), timer -> send(client, request));
    }

    /** One at a time: a collector that is slow gets fewer. */
    private void send(HttpClient client, RequestOptions request) {
        if (!isUnderWay.compareAndSet(false, true)) {
            return;
        }
        vertx.executeBlocking(() -> body().toBuffer())
                .compose(body -> client.request(request).compose(opened -> opened.send(body))
                        .compose(answer -> answer.body().map(text -> refusal(answer.statusCode(), text))))
                .onComplete(sent -> {
                    isUnderWay.set(false);
                    tell(request, sent.failed() ? sent.cause().toString() : sent.result());
                });
    }

    private JsonObject body() {
        List<MetricFamilySamples> families = Collections.list(registry.getPrometheusRegistry().metricFamilySamples());
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put("service.name", config.service());
        lifecycle.broker().ifPresent(broker -> attributes.put("service.instance.id", broker.clusterId() + "/" + broker.nodeId()));
        attributes.putAll(pairs(config.attributes().orElse("")));
        return OtlpText.request(families, attributes, startNanos, TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
    }

    private static String refusal(int status, Buffer text) {
        return status < OK_BELOW ? null : "status " + status + " " + text.getString(0, Math.min(200, text.length()));
    }

    /** Once for as long as it stays so. */
    private void tell(RequestOptions request, String failure) {
        if (failure != null && !isFailing) {
            LOG.warn("Metrics could not be sent to port {} of {}: {}. It is tried again each time; see partita.otlp.endpoint.", request.getPort(),
                    request.getHost(), failure);
        } else if (failure == null && isFailing) {
            LOG.info("Metrics are sent to {} again.", request.getHost());
        }
        isFailing = failure != null;
    }

    /** NAME=VALUE, separated by commas, as OpenTelemetry has it. */
    static Map<String, String> pairs(String text) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String pair : text.split(",")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                pairs.put(pair.substring(0, equals).strip(), pair.substring(equals + 1).strip());
            }
        }
        return pairs;
    }
}
