package io.partita.cli.command;

import io.partita.broker.security.PermissionType;
import io.partita.cli.client.Cluster;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "allow", mixinStandardHelpOptions = true, sortOptions = false, description = "Makes rules by which somebody may do something.")
final class AclAllow extends ClusterCommand {

    @Mixin
    AclWords words;

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    AclAllow(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        new Acls(cluster).create(words, PermissionType.ALLOW, dryRun, output);
    }
}
