package io.partita.cli.command;

import java.util.List;
import picocli.CommandLine.Command;

/** How much clients may take. */
@Command(name = "quota", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows and changes how much of the brokers clients may take.")
final class QuotaCommand extends Parent {
    @Override
    List<Class<?>> children() {
        return List.of(QuotaList.class, QuotaSet.class);
    }
}
