package io.partita.broker.app;

import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** A data directory for one run of the application, gone after it, and somebody who takes its metrics. */
public class TemporaryData implements QuarkusTestResourceLifecycleManager {

    private static final AtomicReference<String> received = new AtomicReference<>("");

    private Path directory;
    private HttpServer collector;

    /** What a collector of OpenTelemetry was sent last: a header and the body. */
    static String received() {
        return received.get();
    }

    @Override
    public Map<String, String> start() {
        try {
            directory = Files.createTempDirectory("partita-app-");
            collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            collector.createContext("/v1/metrics", exchange -> {
                String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                received.set(exchange.getRequestHeaders().getFirst("x-key") + " " + body);
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            });
            collector.start();
            return Map.of("kafka.log.dirs", directory.toString(), "partita.otlp.endpoint", "http://localhost:" + collector.getAddress().getPort() + "/",
                    "partita.otlp.headers", "x-key=secret", "partita.otlp.interval", "500ms");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {
        collector.stop(0);
        try (Stream<Path> paths = Files.walk(directory)) {
            List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
