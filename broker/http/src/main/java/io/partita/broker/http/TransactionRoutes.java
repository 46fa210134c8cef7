package io.partita.broker.http;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.DescribeTransactionsRequest;
import io.partita.broker.protocol.message.DescribeTransactionsResponse;
import io.partita.broker.protocol.message.ListTransactionsRequest;
import io.partita.broker.protocol.message.ListTransactionsResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Transactional ids and what they have open. */
final class TransactionRoutes {

    private TransactionRoutes() {}

    static List<Route> all() {
        return List.of(
                Route.get("/api/v1/transactions", "listTransactions", "The transactional ids that you may see", TransactionRoutes::list)
                        .query("name", "string", "Only those with this in their ids").query("state", "string", "Only those in this state, as Ongoing")
                        .query("openFor", "integer", "Only those whose transaction has been open for so many milliseconds")
                        .query("limit", "integer", "How many at most (100; at most 1000)")
                        .query("after", "string", "Begin behind this id: next of the page before")
                        .gives("transactions", "array").gives("total", "integer"),
                Route.get("/api/v1/transactions/{id}", "getTransaction", "A transactional id, and the transaction it has open", TransactionRoutes::get)
                        .gives("id", "string").gives("state", "string").gives("topics", "array"));
    }

    private static HttpAnswer list(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        String state = exchange.request().parameter("state");
        long openFor = exchange.request().number("openFor", -1, 0, Long.MAX_VALUE);
        Map<Integer, ListTransactionsResponse> answers = kafka.each(kafka.brokers(), ApiKey.LIST_TRANSACTIONS, 1, broker -> {
            var request = new ListTransactionsRequest();
            request.durationFilter = openFor;
            if (state != null) {
                request.stateFilters.add(state);
            }
            return request;
        });
        Map<String, JsonObject> byId = new TreeMap<>();
        answers.forEach((broker, answer) -> answer.transactionStates.forEach(one -> byId.put(one.transactionalId, new JsonObject()
                .put("id", one.transactionalId).put("state", one.transactionState).put("producerId", one.producerId).put("coordinator", broker))));
        List<JsonObject> all = new ArrayList<>(byId.values());
        all.removeIf(one -> !exchange.isWanted(one.getString("id")));
        return HttpAnswer.ok(exchange.page("transactions", all, one -> one.getString("id"), part -> part));
    }

    private static HttpAnswer get(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        String id = exchange.path("id");
        var request = new DescribeTransactionsRequest();
        request.transactionalIds.add(id);
        int coordinator = kafka.coordinator(Kafka.TRANSACTION_KEY, id);
        DescribeTransactionsResponse response = kafka.at(coordinator, ApiKey.DESCRIBE_TRANSACTIONS, 0, request);
        var one = response.transactionStates.getFirst();
        Problem.check(one.errorCode, "transactional id '" + id + "'", null);
        JsonArray topics = new JsonArray();
        one.topics.forEach(topic -> topics.add(new JsonObject().put("topic", topic.topic).put("partitions", new JsonArray(new ArrayList<>(topic.partitions)))));
        return HttpAnswer.ok(new JsonObject().put("id", id).put("state", one.transactionState).put("producerId", one.producerId)
                .put("producerEpoch", one.producerEpoch).put("timeoutMillis", one.transactionTimeoutMs)
                .put("startedMillis", one.transactionStartTimeMs < 0 ? null : one.transactionStartTimeMs).put("coordinator", coordinator)
                .put("topics", topics));
    }
}
