package io.partita.cli.command;

import io.partita.broker.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.NearNames;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "list", aliases = "ls", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows settings, where they come from, and with -o wide what they mean.")
final class ConfigList extends ClusterCommand {

    @Parameters(index = "0", paramLabel = "KIND", description = "${COMPLETION-CANDIDATES}.")
    Configs.Kind kind;

    @Parameters(index = "1", paramLabel = "NAME", description = "The topic, the broker's number or the group.")
    String name;

    @Parameters(index = "2", paramLabel = "SETTING", arity = "0..*", description = "Only these settings, also when they have their defaults.")
    List<String> settings = List.of();

    @Option(names = {"-a", "--all"}, description = "Also those that have their defaults.")
    boolean all;

    ConfigList(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        List<DescribeConfigsResourceResult> configs = new Configs(cluster).of(kind, name, true);
        for (String setting : settings) {
            List<String> known = configs.stream().map(config -> config.name).toList();
            if (!known.contains(setting)) {
                throw new Failure(Kind.NOT_FOUND, "There is no setting " + setting + " of a " + kind + ".",
                        new NearNames(known).unknown("setting", setting, "--all shows those that there are.").remedy());
            }
        }
        Table<DescribeConfigsResourceResult> table = new Table<DescribeConfigsResourceResult>()
                .column("name", config -> config.name)
                .column("value", config -> config.isSensitive ? "(secret)" : config.value)
                .column("from", config -> Configs.source(config.configSource))
                .wide("readOnly", config -> config.readOnly)
                .wide("documentation", config -> config.documentation);
        output.rows(table, configs.stream()
                .filter(config -> settings.isEmpty() ? all || Configs.isOwn(kind, config) : settings.contains(config.name))
                .sorted(Comparator.comparing(config -> config.name))
                .toList(), "The " + kind + " " + name + " has no settings of its own. --all shows the defaults.");
    }
}
