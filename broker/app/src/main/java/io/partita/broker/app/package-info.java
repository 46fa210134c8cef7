/**
 * The Quarkus application around the broker: brings it its configuration, runs it on Quarkus's own event loops, and shows its metrics and health
 * over HTTP. The broker itself knows nothing of Quarkus.
 */
package io.partita.broker.app;
