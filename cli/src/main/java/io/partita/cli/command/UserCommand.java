package io.partita.cli.command;

import java.util.List;
import picocli.CommandLine.Command;

/** Users who log in with passwords. */
@Command(name = "user", mixinStandardHelpOptions = true, sortOptions = false, description = "Users who log in by SCRAM.")
final class UserCommand extends Parent {
    @Override
    List<Class<?>> children() {
        return List.of(UserList.class, UserSet.class, UserDelete.class);
    }
}
