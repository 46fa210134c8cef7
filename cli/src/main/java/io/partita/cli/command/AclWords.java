package io.partita.cli.command;

import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.ResourceType;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.NearNames;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** Who, what, and on what. Where it is about rules that are there, what is left out is anything. */
public final class AclWords {

    @Option(names = {"-u", "--user"}, paramLabel = "NAME", description = "The user, * for all. A principal of another kind is written as Kind:name.")
    String user;

    @Option(names = "--host", paramLabel = "ADDRESS", description = "Only from this address (for a new rule the default is *, all).")
    String host;

    @Option(names = "--topic", paramLabel = "NAME", description = "The topic, * for all.")
    String topic;

    @Option(names = "--group", paramLabel = "NAME", description = "The group, * for all.")
    String group;

    @Option(names = "--transactional-id", paramLabel = "ID", description = "The transactional id, * for all.")
    String transactionalId;

    @Option(names = "--cluster", description = "The cluster.")
    boolean cluster;

    @Option(names = "--prefixed", description = "All whose names begin with it.")
    boolean prefixed;

    @Option(names = "--operation", paramLabel = "NAME", split = ",", description = "all, read, write, create, delete, alter, describe, cluster-action, describe-configs, alter-configs, idempotent-write.")
    List<String> operations = List.of();

    String principal() {
        return user == null ? null : user.indexOf(':') >= 0 ? user : "User:" + user;
    }

    ResourceType resourceType() {
        long named = Arrays.stream(new Object[] {topic, group, transactionalId, cluster ? "" : null}).filter(java.util.Objects::nonNull).count();
        if (named > 1) {
            throw new Failure(Kind.USAGE, "A rule is about one resource, and these are " + named + ".",
                    "Use one of --topic, --group, --transactional-id and --cluster.");
        }
        return topic != null
                ? ResourceType.TOPIC
                : group != null
                        ? ResourceType.GROUP
                        : transactionalId != null ? ResourceType.TRANSACTIONAL_ID : cluster ? ResourceType.CLUSTER : ResourceType.ANY;
    }

    String resource() {
        return topic != null ? topic : group != null ? group : transactionalId != null ? transactionalId : cluster ? ResourceType.CLUSTER_NAME : null;
    }

    /** Of a rule that is made. */
    PatternType pattern() {
        return prefixed ? PatternType.PREFIXED : PatternType.LITERAL;
    }

    List<Operation> parsedOperations() {
        List<Operation> known = Arrays.stream(Operation.values()).filter(Operation::isConcrete).toList();
        return operations.stream().map(word -> known.stream()
                .filter(operation -> operation.name().equals(word.toUpperCase(Locale.ROOT).replace('-', '_')))
                .findAny()
                .orElseThrow(() -> new Failure(Kind.USAGE, "There is no operation " + word + ".", new NearNames(known.stream().map(AclRule::word).toList())
                        .unknown("operation", word, "They are " + String.join(", ", known.stream().map(AclRule::word).toList()) + ".").remedy())))
                .toList();
    }
}
