package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.cli.output.Terminal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** docs/CLI.md is what the commands say of themselves. With {@code -Dpartita.docs.write=true} this test writes it. */
class CliPageTest {

    private static final Path PAGE = Path.of("../docs/CLI.md");
    private static final List<String> NOT_OURS = List.of("help", "generate-completion");
    private static final List<String> EVERYWHERE = List.of("--help", "--version", "--bootstrap-server", "--config", "--profile", "-X", "--output");

    @Test
    void thePageSaysWhatTheCommandsSay() throws IOException {
        String page = page();
        if (Boolean.getBoolean("partita.docs.write")) {
            Files.writeString(PAGE, page);
        }
        assertEquals(page, Files.readString(PAGE), "docs/CLI.md is out of date: mvn -pl cli -am test -Dtest=CliPageTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dpartita.docs.write=true writes it anew");
    }

    private static String page() {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        CommandLine line = PartitaMain.commandLine(new Terminal(new ByteArrayInputStream(new byte[0]), nowhere, nowhere, false, false));
        StringBuilder page = new StringBuilder("""
                # The command line

                <!-- Written by CliPageTest from the commands in io.partita.cli.command. -->

                `./partita` asks the cluster of `localhost:9092`, Partita's or Apache Kafka's, unless told otherwise: by `--bootstrap`, `PARTITA_BOOTSTRAP`, the file of `--config`
                (settings of a Kafka client, with TLS and a login if need be), or a profile. Profiles are in `~/.config/partita/profiles.properties`, one setting a line:

                    profile=test
                    test.bootstrap.servers=localhost:9092
                    live.bootstrap.servers=kafka.example.com:9094
                    live.security.protocol=SASL_SSL
                    live.sasl.mechanism=SCRAM-SHA-512
                    live.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="..."

                Then `./partita topic list --profile live`, or `./partita --profile live topic list`: what names the cluster, and `-o`, may also stand before the command. Logins are `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, and `OAUTHBEARER` with a `token="..."` in `sasl.jaas.config`.

                `source <(./partita generate-completion)` completes words in bash and zsh. `./partita run` is `./run`. Colours are used on a terminal, and not with `NO_COLOR`.

                ## Exit codes

                | code | meaning |
                | --- | --- |
                """);
        line.getCommandSpec().usageMessage().exitCodeList()
                .forEach((code, meaning) -> page.append("| ").append(code).append(" | ").append(meaning).append(" |\n"));
        page.append("""

                ## Options of all commands that ask a cluster

                | option | meaning |
                | --- | --- |
                """);
        CommandSpec list = line.getSubcommands().get("topic").getSubcommands().get("list").getCommandSpec();
        for (OptionSpec option : list.options()) {
            if (EVERYWHERE.contains(option.longestName())) {
                row(page, option);
            }
        }
        page.append("\n## Commands\n");
        commands(page, line);
        return page.toString();
    }

    private static void commands(StringBuilder page, CommandLine line) {
        line.getSubcommands().values().stream().distinct().filter(command -> !NOT_OURS.contains(command.getCommandName())).forEach(command -> {
            if (command.getSubcommands().isEmpty()) {
                command(page, command.getCommandSpec());
            }
            commands(page, command);
        });
    }

    private static void command(StringBuilder page, CommandSpec command) {
        List<ArgSpec> arguments = command.args().stream()
                .filter(argument -> !(argument instanceof OptionSpec option && (option.hidden() || EVERYWHERE.contains(option.longestName()))))
                .toList();
        String positions = command.positionalParameters().stream()
                .map(position -> position.arity().min() == 0
                        ? " [" + position.paramLabel() + "]"
                        : " " + position.paramLabel() + (position.arity().isVariable() ? "..." : ""))
                .collect(Collectors.joining());
        page.append("\n### `").append(command.qualifiedName()).append(positions).append("`\n\n");
        page.append(text(command.usageMessage().description())).append('\n');
        if (!arguments.isEmpty()) {
            page.append("\n| | |\n| --- | --- |\n");
            arguments.forEach(argument -> row(page, argument));
        }
    }

    private static void row(StringBuilder page, ArgSpec argument) {
        String names = argument instanceof OptionSpec option
                ? String.join(", ", option.names()) + (option.arity().max() == 0 ? "" : " " + option.paramLabel())
                : argument.paramLabel();
        page.append("| `").append(names).append("` | ").append(text(argument.renderedDescription())).append(" |\n");
    }

    private static String text(String[] lines) {
        return Arrays.stream(lines).map(line -> line.replace("%n", " ").replace("%%", "%")).collect(Collectors.joining(" ")).replace("|", "\\|");
    }
}
