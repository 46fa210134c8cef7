/**
 * Records of a topic that are kept back until they are due: where they are in the log, and who releases them when their time has come (ADR 45).
 */
package io.partita.broker.delay;
