package io.partita.cli;

import io.partita.broker.env.Failures;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.command.Partita;
import io.partita.cli.output.Terminal;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** The tool that {@code ./partita} starts. */
public final class PartitaMain {

    private static final int UNEXPECTED = 70;
    private static final int OUT_BYTES = 1 << 16;

    private PartitaMain() {}

    public static void main(String[] words) {
        // Buffered: a consumer writes many lines. Whoever waits for input, or for more to come, flushes.
        PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUT_BYTES), false, StandardCharsets.UTF_8);
        int code = run(words, Terminal.system(out));
        out.flush();
        // Past the shutdown hooks, of which there is none of ours: a reader of a pipe that waits at the end is not waited for.
        Runtime.getRuntime().halt(code);
    }

    /** Runs one command and returns its exit code. */
    public static int run(String[] typed, Terminal terminal) {
        String[] words = Partita.ordered(typed);
        CommandLine line = commandLine(terminal, words);
        int code = line.execute(words);
        terminal.out().flush();
        return code;
    }

    /** The commands that {@code words} begin with, or all, for this terminal. */
    public static CommandLine commandLine(Terminal terminal, String... words) {
        CommandLine line = Partita.line(new TerminalFactory(terminal), words);
        line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colours() ? Ansi.ON : Ansi.OFF));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(false).setUsageHelpWidth(110);
        // Help is asked for after a word that is none of ours: picocli shows that of the command above it.
        line.setExecutionStrategy(parsed -> {
            for (ParseResult part = parsed; part != null; part = part.subcommand()) {
                if (!part.unmatched().isEmpty()) {
                    throw new UnmatchedArgumentException(part.commandSpec().commandLine(), part.unmatched());
                }
            }
            return new RunLast().execute(parsed);
        });
        line.setExecutionExceptionHandler((exception, command, parsed) -> {
            if (exception instanceof Failure failure) {
                terminal.out().flush();
                terminal.err().println(terminal.bad(failure.getMessage()));
                if (failure.remedy() != null) {
                    terminal.err().println(failure.remedy());
                }
                return failure.kind().exitCode();
            }
            if (exception instanceof FileSystemException file) {
                terminal.out().flush();
                terminal.err().println(terminal.bad("A file cannot be used: " + Failures.said(file) + "."));
                return Kind.USAGE.exitCode();
            }
            terminal.err().println(terminal.bad("partita failed where it should not: ") + exception);
            terminal.err().println("This is a fault of partita. What follows helps to find it:");
            exception.printStackTrace(terminal.err());
            return UNEXPECTED;
        });
        line.setParameterExceptionHandler((exception, arguments) -> {
            CommandLine command = exception.getCommandLine();
            terminal.err().println(terminal.bad(sentence(exception)));
            if (command.getCommand() instanceof Partita && arguments.length == 0) {
                command.usage(command.getErr());
            } else if (!UnmatchedArgumentException.printSuggestions(exception, command.getErr())) {
                terminal.err().println(command.getCommandSpec().qualifiedName() + " --help shows how it is called.");
            }
            return Kind.USAGE.exitCode();
        });
        return line;
    }

    private static String sentence(CommandLine.ParameterException exception) {
        String message = exception instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()
                ? "'" + unmatched.getUnmatched().getFirst() + "' is not understood here."
                : exception.getMessage();
        return message.endsWith(".") ? message : message + ".";
    }

    /** Makes commands that want the terminal, and whatever else picocli wants. */
    private record TerminalFactory(Terminal terminal) implements IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Terminal.class) {
                    constructor.setAccessible(true);
                    return type.cast(constructor.newInstance(terminal));
                }
            }
            return CommandLine.defaultFactory().create(type);
        }
    }
}
