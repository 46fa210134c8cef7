package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.DeleteGroupsRequest;
import io.partita.broker.protocol.message.DeleteGroupsResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "delete", mixinStandardHelpOptions = true, sortOptions = false, aliases = "rm", description = "Deletes groups without members, with what they have committed.")
final class GroupDelete extends ClusterCommand {

    @Parameters(paramLabel = "GROUP", arity = "1..*", description = "Groups.")
    List<String> names;

    @Mixin
    Consent consent;

    GroupDelete(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        Groups groups = new Groups(cluster);
        List<DescribedGroup> described = names.stream().map(groups::describe).toList();
        if (!consent.given(terminal(), "Delete " + Sentences.count(names.size(), "group") + " with committed offsets: " + String.join(", ", names) + "?")) {
            return;
        }
        Failure failure = null;
        for (DescribedGroup group : described) {
            try {
                if (!group.isEmpty()) {
                    throw Sentences.failure((short) 68, null, "The group " + group.id());
                }
                if (!consent.dryRun) {
                    delete(cluster, group.id());
                }
                output.changed("group", group.id(), "deleted", consent.dryRun,
                        "The group " + group.id() + (consent.dryRun ? " would be" : " is") + " deleted.");
            } catch (Failure e) {
                failure = Failures.next(failure, terminal(), e);
            }
        }
        Failures.rethrow(failure);
    }

    private static void delete(Cluster cluster, String group) {
        DeleteGroupsRequest request = new DeleteGroupsRequest();
        request.groupsNames.add(group);
        var result = cluster.callCoordinator(Cluster.GROUP, group, ApiKey.DELETE_GROUPS, 0, 3, request, DeleteGroupsResponse::new,
                answer -> answer.results.getFirst().errorCode).results.getFirst();
        Sentences.check(result.errorCode, result.errorMessage, "The group " + group);
    }
}
