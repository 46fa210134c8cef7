package io.partita.cli.command;

import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Here for the list of commands: {@code ./partita} starts the broker itself, which is another program. */
@Command(name = "run", sortOptions = false, description = "Starts a broker; partita run --help shows its options.")
final class RunCommand implements Runnable {

    @Unmatched
    List<String> words = new ArrayList<>();

    @Override
    public void run() {
        throw new Failure(Kind.USAGE, "The broker is another program.", "./partita run starts it, or ./run.");
    }
}
