/**
 * The mechanisms by which clients prove who they are (SASL, RFC 4422), as exchanges of tokens: PLAIN, SCRAM, OAUTHBEARER. What frames the tokens is the
 * network's business, where users and keys are kept that of whoever makes the mechanisms.
 *
 * <p>A refusal has two texts: what the client is told, which says no more than it may know, and what the log says. Neither has a secret in it.
 */
package io.partita.broker.security.sasl;
