/**
 * REST and console. {@link io.partita.broker.http.HttpService} answers whatever HTTP request somebody hands to it, on a thread that may wait (a virtual one), by requests of
 * Kafka's protocol from within the process ({@link io.partita.broker.InProcessClients}): so rights, checks and quotas are those of the clients' port.
 * {@link io.partita.broker.http.HttpServer} is the socket of {@code ./run}; the application of the image hands over what comes by its own.
 */
package io.partita.broker.http;
