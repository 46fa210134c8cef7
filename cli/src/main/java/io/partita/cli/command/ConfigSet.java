package io.partita.cli.command;

import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "set", mixinStandardHelpOptions = true, sortOptions = false, description = "Sets and removes settings, all or none.")
final class ConfigSet extends ClusterCommand {

    /** In the place of a broker's number. */
    private static final String ALL_BROKERS = "all";

    @Parameters(index = "0", paramLabel = "KIND", description = "${COMPLETION-CANDIDATES}.")
    Configs.Kind kind;

    @Parameters(index = "1", paramLabel = "NAME", description = "The topic, the broker's number (all for what counts for all) or the group.")
    String name;

    @Parameters(index = "2", paramLabel = "NAME=VALUE", arity = "0..*", description = "Settings.")
    List<String> settings = new ArrayList<>();

    @Option(names = {"-u", "--unset"}, paramLabel = "NAME", description = "Removes a setting, so that the default counts again; may be repeated.")
    List<String> removed = new ArrayList<>();

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    ConfigSet(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        Map<String, String> set = Names.assignments(settings);
        if (set.isEmpty() && removed.isEmpty()) {
            throw new Failure(Kind.USAGE, "There is nothing to change.", "Write NAME=VALUE, or --unset NAME.");
        }
        new Configs(cluster).alter(kind, kind == Configs.Kind.broker && name.equals(ALL_BROKERS) ? "" : name, set, removed, dryRun);
        set.forEach((setting, value) -> output.changed(kind.name(), name, "altered", dryRun, setting + " of the " + kind + " " + name + " is " + value + "."));
        removed.forEach(setting -> output.changed(kind.name(), name, "altered", dryRun, setting + " of the " + kind + " " + name + " is no longer set."));
    }
}
