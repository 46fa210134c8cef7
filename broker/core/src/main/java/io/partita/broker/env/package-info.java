/**
 * What the outside world is: clock, disk, event loops, worker threads, entropy. The rest of the core meets the world only through these
 * interfaces, so that a test or a simulation can replace it by one that is deterministic and fails on purpose.
 */
package io.partita.broker.env;
