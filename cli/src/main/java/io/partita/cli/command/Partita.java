package io.partita.cli.command;

import io.partita.cli.check.Bundle;
import io.partita.cli.check.CheckCommand;
import io.partita.cli.dump.Dump;
import io.partita.cli.mcp.McpCommand;
import java.util.List;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IFactory;

/** The root of the commands. */
@Command(name = "partita", mixinStandardHelpOptions = true, versionProvider = VersionText.class, sortOptions = false, synopsisSubcommandLabel = "COMMAND", description = "Looks after a cluster that speaks the Kafka protocol: Partita, or Apache Kafka.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
    "0:It is done, or nothing was to be done.", "1:The cluster refused it, or it went wrong on the way.",
    "2:The words or files given cannot be used.", "3:No broker can be reached, or it does not answer.", "4:What was asked for is not there.",
    "5:Who asks is not known, or may not do it.", "6:All was looked at, and something is not well.", "70:A fault of partita itself."})
public final class Partita extends Parent {

    @Override
    List<Class<?>> children() {
        return List.of(RunCommand.class, TopicCommand.class, GroupCommand.class, Produce.class, Consume.class, ClusterGroup.class, ConfigCommand.class,
                AclCommand.class,
                UserCommand.class,
                QuotaCommand.class, TransactionCommand.class, ReassignCommand.class, LeaderCommand.class, Dump.class, CheckCommand.class,
                Bundle.class, Bench.class, McpCommand.class, HelpCommand.class, GenerateCompletion.class);
    }

    /**
     * The commands below the root that {@code words} begin with, or all of them: picocli asks each command for its options by reflection, which for all of them takes
     * longer than what they do.
     */
    public static CommandLine line(IFactory factory, String... words) {
        return line(Partita.class, factory, List.of(words));
    }

    private static CommandLine line(Class<?> type, IFactory factory, List<String> words) {
        CommandLine line = new CommandLine(type, factory);
        line.getCommandSpec().versionProvider(new VersionText());
        if (line.getCommand() instanceof Parent parent) {
            List<Class<?>> children = parent.children();
            Class<?> meant = words.isEmpty() ? null : children.stream().filter(child -> named(child, words.getFirst())).findAny().orElse(null);
            for (Class<?> child : meant == null || !Names.isOurs(meant) ? children : List.of(meant)) {
                line.addSubcommand(line(child, factory, meant == child ? words.subList(1, words.size()) : List.of()));
            }
        }
        return line;
    }

    private static boolean named(Class<?> type, String word) {
        Command command = type.getAnnotation(Command.class);
        return command.name().equals(word) || List.of(command.aliases()).contains(word);
    }
}
