/**
 * A small blocking client of Kafka's protocol on the broker's own codec: one socket for each broker, one request at a time. What needs more than that (consumer groups as a
 * member, batching across threads) is the business of real clients.
 */
package io.partita.cli.client;
