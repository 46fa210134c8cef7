/**
 * A Kafka broker for tests, in the test's own process: no Docker, a random port, data in memory or in a temporary directory.
 *
 * <p>{@link io.partita.testing.PartitaTest} gives a JUnit test class a broker; {@link io.partita.testing.EmbeddedBroker} is the same broker
 * without JUnit; {@link io.partita.testing.quarkus.PartitaResource} hands it to a {@code @QuarkusTest}. Nothing here uses kafka-clients, so
 * tests bring the version their application has.
 */
package io.partita.testing;
