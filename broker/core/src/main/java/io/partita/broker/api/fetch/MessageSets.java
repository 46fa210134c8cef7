package io.partita.broker.api.fetch;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.log.LogSlice;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Records;
import io.partita.broker.record.BatchDefect;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.LegacyMessages;
import java.io.IOException;

/** Gives a fetch of version 0–3 its records in the format its client reads: message sets v0 for Fetch 0 and 1, v1 for Fetch 2 and 3. Blocks. */
final class MessageSets {

    private static final short FIRST_VERSION_WITH_BATCHES = 4;
    private static final short FIRST_VERSION_WITH_V1 = 2;

    /** The most a compressed batch may open to. Conversions run on the few worker threads, so this bounds their memory. */
    private static final int CONVERTED_BYTES_MAX = 64 * 1024 * 1024;

    private MessageSets() {}

    static boolean neededFor(short version) {
        return version < FIRST_VERSION_WITH_BATCHES;
    }

    /**
     * Puts a converted copy in place of the read's slice. Where a slice holds nothing such a client may see (control records), reads on until there
     * is something or the end.
     */
    static void convert(PartitionReader.Read read, short version, long endOffset) {
        byte magic = (byte) (version >= FIRST_VERSION_WITH_V1 ? 1 : 0);
        long offset = read.partition.fetchOffset;
        ByteBuf out = Unpooled.buffer();
        try {
            while (read.slice != null) {
                LogSlice slice = read.slice;
                ByteBuf batches = Unpooled.buffer(slice.sizeInBytes());
                slice.copyTo(batches);
                read.release();
                LegacyMessages.Downgraded done = LegacyMessages.toMessages(
                        batches, 0, batches.writerIndex(), magic, offset, read.partition.maxBytes, CONVERTED_BYTES_MAX, out);
                if (done.messageCount() == 0 && done.nextOffset() > offset && done.nextOffset() < endOffset) {
                    offset = done.nextOffset();
                    read.slice = read.leader.log().read(offset, read.partition.maxBytes, endOffset, true);
                    read.slice.verify();
                }
            }
            read.converted = new BufferRecords(out);
        } catch (IOException e) {
            read.error = ErrorCode.KAFKA_STORAGE_ERROR;
        } catch (BatchFormatException e) {
            read.error = e.defect() == BatchDefect.UNSUPPORTED_COMPRESSION ? ErrorCode.UNSUPPORTED_COMPRESSION_TYPE : ErrorCode.CORRUPT_MESSAGE;
        } finally {
            read.release();
        }
    }

    static Records recordsOf(PartitionReader.Read read, Records none) {
        return read.slice != null ? read.slice : read.converted != null ? read.converted : none;
    }
}
