package io.partita.broker.api;

import io.partita.broker.coordinator.BoundedPattern;
import io.partita.broker.env.Clock;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ListTransactionsRequest;
import io.partita.broker.protocol.message.ListTransactionsResponse;
import io.partita.broker.transaction.DescribedTransaction;
import io.partita.broker.transaction.TransactionCoordinator;
import io.partita.broker.transaction.TransactionState;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * ListTransactions (key 66), versions 0–2 (KIP-664): the ids this broker coordinates. v1 those that take longer than so many milliseconds (KIP-994); v2 those that
 * a pattern fits (KIP-1152).
 */
final class ListTransactionsHandler implements Handler<ListTransactionsRequest> {

    private final TransactionCoordinator transactions;
    private final Clock clock;

    ListTransactionsHandler(TransactionCoordinator transactions, Clock clock) {
        this.transactions = transactions;
        this.clock = clock;
    }

    @Override
    public void handle(RequestContext context, ListTransactionsRequest request) {
        var response = new ListTransactionsResponse();
        boolean anyId = request.transactionalIdPattern == null || request.transactionalIdPattern.isEmpty();
        if (!anyId && BoundedPattern.problem("TransactionalIdPattern", request.transactionalIdPattern) != null) {
            response.errorCode = ErrorCode.INVALID_REGULAR_EXPRESSION.code();
            context.respond(response);
            return;
        }
        Predicate<String> ids = anyId ? id -> true : BoundedPattern.of(request.transactionalIdPattern)::fits;
        Set<TransactionState> states = EnumSet.noneOf(TransactionState.class);
        for (String name : request.stateFilters) {
            TransactionState state = TransactionState.named(name);
            if (state == null) {
                response.unknownStateFilters.add(name);
            } else {
                states.add(state);
            }
        }
        Set<Long> producers = new HashSet<>(request.producerIdFilters);
        transactions.list(result -> {
            response.errorCode = result.error().code();
            long now = clock.wallMillis();
            for (DescribedTransaction transaction : result.transactions()) {
                boolean wanted = (request.stateFilters.isEmpty() || states.contains(transaction.state()))
                        && (producers.isEmpty() || producers.contains(transaction.producer().id()))
                        && (request.durationFilter < 0 || transaction.startMillis() >= 0 && now - transaction.startMillis() > request.durationFilter)
                        && ids.test(transaction.transactionalId());
                if (wanted && Permission.LIST_TRANSACTIONS.isGranted(context, transaction.transactionalId())) {
                    var listed = new ListTransactionsResponse.TransactionState();
                    listed.transactionalId = transaction.transactionalId();
                    listed.producerId = transaction.producer().id();
                    listed.transactionState = transaction.state().displayName();
                    response.transactionStates.add(listed);
                }
            }
            context.respond(response);
        });
    }
}
