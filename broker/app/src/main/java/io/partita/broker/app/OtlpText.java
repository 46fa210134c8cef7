package io.partita.broker.app;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Metrics as OTLP in its JSON form: what /metrics says, under the same names. Counters become monotonic sums since the start of the process, histograms and summaries what OTLP calls so, all else gauges.
 * Figures that are no numbers are left out, for JSON has none. Pure.
 */
final class OtlpText {

    private static final String LE = "le";
    private static final String QUANTILE = "quantile";
    private static final int CUMULATIVE = 2;

    private final long startNanos;
    private final long nowNanos;

    private OtlpText(long startNanos, long nowNanos) {
        this.startNanos = startNanos;
        this.nowNanos = nowNanos;
    }

    /**
     * A request to a collector.
     *
     * @param attributes what describes the process
     * @param startNanos since when counters count, in nanoseconds of the Unix epoch
     */
    static JsonObject request(List<MetricFamilySamples> families, Map<String, String> attributes, long startNanos, long nowNanos) {
        OtlpText text = new OtlpText(startNanos, nowNanos);
        JsonArray metrics = new JsonArray();
        families.forEach(family -> text.addTo(metrics, family));
        JsonObject scope = new JsonObject().put("scope", new JsonObject().put("name", "partita")).put("metrics", metrics);
        JsonObject resource = new JsonObject().put("attributes", attributes(attributes));
        return new JsonObject().put("resourceMetrics",
                new JsonArray().add(new JsonObject().put("resource", resource).put("scopeMetrics", new JsonArray().add(scope))));
    }

    private static JsonArray attributes(Map<String, String> attributes) {
        JsonArray all = new JsonArray();
        attributes.forEach((name, value) -> all.add(new JsonObject().put("key", name).put("value", new JsonObject().put("stringValue", value))));
        return all;
    }

    private void addTo(JsonArray metrics, MetricFamilySamples family) {
        switch (family.type) {
            case COUNTER -> add(metrics, family, family.name + "_total", "sum", sum(family));
            case HISTOGRAM -> add(metrics, family, family.name, "histogram",
                    new JsonObject().put("aggregationTemporality", CUMULATIVE).put("dataPoints", distributions(family, LE)));
            case SUMMARY -> add(metrics, family, family.name, "summary", new JsonObject().put("dataPoints", distributions(family, QUANTILE)));
            default -> add(metrics, family, family.name, "gauge", new JsonObject().put("dataPoints", numbers(family.samples, false)));
        }
    }

    private static void add(JsonArray metrics, MetricFamilySamples family, String name, String kind, JsonObject data) {
        if (!data.getJsonArray("dataPoints").isEmpty()) {
            metrics.add(new JsonObject().put("name", name).put("description", family.help).put(kind, data));
        }
    }

    private JsonObject sum(MetricFamilySamples family) {
        List<Sample> counts = family.samples.stream().filter(sample -> !sample.name.endsWith("_created")).toList();
        return new JsonObject().put("aggregationTemporality", CUMULATIVE).put("isMonotonic", true).put("dataPoints", numbers(counts, true));
    }

    private JsonObject point(Map<String, String> labels, boolean isSinceStart) {
        JsonObject point = new JsonObject().put("attributes", attributes(labels)).put("timeUnixNano", Long.toString(nowNanos));
        return isSinceStart ? point.put("startTimeUnixNano", Long.toString(startNanos)) : point;
    }

    private static Map<String, String> labels(Sample sample, String without) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (int i = 0; i < sample.labelNames.size(); i++) {
            if (!sample.labelNames.get(i).equals(without)) {
                labels.put(sample.labelNames.get(i), sample.labelValues.get(i));
            }
        }
        return labels;
    }

    private static boolean isNumber(double value) {
        return !Double.isNaN(value) && !Double.isInfinite(value);
    }

    private JsonArray numbers(List<Sample> samples, boolean isSinceStart) {
        JsonArray points = new JsonArray();
        samples.stream().filter(sample -> isNumber(sample.value))
                .forEach(sample -> points.add(point(labels(sample, null), isSinceStart).put("asDouble", sample.value)));
        return points;
    }

    /** What the samples of one histogram or summary say together. */
    private static final class Distribution {
        private double count;
        private double sum;
        private final List<Double> bounds = new ArrayList<>();
        private final List<Double> values = new ArrayList<>();
    }

    private JsonArray distributions(MetricFamilySamples family, String boundLabel) {
        Map<Map<String, String>, Distribution> byLabels = new LinkedHashMap<>();
        for (Sample sample : family.samples) {
            Distribution one = byLabels.computeIfAbsent(labels(sample, boundLabel), labels -> new Distribution());
            int bound = sample.labelNames.indexOf(boundLabel);
            if (bound >= 0) {
                one.bounds.add(bound(sample.labelValues.get(bound)));
                one.values.add(sample.value);
            } else if (sample.name.endsWith("_count")) {
                one.count = sample.value;
            } else if (sample.name.endsWith("_sum")) {
                one.sum = sample.value;
            }
        }
        JsonArray points = new JsonArray();
        byLabels.forEach((labels, one) -> {
            JsonObject point = point(labels, true).put("count", whole(one.count));
            if (isNumber(one.sum)) {
                point.put("sum", one.sum);
            }
            points.add(boundLabel.equals(LE) ? buckets(point, one) : quantiles(point, one));
        });
        return points;
    }

    private static double bound(String text) {
        return "+Inf".equals(text) ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }

    /** Prometheus counts all up to a bound, OTLP those between two. */
    private static JsonObject buckets(JsonObject point, Distribution one) {
        JsonArray bounds = new JsonArray();
        JsonArray counts = new JsonArray();
        double below = 0;
        for (int i = 0; i < one.bounds.size(); i++) {
            if (!Double.isInfinite(one.bounds.get(i))) {
                bounds.add(one.bounds.get(i));
                counts.add(whole(one.values.get(i) - below));
                below = one.values.get(i);
            }
        }
        return bounds.isEmpty() ? point : point.put("explicitBounds", bounds).put("bucketCounts", counts.add(whole(one.count - below)));
    }

    private static JsonObject quantiles(JsonObject point, Distribution one) {
        JsonArray quantiles = new JsonArray();
        for (int i = 0; i < one.bounds.size(); i++) {
            if (isNumber(one.values.get(i))) {
                quantiles.add(new JsonObject().put("quantile", one.bounds.get(i)).put("value", one.values.get(i)));
            }
        }
        return quantiles.isEmpty() ? point : point.put("quantileValues", quantiles);
    }

    /** Whole numbers of 64 bits are texts in JSON. */
    private static String whole(double count) {
        return Long.toString(Math.max(0, Math.round(count)));
    }
}
