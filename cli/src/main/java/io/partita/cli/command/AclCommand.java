package io.partita.cli.command;

import java.util.List;
import picocli.CommandLine.Command;

/** Access rules. */
@Command(name = "acl", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows and changes who may do what.")
final class AclCommand extends Parent {
    @Override
    List<Class<?>> children() {
        return List.of(AclList.class, AclAllow.class, AclDeny.class, AclRemove.class);
    }
}
