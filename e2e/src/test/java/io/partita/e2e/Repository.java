package io.partita.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where things are. */
final class Repository {

    static final Path TOP = Path.of("").toAbsolutePath().getParent();

    private Repository() {}

    /** The Quarkus application that a module built. */
    static Path application(String module) {
        Path jar = TOP.resolve(module).resolve("target/quarkus-app/quarkus-run.jar");
        if (!Files.exists(jar)) {
            throw new IllegalStateException(jar + " is not there: build with Maven first (./test does).");
        }
        return jar;
    }

    /** A new empty folder below {@code target}, kept after the tests for whoever looks into a failure. */
    static Path newFolder(String name) {
        try {
            return Files.createTempDirectory(Files.createDirectories(Path.of("target/runs").toAbsolutePath()), name + "-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
