package io.partita.cli.command;

import io.partita.cli.client.Cluster;
import io.partita.cli.output.Format;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that asks a cluster. */
public abstract class ClusterCommand implements Callable<Integer> {

    @Mixin
    ConnectionOptions connection;

    @Option(names = {"-o", "--output"}, paramLabel = "FORM", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Format format = Format.table;

    private final Terminal terminal;

    protected ClusterCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    protected Terminal terminal() {
        return terminal;
    }

    @Override
    public final Integer call() throws Exception {
        Output output = new Output(terminal, format);
        try (Cluster cluster = new Cluster(connection.resolve(System.getenv()))) {
            run(cluster, output);
        } finally {
            // What was done before something failed is told in any case.
            output.finish();
        }
        return 0;
    }

    /** Does it; throws a {@link io.partita.cli.client.Failure} when it cannot. */
    protected abstract void run(Cluster cluster, Output output) throws Exception;
}
