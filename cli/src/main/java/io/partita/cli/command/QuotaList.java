package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.DescribeClientQuotasRequest;
import io.partita.broker.protocol.message.DescribeClientQuotasResponse;
import io.partita.broker.protocol.message.DescribeClientQuotasResponse.EntryData;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(name = "list", aliases = "ls", mixinStandardHelpOptions = true, sortOptions = false, description = "Lists the quotas.")
final class QuotaList extends ClusterCommand {

    QuotaList(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        DescribeClientQuotasResponse response = cluster.call(ApiKey.DESCRIBE_CLIENT_QUOTAS, 0, 1, new DescribeClientQuotasRequest(),
                new DescribeClientQuotasResponse());
        Sentences.check(response.errorCode, response.errorMessage, "Quotas");
        output.rows(new Table<EntryData>().column("for", QuotaList::entity).column("quotas", QuotaList::values),
                response.entries == null ? java.util.List.of() : response.entries,
                "There is no quota. partita quota set --user NAME producer_byte_rate=1000000 makes one.");
    }

    private static Map<String, Object> entity(EntryData entry) {
        Map<String, Object> entity = new LinkedHashMap<>();
        entry.entity.forEach(part -> entity.put(part.entityType, part.entityName == null ? "(default)" : part.entityName));
        return entity;
    }

    private static Map<String, Object> values(EntryData entry) {
        Map<String, Object> values = new LinkedHashMap<>();
        // Most are whole numbers, and 1.0E7 bytes are nobody's.
        entry.values.forEach(value -> values.put(value.key, value.value == Math.rint(value.value) ? (Object) (long) value.value : (Object) value.value));
        return values;
    }
}
