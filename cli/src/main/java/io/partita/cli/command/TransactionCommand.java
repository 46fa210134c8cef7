package io.partita.cli.command;

import java.util.List;
import picocli.CommandLine.Command;

/** Transactions. */
@Command(name = "transaction", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows transactional producers, and ends transactions that hang.")
final class TransactionCommand extends Parent {
    @Override
    List<Class<?>> children() {
        return List.of(TransactionList.class, TransactionAbort.class);
    }
}
