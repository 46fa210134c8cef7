package io.partita.broker.net;

import io.partita.broker.api.RequestContext;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.quota.ClientBudget;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.quota.QuotaKey;
import io.partita.broker.quota.Quotas;
import io.partita.broker.security.Principal;

/**
 * Holds the client of one connection to its quotas (KIP-219): what it took too much of it is told with the answer, in {@code throttle_time_ms}, and from then on it is not
 * read for that long, whether it keeps to it or not. Where nothing is bounded this costs a look at the metadata. Lives on the connection's event loop.
 */
final class Throttle {

    /** Longest time for which a connection is not read, so that it is not taken for one that is idle. */
    private static final long MUTED_MILLIS_MAX = 300_000;

    private final Connection connection;
    private final Quotas quotas;
    /** Of the client that asked last. */
    private ClientBudget budget = ClientBudget.UNLIMITED;
    private Principal budgetOf = Principal.ANONYMOUS;
    private String budgetFor = "";
    private boolean muted;
    private long mutedUntilMillis;

    Throttle(Connection connection, Quotas quotas) {
        this.connection = connection;
        this.quotas = quotas;
    }

    /** How much a client may take that calls itself {@code clientId}. */
    ClientBudget budget(String clientId) {
        ClientQuotas now = quotas.inForce();
        if (now.isEmpty()) {
            return ClientBudget.UNLIMITED;
        }
        Principal principal = connection.peer().principal();
        if (!budget.isOf(now) || budgetOf != principal || !budgetFor.equals(clientId)) {
            budget = quotas.of(principal.name(), clientId);
            budgetOf = principal;
            budgetFor = clientId;
        }
        return budget;
    }

    /**
     * Counts a request that is answered with {@code response}, null for nothing, and writes into it for how long the client is to wait. Returns that: milliseconds, 0 for not
     * at all.
     */
    static long charge(InFlightRequest request, Message response) {
        return request.budget() == ClientBudget.UNLIMITED ? 0 : charge(request, request.servedNanos(), request.bytes(), response);
    }

    /** The same for a request that took {@code servedNanos} of its event loop and {@code requestBytes} on its way here. */
    static long charge(RequestContext request, long servedNanos, int requestBytes, Message response) {
        ClientBudget budget = request.budget();
        if (budget == ClientBudget.UNLIMITED) {
            return 0;
        }
        long wait = budget.takeNanos(servedNanos);
        wait = Math.max(wait, switch (request.apiKey()) {
            case PRODUCE -> budget.take(QuotaKey.PRODUCER_BYTE_RATE, requestBytes);
            case FETCH -> budget.bounds(QuotaKey.CONSUMER_BYTE_RATE) ? budget.take(QuotaKey.CONSUMER_BYTE_RATE, recordBytes(response)) : 0;
            case CREATE_TOPICS, CREATE_PARTITIONS, DELETE_TOPICS -> budget.waitMillis(QuotaKey.CONTROLLER_MUTATION_RATE);
            default -> 0;
        });
        wait = Math.min(wait, MUTED_MILLIS_MAX);
        if (wait > 0 && response != null) {
            response.throttle((int) wait);
        }
        return wait;
    }

    private static long recordBytes(Message response) {
        long[] sum = new long[1];
        if (response != null) {
            response.forEachRecords(records -> sum[0] += records == null ? 0 : records.sizeInBytes());
        }
        return sum[0];
    }

    /** The answer is on its way: from now on the connection is not read for so long. */
    void mute(ApiKey key, long millis) {
        connection.listener().observer().throttled(key, millis);
        long until = connection.nowMillis() + millis;
        if (muted && until - mutedUntilMillis <= 0) {
            return;
        }
        mutedUntilMillis = until;
        if (!muted) {
            muted = true;
            connection.loop().schedule(millis, this::look);
        }
    }

    private void look() {
        long left = mutedUntilMillis - connection.nowMillis();
        if (left > 0) {
            connection.loop().schedule(left, this::look);
            return;
        }
        muted = false;
        connection.updateReading();
    }

    /** For how much longer the connection is not read, 0 where it is. */
    long mutedMillis() {
        return muted ? Math.max(0, mutedUntilMillis - connection.nowMillis()) : 0;
    }

    boolean isMuted() {
        return muted;
    }
}
