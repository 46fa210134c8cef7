/**
 * Writes the classes of {@code io.partita.broker.protocol.message} while the broker's core is built: reads the message definitions that
 * kafka-clients carries as data ({@code common/message/*.json}) and those in the core's {@code src/main/messages}, whose README describes both
 * the format and what the classes look like. No part of the running broker.
 */
package io.partita.broker.generator;
