/** Serving Fetch: sessions (KIP-227), reading, and waiting for data. */
package io.partita.broker.api.fetch;
