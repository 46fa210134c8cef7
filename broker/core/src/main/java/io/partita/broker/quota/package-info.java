/**
 * How much of a broker one client may take (KIP-13, KIP-124, KIP-599, KIP-612): {@link io.partita.broker.quota.ClientQuotas} are the bounds as they were set,
 * kept with the metadata; {@link io.partita.broker.quota.Quotas} counts what clients take, and {@link io.partita.broker.quota.ClientBudget} is that for one of
 * them. Whoever took too much is told for how long, and is not read for that long.
 */
package io.partita.broker.quota;
