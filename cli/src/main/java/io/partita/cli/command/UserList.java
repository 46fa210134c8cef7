package io.partita.cli.command;

import io.partita.broker.protocol.message.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;
import io.partita.cli.client.Cluster;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import picocli.CommandLine.Command;

@Command(name = "list", aliases = "ls", mixinStandardHelpOptions = true, sortOptions = false, description = "Lists the users.")
final class UserList extends ClusterCommand {

    UserList(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        output.rows(new Table<DescribeUserScramCredentialsResult>()
                .column("user", user -> user.user)
                .column("mechanisms", Users::mechanisms)
                .wide("iterations", user -> user.credentialInfos.stream().map(info -> info.iterations).toList()), new Users(cluster).all(),
                "There is no user with a password. partita user set NAME makes one.");
    }
}
