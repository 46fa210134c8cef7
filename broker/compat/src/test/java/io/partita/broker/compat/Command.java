package io.partita.broker.compat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program in a process of its own, with what it wrote. Output goes to files, so that a program is never held up by a full pipe and its
 * output can be read after a failure.
 */
final class Command {
    /** What a program that ended has written, and how it ended. */
    record Result(int exit, String out, String err) {
        /** Lines of standard output, without the empty ones. */
        List<String> lines() {
            return out.lines().filter(line -> !line.isBlank()).toList();
        }
    }

    /** A program that is still running. */
    static final class Running implements AutoCloseable {
        private final Command command;
        private final Process process;
        private final Path out;
        private final Path err;

        private Running(Command command, Process process, Path out, Path err) {
            this.command = command;
            this.process = process;
            this.out = out;
            this.err = err;
        }

        String out() {
            return read(out);
        }

        String err() {
            return read(err);
        }

        boolean isAlive() {
            return process.isAlive();
        }

        /** Writes a line to the program's standard input. */
        void type(String line) {
            try {
                var in = process.getOutputStream();
                in.write((line + "\n").getBytes());
                in.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Waits until standard output contains a text. */
        void awaitOut(String text) {
            Await.until(command + " prints '" + text + "'", () -> {
                var seen = out();
                if (!seen.contains(text) && !process.isAlive() && !out().contains(text)) {
                    throw new AssertionError(command + " ended without printing '" + text + "':\n" + seen + err());
                }
                return seen.contains(text);
            });
        }

        /** Asks the program to end, as Ctrl-C or a service manager does, and waits for it. */
        Result terminate() {
            process.destroy();
            return await();
        }

        Result await() {
            try {
                if (!process.waitFor(command.timeoutSeconds, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                    throw new AssertionError(command + " did not end within " + command.timeoutSeconds + " s:\n" + out() + err());
                }
                return new Result(process.exitValue(), out(), err());
            } catch (InterruptedException e) {
                process.destroyForcibly();
                throw new IllegalStateException(e);
            }
        }

        /** SIGKILL. */
        void kill() {
            process.destroyForcibly();
            await();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }

        private static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final List<String> words;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private Path folder = Repository.MODULE;
    private String input = "";
    private boolean openInput;
    private int timeoutSeconds = 90;

    private Command(List<String> words) {
        this.words = words;
    }

    static Command of(List<String> words) {
        return new Command(List.copyOf(words));
    }

    /** A program that must be installed. @param packages the Debian packages that bring it, for the message when it is not */
    static Command installed(String program, String packages, List<String> arguments) {
        var path = find(program);
        if (path == null) {
            throw new AssertionError(program + " is not installed. On Debian: apt-get install " + packages + " (or run .ci/run, which installs all clients)");
        }
        var words = new ArrayList<String>();
        words.add(path);
        words.addAll(arguments);
        return new Command(words);
    }

    Command in(Path folder) {
        this.folder = folder;
        return this;
    }

    Command with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** For a program that has more to do than most. */
    Command within(int seconds) {
        this.timeoutSeconds = seconds;
        return this;
    }

    /** What the program reads from standard input, which then ends. */
    Command input(String input) {
        this.input = input;
        return this;
    }

    /** Standard input stays open, for {@link Running#type}. */
    Command interactive() {
        this.openInput = true;
        return this;
    }

    Running start() {
        try {
            var name = Path.of(words.getFirst()).getFileName().toString();
            var folderOfOutput = Files.createDirectories(Repository.MODULE.resolve("target/output"));
            var out = Files.createTempFile(folderOfOutput, name + "-", ".out");
            var err = Path.of(out.toString().replace(".out", ".err"));
            var builder = new ProcessBuilder(words).directory(folder.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().putAll(environment);
            if (!openInput) {
                var in = Path.of(out.toString().replace(".out", ".in"));
                Files.writeString(in, input);
                builder.redirectInput(new File(in.toString()));
            }
            return new Running(this, builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start " + this, e);
        }
    }

    /** Runs the program to its end, however it ends. */
    Result run() {
        try (var running = start()) {
            return running.await();
        }
    }

    /** Runs the program to its end and fails unless it ended with exit code 0. */
    Result succeed() {
        var result = run();
        if (result.exit() != 0) {
            throw new AssertionError(this + " ended with exit code " + result.exit() + ":\n" + result.out() + result.err());
        }
        return result;
    }

    private static String find(String program) {
        if (program.startsWith("/")) {
            return Files.isExecutable(Path.of(program)) ? program : null;
        }
        for (var folder : System.getenv("PATH").split(":")) {
            var candidate = Path.of(folder, program);
            if (Files.isExecutable(candidate)) {
                return candidate.toString();
            }
        }
        return null;
    }

    @Override
    public String toString() {
        // Of a JVM, what is run in it; the rest is long.
        int classPath = words.indexOf("-cp");
        return "'" + String.join(" ", words.subList(classPath < 0 ? 0 : classPath + 2, words.size())) + "'";
    }
}
