/**
 * The storage engine: a log of record batches per partition, in Kafka's files and formats.
 *
 * <p>A {@link io.partita.broker.log.LogDirectory} (one data directory) holds {@link io.partita.broker.log.PartitionLog}s, a log is a list of
 * segments, a segment a file of batches with an index of offsets, one of timestamps and one of aborted transactions. Batches come in as one
 * buffer and go to the file in one write; they leave as a {@link io.partita.broker.log.LogSlice}, a piece of a file that is sent without being
 * read.
 *
 * <p>A log has one owner thread that changes it and any number of readers, who see immutable lists and offsets published after the bytes
 * they stand for. There is no lock on the way of an append or a read. What blocks for long (flushing, deleting, verifying cold data,
 * recovery) is for worker threads.
 *
 * <p>The log knows nothing of networks, replication or event loops. Errors are values here: {@link io.partita.broker.log.AppendResult.Refused},
 * {@link io.partita.broker.log.LogSlice#error}.
 */
package io.partita.broker.log;
