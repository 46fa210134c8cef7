package io.partita.cli.command;

import io.partita.cli.client.Cluster;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "list", aliases = "ls", mixinStandardHelpOptions = true, sortOptions = false, description = "Lists access rules: all, or those that apply to what is named.")
final class AclList extends ClusterCommand {

    @Mixin
    AclWords words;

    AclList(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        output.rows(new Table<AclRule>()
                .column("principal", AclRule::principal)
                .column("permission", rule -> AclRule.word(rule.permission()))
                .column("operation", rule -> AclRule.word(rule.operation()))
                .column("resource", AclRule::resourceText)
                .column("host", AclRule::host), new Acls(cluster).matching(words), "There is no such rule.");
    }
}
