package io.partita.cli.command;

import io.partita.cli.check.Bundle;
import io.partita.cli.check.CheckCommand;
import io.partita.cli.dump.Dump;
import io.partita.cli.mcp.McpCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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

    private static final Set<String> LONG = Set.of("--bootstrap", "--bootstrap-server", "--config", "--profile", "--output");
    private static final Set<String> SHORT = Set.of("-b", "-X", "-o");

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

    /**
     * Words in the order that picocli takes: options that name the cluster or the form of the output, which people also write before the last word of a command
     * ({@code partita topic -b host list}), stand behind it.
     */
    public static String[] ordered(String... words) {
        Parent parent = new Partita();
        List<String> path = new ArrayList<>();
        List<String> options = new ArrayList<>();
        int at = 0;
        while (parent != null && at < words.length) {
            String word = words[at];
            if (isShared(word)) {
                options.add(word);
                at++;
                if (takesNext(word) && at < words.length) {
                    options.add(words[at++]);
                }
                continue;
            }
            Class<?> child = parent.children().stream().filter(one -> named(one, word)).findAny().orElse(null);
            if (child == null) {
                break;
            }
            path.add(word);
            at++;
            parent = parent(child);
        }
        List<String> ordered = new ArrayList<>(path);
        if (parent == null) {
            ordered.addAll(options);
        }
        ordered.addAll(List.of(words).subList(at, words.length));
        return ordered.toArray(String[]::new);
    }

    /** Null where there is nothing below a command. */
    private static Parent parent(Class<?> type) {
        if (!Parent.class.isAssignableFrom(type)) {
            return null;
        }
        try {
            return (Parent) type.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isShared(String word) {
        return LONG.contains(word.split("=", 2)[0]) || !word.startsWith("--") && word.length() > 1 && SHORT.contains(word.substring(0, 2));
    }

    /** Whether its value is the next word, not behind it in the same one. */
    private static boolean takesNext(String word) {
        return word.startsWith("--") ? !word.contains("=") : word.length() == 2;
    }

    private static boolean named(Class<?> type, String word) {
        Command command = type.getAnnotation(Command.class);
        return command.name().equals(word) || List.of(command.aliases()).contains(word);
    }
}
