package io.partita.broker.api;

import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.quota.ClientBudget;
import io.partita.broker.quota.QuotaKey;

/**
 * The quota for partitions that are made and deleted (KIP-599), for one request. Clients that know the error are refused where the quota is used up, and try again when they
 * are told to; older ones are served, and wait afterwards.
 */
final class MutationQuota {

    static final ErrorCode EXCEEDED = ErrorCode.THROTTLING_QUOTA_EXCEEDED;
    static final String WHY_EXCEEDED = "The quota controller_mutation_rate is used up: try again after throttle_time_ms.";

    private final ClientBudget budget;
    private final boolean refuses;

    /** @param firstStrict the first version of the request whose clients know the error */
    MutationQuota(RequestContext context, int firstStrict, boolean validateOnly) {
        this.budget = validateOnly ? ClientBudget.UNLIMITED : context.budget();
        this.refuses = context.version() >= firstStrict;
    }

    /** Counts so many partitions, unless the quota is used up and the client is to be told so. */
    boolean admits(int partitions) {
        if (!budget.bounds(QuotaKey.CONTROLLER_MUTATION_RATE)) {
            return true;
        }
        if (refuses && budget.waitMillis(QuotaKey.CONTROLLER_MUTATION_RATE) > 0) {
            return false;
        }
        budget.take(QuotaKey.CONTROLLER_MUTATION_RATE, partitions);
        return true;
    }
}
