package io.partita.cli.command;

import io.partita.broker.protocol.message.AlterUserScramCredentialsRequest;
import io.partita.broker.protocol.message.AlterUserScramCredentialsRequest.ScramCredentialDeletion;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.NearNames;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "delete", aliases = "rm", mixinStandardHelpOptions = true, sortOptions = false, description = "Deletes a user: no new login, in no mechanism.")
final class UserDelete extends ClusterCommand {

    @Parameters(paramLabel = "USER", description = "The user.")
    String name;

    @Mixin
    Consent consent;

    UserDelete(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        Users users = new Users(cluster);
        List<DescribeUserScramCredentialsResult> all = users.all();
        DescribeUserScramCredentialsResult found = all.stream().filter(user -> user.user.equals(name)).findAny()
                .orElseThrow(() -> new NearNames(all.stream().map(user -> user.user).toList()).unknown("user", name, "partita user list shows all."));
        if (!consent.given(terminal(), "Delete the user " + name + "?")) {
            return;
        }
        if (!consent.dryRun) {
            // One request for each: Kafka refuses two for one user in the same.
            found.credentialInfos.forEach(info -> {
                AlterUserScramCredentialsRequest request = new AlterUserScramCredentialsRequest();
                ScramCredentialDeletion deletion = new ScramCredentialDeletion();
                deletion.name = name;
                deletion.mechanism = info.mechanism;
                request.deletions.add(deletion);
                users.alter(request);
            });
        }
        output.changed("user", name, "deleted", consent.dryRun, "The user " + name + " is deleted. Its connections stay until they end or log in again.");
    }
}
