/**
 * Real Kafka clients and tools against a broker in a process of its own, started the way a user starts it.
 *
 * <p>The same tests run against Apache Kafka ({@code -Dcompat.target=kafka}), which is where their expectations come from, or against a broker
 * that is already running ({@code -Dcompat.target=host:port}; tests that stop or kill their broker cannot).
 */
package io.partita.broker.compat;
