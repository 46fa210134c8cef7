/**
 * Records as Kafka lays them out in bytes: the header of a batch (format v2) read and patched in place, the check of a produced batch, the
 * records inside, the builder of batches, the five codecs, and the message sets v0 and v1 of old clients.
 *
 * <p>Bytes in, values out: nothing here does I/O, keeps a thread or knows an error code of the protocol. Whatever arrives from outside is
 * hostile until checked, so every length is compared with what remains and with a bound before memory is taken, and a bad batch is a value
 * ({@link io.partita.broker.record.BatchCheck.Invalid}) or a {@link io.partita.broker.record.BatchFormatException}, never an index out of bounds.
 */
package io.partita.broker.record;
