package io.partita.cli.command;

import java.util.List;
import picocli.CommandLine.Command;

/** The cluster as a whole. */
@Command(name = "cluster", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows how the cluster is.")
final class ClusterGroup extends Parent {
    @Override
    List<Class<?>> children() {
        return List.of(ClusterStatus.class);
    }
}
