package io.partita.broker.app;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Where metrics are sent to, for collectors of OpenTelemetry that are not to ask for them. Its own environment variables are taken as well (application.properties). */
@ConfigMapping(prefix = "partita.otlp")
interface OtlpConfig {

    /** Address of a collector that takes OTLP over HTTP, for example http://collector:4318; /v1/metrics is added. Nothing is sent without it. OTEL_EXPORTER_OTLP_ENDPOINT. */
    Optional<String> endpoint();

    /** More headers of each request, as NAME=VALUE separated by commas. OTEL_EXPORTER_OTLP_HEADERS. */
    Optional<String> headers();

    /** What describes this broker beside its own name, as NAME=VALUE separated by commas. OTEL_RESOURCE_ATTRIBUTES. */
    Optional<String> attributes();

    /** Name of the service. OTEL_SERVICE_NAME. */
    @WithDefault("partita")
    String service();

    /** How often. A minute, as OpenTelemetry has it. */
    @WithDefault("60s")
    Duration interval();
}
