package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.AlterClientQuotasRequest;
import io.partita.broker.protocol.message.AlterClientQuotasRequest.EntityData;
import io.partita.broker.protocol.message.AlterClientQuotasRequest.EntryData;
import io.partita.broker.protocol.message.AlterClientQuotasRequest.OpData;
import io.partita.broker.protocol.message.AlterClientQuotasResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "set", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Sets and removes quotas of a user, a client id, both, or an address.",
    "Names are producer_byte_rate, consumer_byte_rate, request_percentage, controller_mutation_rate, connection_creation_rate."})
final class QuotaSet extends ClusterCommand {

    /** In the place of a name: for all that have none of their own. */
    private static final String DEFAULT = "default";

    private static final List<String> NAMES = List.of("producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate",
            "connection_creation_rate");

    @Parameters(paramLabel = "NAME=VALUE", arity = "0..*", description = "Quotas, in bytes a second, percent of an event loop, partitions or connections a second.")
    List<String> quotas = new ArrayList<>();

    @Option(names = "--user", paramLabel = "NAME", description = "The user, or default.")
    String user;

    @Option(names = "--client", paramLabel = "ID", description = "The client id, or default.")
    String client;

    @Option(names = "--ip", paramLabel = "ADDRESS", description = "The address, or default.")
    String ip;

    @Option(names = {"-u", "--unset"}, paramLabel = "NAME", description = "Removes a quota; may be repeated.")
    List<String> removed = new ArrayList<>();

    @Option(names = "--dry-run", description = "Only says what would happen.")
    boolean dryRun;

    QuotaSet(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        EntryData entry = new EntryData();
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("user", user);
        parts.put("client-id", client);
        parts.put("ip", ip);
        parts.values().removeIf(java.util.Objects::isNull);
        parts.forEach((type, name) -> {
            EntityData part = new EntityData();
            part.entityType = type;
            part.entityName = name.equals(DEFAULT) ? null : name;
            entry.entity.add(part);
        });
        Set<String> unknown = new TreeSet<>(Names.assignments(quotas).keySet());
        unknown.addAll(removed);
        unknown.removeAll(NAMES);
        if (!unknown.isEmpty()) {
            throw new Failure(Kind.USAGE, String.join(", ", unknown) + (unknown.size() == 1 ? " is no quota." : " are no quotas."),
                    "Quotas are " + String.join(", ", NAMES) + ".");
        }
        Names.assignments(quotas).forEach((name, value) -> entry.ops.add(operation(name, value)));
        removed.forEach(name -> entry.ops.add(operation(name, null)));
        if (entry.entity.isEmpty() || entry.ops.isEmpty()) {
            throw new Failure(Kind.USAGE, entry.entity.isEmpty() ? "Whose quota?" : "There is nothing to change.",
                    "As in partita quota set --user alice producer_byte_rate=1000000.");
        }
        AlterClientQuotasRequest request = new AlterClientQuotasRequest();
        request.entries.add(entry);
        request.validateOnly = dryRun;
        var answer = cluster.callController(ApiKey.ALTER_CLIENT_QUOTAS, 0, 1, request, AlterClientQuotasResponse::new,
                response -> response.entries.getFirst().errorCode).entries
                .getFirst();
        String whose = String.join(", ", parts.entrySet().stream().map(part -> part.getKey() + " " + part.getValue()).toList());
        Sentences.check(answer.errorCode, answer.errorMessage, "The quota of " + whose);
        for (OpData operation : entry.ops) {
            output.changed("quota", whose, "altered", dryRun, operation.remove
                    ? operation.key + " of " + whose + " is no longer bounded."
                    : operation.key + " of " + whose + " is " + Names.assignments(quotas).get(operation.key) + ".");
        }
    }

    private static OpData operation(String name, String value) {
        OpData operation = new OpData();
        operation.key = name;
        operation.remove = value == null;
        try {
            operation.value = value == null ? 0 : Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new Failure(Kind.USAGE, name + " is " + value + ", which is no number.");
        }
        return operation;
    }
}
