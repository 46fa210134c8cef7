package io.partita.broker.compat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;

/** Programs for a child JVM, compiled and run against another release of Kafka's clients than the one in this JVM. */
final class JavaProgram {
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    private JavaProgram() {
    }

    /** A JVM that starts fast and small: what runs in it is short, and several run at once. */
    static List<String> java(String classPath, List<String> options, String mainClass, List<String> arguments) {
        var words = new ArrayList<String>(List.of(JAVA.toString(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xlog:disable",
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        words.addAll(options);
        words.addAll(List.of("-cp", classPath, mainClass));
        words.addAll(arguments);
        return words;
    }

    /** A program of {@code src/test/clients/java} with the clients of a release. @param name of the class, without package */
    static Command of(String release, String name, String... arguments) {
        var classes = compile(release, name);
        return Command.of(java(classes + ":" + Repository.classPathOf(release), List.of("-Xmx128m"), name, List.of(arguments)));
    }

    private static synchronized Path compile(String release, String name) {
        try {
            var classes = Files.createDirectories(Repository.MODULE.resolve("target/programs").resolve(release));
            if (Files.notExists(classes.resolve(name + ".class"))) {
                var source = Repository.testFile("clients/java/" + name + ".java");
                var result = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-nowarn", "-Xlint:none", "-XDignore.symbol.file",
                        "-cp", Repository.classPathOf(release), "-d", classes.toString(), source.toString());
                if (result != 0) {
                    throw new AssertionError(source + " does not compile against " + release);
                }
            }
            return classes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
