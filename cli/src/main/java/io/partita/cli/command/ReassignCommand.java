package io.partita.cli.command;

import java.util.List;
import picocli.CommandLine.Command;

/** Where replicas are. */
@Command(name = "reassign", mixinStandardHelpOptions = true, sortOptions = false, description = "Moves replicas between brokers.")
final class ReassignCommand extends Parent {
    @Override
    List<Class<?>> children() {
        return List.of(ReassignList.class, ReassignMove.class, ReassignDrain.class, ReassignBalance.class, ReassignCancel.class);
    }
}
