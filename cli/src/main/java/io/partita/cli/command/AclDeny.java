package io.partita.cli.command;

import io.partita.broker.security.PermissionType;
import io.partita.cli.client.Cluster;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "deny", mixinStandardHelpOptions = true, sortOptions = false, description = "Makes rules by which somebody may not do something; they win over all others.")
final class AclDeny extends ClusterCommand {

    @Mixin
    AclWords words;

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    AclDeny(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        new Acls(cluster).create(words, PermissionType.DENY, dryRun, output);
    }
}
