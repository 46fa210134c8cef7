package io.partita.cli.command;

import java.util.List;
import picocli.CommandLine.Command;

/** Groups of consumers. */
@Command(name = "group", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows groups of consumers and their lag, sets their offsets, deletes them.")
final class GroupCommand extends Parent {
    @Override
    List<Class<?>> children() {
        return List.of(GroupList.class, GroupDescribe.class, GroupReset.class, GroupDelete.class);
    }
}
