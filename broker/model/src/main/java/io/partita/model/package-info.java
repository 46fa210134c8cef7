/**
 * A model of the replication protocol (docs/adr/0009-replication-protocol.md) and a checker that looks at every schedule of it within bounds. Each of its rules can be
 * switched off, to see the failure that it prevents. The tests run it in small bounds, larger ones by {@code -Dpartita.model=all}, and hold the broker's own rules
 * (package {@code control}) to what was checked.
 */
package io.partita.model;
