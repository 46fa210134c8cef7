package io.partita.cli.mcp;

import io.partita.cli.command.ConnectionOptions;
import io.partita.cli.output.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves tools over standard input and output. */
@Command(name = "mcp", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Serves the Model Context Protocol over standard input and output, so that an assistant can look at the cluster with the rights of this login.",
    "Nothing can be changed by it unless --allow-changes says so."})
public final class McpCommand implements Callable<Integer> {

    @Mixin
    ConnectionOptions connection;

    @Option(names = "--allow-changes", description = "Offers tools that make topics, change settings, reset groups and send records.")
    boolean changes;

    private final Terminal terminal;

    McpCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        McpServer server = new McpServer(connection.words(), changes);
        BufferedReader in = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer = line.isBlank() ? null : server.answer(line);
            if (answer != null) {
                terminal.out().println(answer);
                terminal.out().flush();
            }
        }
        return 0;
    }
}
