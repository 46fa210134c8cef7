package io.partita.broker.compat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** Where things are in the source tree the tests run in. */
final class Repository {
    /** The folder of this module. */
    static final Path MODULE = Path.of("").toAbsolutePath();

    /** The top of the source tree, where {@code run} is. */
    static final Path TOP = MODULE.getParent().getParent();

    private Repository() {
    }

    /** A file of this module's {@code src/test}, such as a Python program. */
    static Path testFile(String relative) {
        return MODULE.resolve("src/test").resolve(relative);
    }

    /** The class path of a release of Kafka's clients collected by the build, such as {@code kafka-2.4}. */
    static String classPathOf(String release) {
        return classPath(MODULE.resolve("clients").resolve(release).resolve("target/libs"));
    }

    /** All jars of a folder, sorted, so that the same folder always gives the same class path. */
    static String classPath(Path folder) {
        try (var jars = Files.list(folder)) {
            return jars.filter(jar -> jar.toString().endsWith(".jar")).sorted().map(Path::toString).collect(Collectors.joining(":"));
        } catch (IOException e) {
            throw new UncheckedIOException("No jars in " + folder + ": build the module with Maven once (./test does)", e);
        }
    }

    /** A new empty folder below {@code target}, kept after the tests for whoever looks into a failure. */
    static Path newFolder(String name) {
        try {
            var parent = Files.createDirectories(MODULE.resolve("target/runs"));
            return Files.createTempDirectory(parent, name + "-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
