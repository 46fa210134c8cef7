/**
 * One handler per Kafka API key. A handler is thin: it translates a request into calls of the capabilities below (log, groups, metadata) and
 * their results back into a response with Kafka's error codes. {@link io.partita.broker.api.ApiRegistry} says which keys and versions are
 * served.
 */
package io.partita.broker.api;
