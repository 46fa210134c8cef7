package io.partita.cli.command;

import java.util.List;
import picocli.CommandLine.Command;

/** Who leads. */
@Command(name = "leader", mixinStandardHelpOptions = true, sortOptions = false, description = "Moves leadership between brokers, without moving records.")
final class LeaderCommand extends Parent {
    @Override
    List<Class<?>> children() {
        return List.of(LeaderAway.class, LeaderSpread.class);
    }
}
