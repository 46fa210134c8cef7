package io.partita.cli.command;

import io.partita.broker.security.ResourceType;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "remove", aliases = "rm", mixinStandardHelpOptions = true, sortOptions = false, description = "Removes the rules that are about exactly what is named.")
final class AclRemove extends ClusterCommand {

    @Mixin
    AclWords words;

    @Mixin
    Consent consent;

    AclRemove(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        if (words.user == null && words.resourceType() == ResourceType.ANY) {
            throw new Failure(Kind.USAGE, "That would remove the rules of everybody.", "Name --user, or a resource.");
        }
        // Not those of wider patterns, which apply to others as well.
        List<AclRule> rules = new Acls(cluster).matching(words).stream()
                .filter(rule -> words.resource() == null || rule.resource().equals(words.resource()) && rule.pattern() == words.pattern())
                .toList();
        if (rules.isEmpty()) {
            throw new Failure(Kind.NOT_FOUND, "There is no such rule.", "partita acl list shows all.");
        }
        if (!consent.given(terminal(),
                "Remove " + Sentences.count(rules.size(), "rule") + ": " + String.join("; ", rules.stream().map(AclRule::sentence).toList()) + "?")) {
            return;
        }
        if (!consent.dryRun) {
            new Acls(cluster).remove(rules);
        }
        rules.forEach(rule -> output.changed("acl", rule.resourceText(), "deleted", consent.dryRun, "The rule is removed that " + rule.sentence() + "."));
    }
}
