/**
 * The wire codec: bytes in, values out, no I/O. {@link io.partita.broker.protocol.ApiKey} lists the requests there are,
 * {@link io.partita.broker.protocol.MessageReader} and {@link io.partita.broker.protocol.MessageWriter} take the protocol's types from and to Netty's
 * buffers, and the messages themselves are generated at build time into {@code io.partita.broker.protocol.message}, from the definitions that
 * kafka-clients carries as data and from those in {@code src/main/messages}, whose README says what the classes look like.
 *
 * <p>Record batches are not looked into here: to a message they are {@link io.partita.broker.protocol.Records} of some length.
 */
package io.partita.broker.protocol;
