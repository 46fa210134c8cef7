package io.partita.cli.check;

import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.output.Format;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Looks at this machine. */
@Command(name = "check", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Whether this machine is fit for a broker: limits, memory, disk and its fsync, clock, port, Java.",
    "Ends with 6 when something would keep a broker from working. "
            + "How a cluster is, partita cluster status tells."})
public final class CheckCommand implements Callable<Integer> {

    @Option(names = "--data", paramLabel = "DIR", description = "Where the data shall be (default: ${DEFAULT-VALUE}). It is made if it is missing.")
    Path data = Path.of("data");

    @Option(names = "--port", paramLabel = "N", description = "The port for clients (default: ${DEFAULT-VALUE}).")
    int port = 9092;

    @Option(names = {"-o", "--output"}, paramLabel = "FORM", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Format format = Format.table;

    private final Terminal terminal;

    CheckCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (port < 0 || port > 65_535) {
            throw new Failure(Kind.USAGE, "The port is " + port + ".", "Ports are 1 to 65535, 0 is any free one.");
        }
        List<Finding> findings = new MachineChecks(Path.of("/"), data.toAbsolutePath(), port).all();
        Output output = new Output(terminal, format);
        if (format.structured()) {
            output.rows(new Table<Finding>()
                    .column("what", Finding::what)
                    .column("grade", finding -> finding.grade().name())
                    .column("found", Finding::found)
                    .column("remedy", Finding::remedy), findings, "");
        } else {
            for (Finding finding : findings) {
                String mark = switch (finding.grade()) {
                    case good -> terminal.good("ok  ");
                    case warning -> terminal.warning("mind");
                    case bad -> terminal.bad("bad ");
                };
                output.line(mark + "  " + String.format("%-13s", finding.what()) + finding.found());
                if (finding.remedy() != null) {
                    output.line(" ".repeat(19) + finding.remedy());
                }
            }
        }
        return findings.stream().anyMatch(finding -> finding.grade() == Finding.Grade.bad) ? Kind.NOT_WELL.exitCode() : 0;
    }
}
