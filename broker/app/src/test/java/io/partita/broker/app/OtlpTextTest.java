package io.partita.broker.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import io.prometheus.client.Summary;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OtlpTextTest {

    private final CollectorRegistry registry = new CollectorRegistry();

    private JsonObject metric(String name) {
        JsonObject request = OtlpText.request(Collections.list(registry.metricFamilySamples()), Map.of("service.name", "partita"), 5, 7);
        JsonObject resource = request.getJsonArray("resourceMetrics").getJsonObject(0);
        assertEquals(new JsonArray().add(attribute("service.name", "partita")), resource.getJsonObject("resource").getJsonArray("attributes"));
        JsonArray metrics = resource.getJsonArray("scopeMetrics").getJsonObject(0).getJsonArray("metrics");
        for (int i = 0; i < metrics.size(); i++) {
            if (metrics.getJsonObject(i).getString("name").equals(name)) {
                return metrics.getJsonObject(i);
            }
        }
        return null;
    }

    private static JsonObject attribute(String name, String value) {
        return new JsonObject().put("key", name).put("value", new JsonObject().put("stringValue", value));
    }

    private static JsonObject point(JsonObject metric, String kind) {
        assertEquals(1, metric.getJsonObject(kind).getJsonArray("dataPoints").size());
        return metric.getJsonObject(kind).getJsonArray("dataPoints").getJsonObject(0);
    }

    @Test
    void whatIsCountedIsASumSinceTheStart() {
        Counter.build("c", "Things").labelNames("topic").register(registry).labels("orders").inc(3);

        JsonObject metric = metric("c_total");
        assertEquals("Things", metric.getString("description"));
        assertEquals(true, metric.getJsonObject("sum").getBoolean("isMonotonic"));
        assertEquals(2, metric.getJsonObject("sum").getInteger("aggregationTemporality"));
        assertEquals(
                new JsonObject().put("attributes", new JsonArray().add(attribute("topic", "orders"))).put("timeUnixNano", "7").put("startTimeUnixNano", "5")
                        .put("asDouble", 3.0),
                point(metric, "sum"));
    }

    @Test
    void whatIsNoNumberIsLeftOut() {
        Gauge gauge = Gauge.build("g", "State").labelNames("of").register(registry);
        gauge.labels("a").set(Double.NaN);
        gauge.labels("b").set(1.5);

        assertEquals(1.5, point(metric("g"), "gauge").getDouble("asDouble"));
        gauge.remove("b");
        assertEquals(null, metric("g"));
    }

    @Test
    void ofAHistogramThoseBetweenTwoBoundsAreCounted() {
        Histogram histogram = Histogram.build("h", "Times").buckets(1, 10).register(registry);
        for (double time : new double[] {0.5, 1, 5, 20, 30, 40}) {
            histogram.observe(time);
        }

        JsonObject point = point(metric("h"), "histogram");
        assertEquals(new JsonArray().add(1.0).add(10.0), point.getJsonArray("explicitBounds"));
        assertEquals(new JsonArray().add("2").add("1").add("3"), point.getJsonArray("bucketCounts"));
        assertEquals("6", point.getString("count"));
        assertEquals(96.5, point.getDouble("sum"));
    }

    @Test
    void ofASummaryThereAreItsQuantiles() {
        Summary summary = Summary.build("s", "Times").quantile(0.5, 0.01).register(registry);
        summary.observe(4);

        JsonObject point = point(metric("s"), "summary");
        assertEquals("1", point.getString("count"));
        assertEquals(new JsonArray().add(new JsonObject().put("quantile", 0.5).put("value", 4.0)), point.getJsonArray("quantileValues"));
    }

    @Test
    void headersAndAttributesAreWrittenAsOpenTelemetryHasThem() {
        assertEquals(Map.of("a", "b", "c", "d=e"), OtlpExport.pairs("a=b, c = d=e,,nothing,=x"));
    }
}
