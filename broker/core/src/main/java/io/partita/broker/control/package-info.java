/**
 * Who leads a partition, who is in sync, where its replicas are: the rules, as pure functions from one stored state of a partition to the next. Whoever uses them
 * (a broker, the operator, a simulation, the model checker) reads a state, asks a rule here for the next one, and stores that by one compare-and-set on the object
 * it read; nothing here reads a clock, talks to anybody or remembers anything. The protocol that they are part of, and what fails without each rule, is
 * docs/adr/0009-replication-protocol.md; its numbers stand beside the code.
 */
package io.partita.broker.control;
