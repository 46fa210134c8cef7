package io.partita.broker.share;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.log.LogSlice;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.RecordReader;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Opens batches of the log to look at the headers of their records. That is done on the event loop of the partition, and so bounded. */
final class BatchOpener {

    /** A batch that opens to more is not opened. */
    private static final int UNCOMPRESSED_BYTES_MAX = 16 << 20;

    private final RecordReader reader = new RecordReader(UNCOMPRESSED_BYTES_MAX);

    /**
     * The records of a batch, good until the next one is opened.
     *
     * @param position of the batch in the slice
     */
    RecordReader open(LogSlice slice, int position, int bytes) throws BatchFormatException {
        ByteBuf batch = Unpooled.buffer(bytes, bytes);
        try {
            batch.writerIndex(slice.read(batch.nioBuffer(0, bytes), position));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader.open(batch, 0);
        return reader;
    }
}
