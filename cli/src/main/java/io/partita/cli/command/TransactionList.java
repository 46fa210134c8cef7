package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.DescribeTransactionsRequest;
import io.partita.broker.protocol.message.DescribeTransactionsResponse;
import io.partita.broker.protocol.message.DescribeTransactionsResponse.TransactionState;
import io.partita.broker.protocol.message.ListTransactionsRequest;
import io.partita.broker.protocol.message.ListTransactionsResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Table;
import io.partita.cli.output.Terminal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "list", aliases = "ls", mixinStandardHelpOptions = true, sortOptions = false, description = "Lists transactional ids, since when their transactions are open, and where they have written.")
final class TransactionList extends ClusterCommand {

    @Option(names = "--open", description = "Only those with an open transaction.")
    boolean open;

    TransactionList(Terminal terminal) {
        super(terminal);
    }

    private record Row(TransactionState state, int coordinator) {

        boolean isOpen() {
            return state.transactionState.equals("Ongoing") || state.transactionState.startsWith("Prepare");
        }

        Long openSeconds() {
            return isOpen() && state.transactionStartTimeMs > 0 ? Math.max(0, (System.currentTimeMillis() - state.transactionStartTimeMs) / 1000) : null;
        }

        List<String> partitions() {
            List<String> all = new ArrayList<>();
            state.topics.forEach(topic -> topic.partitions.forEach(partition -> all.add(topic.topic + "-" + partition)));
            return all;
        }
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        List<Row> rows = new ArrayList<>();
        for (int broker : cluster.brokers().keySet()) {
            ListTransactionsResponse listed = cluster.broker(broker).call(ApiKey.LIST_TRANSACTIONS, 0, 1, new ListTransactionsRequest(),
                    new ListTransactionsResponse());
            Sentences.check(listed.errorCode, null, "The transactions of broker " + broker);
            if (!listed.transactionStates.isEmpty()) {
                DescribeTransactionsRequest request = new DescribeTransactionsRequest();
                listed.transactionStates.forEach(state -> request.transactionalIds.add(state.transactionalId));
                cluster.broker(broker).call(ApiKey.DESCRIBE_TRANSACTIONS, 0, 0, request, new DescribeTransactionsResponse()).transactionStates.stream()
                        .filter(state -> state.errorCode == 0)
                        .map(state -> new Row(state, broker))
                        .filter(row -> !open || row.isOpen())
                        .forEach(rows::add);
            }
        }
        rows.sort(Comparator.comparing(row -> row.state.transactionalId));
        output.rows(new Table<Row>()
                .column("id", row -> row.state.transactionalId)
                .column("state", row -> row.state.transactionState)
                .column("openSeconds", Row::openSeconds)
                .column("timeoutSeconds", row -> row.state.transactionTimeoutMs / 1000)
                .column("partitions", Row::partitions)
                .wide("producerId", row -> row.state.producerId)
                .wide("producerEpoch", row -> row.state.producerEpoch)
                .wide("coordinator", Row::coordinator), rows, open ? "No transaction is open." : "There is no transactional producer.");
    }
}
