package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.InitProducerIdRequest;
import io.partita.broker.protocol.message.InitProducerIdResponse;
import io.partita.broker.protocol.message.ListTransactionsRequest;
import io.partita.broker.protocol.message.ListTransactionsResponse;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import io.partita.cli.output.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "abort", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Aborts what a transactional id has open, and fences its producer.",
    "A producer that is alive is told so with its next request, and has to begin anew."})
final class TransactionAbort extends ClusterCommand {

    private static final int TIMEOUT_MILLIS = 60_000;

    @Parameters(paramLabel = "ID", description = "The transactional id.")
    String id;

    @Mixin
    Consent consent;

    TransactionAbort(Terminal terminal) {
        super(terminal);
    }

    @Override
    protected void run(Cluster cluster, Output output) {
        if (!isThere(cluster)) {
            // To ask for its coordinator would make the topic that ids are kept in, and to begin anew would make the id.
            throw new Failure(Kind.NOT_FOUND, "There is no transactional id " + id + ".", "partita transaction list shows those that there are.");
        }
        if (!consent.given(terminal(), "Abort the transaction of " + id + " and fence its producer?")) {
            return;
        }
        if (!consent.dryRun) {
            InitProducerIdRequest request = new InitProducerIdRequest();
            request.transactionalId = id;
            request.transactionTimeoutMs = TIMEOUT_MILLIS;
            InitProducerIdResponse response = cluster.callCoordinator(Cluster.TRANSACTION, id, ApiKey.INIT_PRODUCER_ID, 0, 5, request,
                    InitProducerIdResponse::new,
                    answer -> ErrorCode.forCode(answer.errorCode) == ErrorCode.CONCURRENT_TRANSACTIONS ? 0 : answer.errorCode);
            if (ErrorCode.forCode(response.errorCode) != ErrorCode.CONCURRENT_TRANSACTIONS) {
                Sentences.check(response.errorCode, null, "The transactional id " + id);
            }
        }
        output.changed("transaction", id, "aborted", consent.dryRun, "What " + id + " had open is aborted, and its producer is fenced.");
    }

    private boolean isThere(Cluster cluster) {
        for (int broker : cluster.brokers().keySet()) {
            ListTransactionsResponse listed = cluster.broker(broker).call(ApiKey.LIST_TRANSACTIONS, 0, 1, new ListTransactionsRequest(),
                    new ListTransactionsResponse());
            Sentences.check(listed.errorCode, null, "The transactions of broker " + broker);
            if (listed.transactionStates.stream().anyMatch(state -> state.transactionalId.equals(id))) {
                return true;
            }
        }
        return false;
    }
}
