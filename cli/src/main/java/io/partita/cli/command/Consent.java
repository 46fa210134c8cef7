package io.partita.cli.command;

import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.output.Terminal;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine.Option;

/** Whether what cannot be taken back shall be done. */
public final class Consent {

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    @Option(names = {"-y", "--yes"}, description = "Does not ask.")
    boolean yes;

    /** Asks somebody at a terminal; a script has to say --yes. False when the answer is no. */
    boolean given(Terminal terminal, String question) {
        if (dryRun || yes) {
            return true;
        }
        if (!terminal.keyboard()) {
            throw new Failure(Kind.USAGE, "This cannot be taken back, and there is nobody to ask.",
                    "Say --yes to do it, or --dry-run to see what it would do.");
        }
        terminal.err().print(question + " [y/N] ");
        terminal.err().flush();
        StringBuilder answer = new StringBuilder();
        try {
            for (int c = terminal.in().read(); c >= 0 && c != '\n'; c = terminal.in().read()) {
                answer.append((char) c);
            }
        } catch (IOException e) {
            return false;
        }
        return answer.toString().strip().toLowerCase(Locale.ROOT).startsWith("y");
    }
}
