package io.partita.examples.weblog;

import io.smallrye.mutiny.Multi;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.reactive.messaging.Outgoing;

/** Where lines come from: the bundled sample, once and at a steady pace, or a log file that is followed as it grows. */
@ApplicationScoped
public class AccessLog {

    private static final Duration LOOK_FOR_NEW_LINES = Duration.ofMillis(500);

    private final Optional<Path> file;
    private final int linesPerSecond;

    public AccessLog(@ConfigProperty(name = "weblog.file") Optional<Path> file, @ConfigProperty(name = "weblog.lines-per-second") int linesPerSecond) {
        this.file = file;
        this.linesPerSecond = linesPerSecond;
    }

    @Outgoing("log-lines")
    public Multi<String> lines() {
        return file.map(AccessLog::follow).orElseGet(this::replaySample);
    }

    private Multi<String> replaySample() {
        List<String> sample = sample();
        Duration pause = Duration.ofSeconds(1).dividedBy(linesPerSecond);
        return Multi.createFrom().ticks().every(pause).onOverflow().buffer(sample.size()).select().first(sample.size())
                .map(tick -> sample.get(tick.intValue()));
    }

    private static Multi<String> follow(Path file) {
        LogTail tail = new LogTail(file);
        return Multi.createFrom().ticks().every(LOOK_FOR_NEW_LINES).onOverflow().drop().onItem()
                .transformToMultiAndConcatenate(tick -> Multi.createFrom().iterable(tail.newLines()));
    }

    /** The lines of the log that comes with this application. */
    static List<String> sample() {
        try (InputStream log = AccessLog.class.getResourceAsStream("/access.log")) {
            return new String(log.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
