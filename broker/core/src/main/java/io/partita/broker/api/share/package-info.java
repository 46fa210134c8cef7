/** Serving ShareFetch and ShareAcknowledge: share sessions, giving out records, waiting for some (KIP-932). */
package io.partita.broker.api.share;
