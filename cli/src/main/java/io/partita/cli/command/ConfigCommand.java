package io.partita.cli.command;

import java.util.List;
import picocli.CommandLine.Command;

/** Settings. */
@Command(name = "config", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows and changes settings of topics, brokers and groups.")
final class ConfigCommand extends Parent {
    @Override
    List<Class<?>> children() {
        return List.of(ConfigList.class, ConfigSet.class);
    }
}
