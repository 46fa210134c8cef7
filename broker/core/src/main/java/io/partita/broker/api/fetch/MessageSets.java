package io.partita.broker.api.fetch;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.log.LogSlice;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Records;
import io.partita.broker.record.BatchDefect;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.LegacyMessages;
import java.io.IOException;

/**
 * Gives a fetch of version 0–3 its records in the format its client reads: message sets v0 for Fetch 0 and 1, v1 for Fetch 2 and 3. Such a fetch takes
 * all of the memory there is for that, so there is one at a time; its records are for sending at once.
 *
 * <pre>
 *   1/8  the records as they are in the log, of one partition      1/8  all that were converted
 *   3/4  a compressed batch that is opened, into an array that grows by half of its final size at most
 * </pre>
 */
final class MessageSets {

    private static final short FIRST_VERSION_WITH_BATCHES = 4;
    private static final short FIRST_VERSION_WITH_V1 = 2;

    /** The most a compressed batch may open to, however much memory there is. */
    private static final int OPENED_BYTES_MAX = 64 * 1024 * 1024;

    private final MemoryPool memory;
    private final int openedBytesMax;

    MessageSets(MemoryPool memory) {
        this.memory = memory;
        this.openedBytesMax = (int) Math.min(OPENED_BYTES_MAX, memory.maxBytes() / 2);
    }

    /** The most bytes of records that a response may hold, but for a single batch that is larger. */
    int responseBytesMax() {
        return (int) Math.min(Integer.MAX_VALUE, memory.maxBytes() / 8);
    }

    /** Calls {@code begin} on {@code loop} when it is a fetch's turn: at once, or when others are done. It is to be {@linkplain #done ended}. */
    void begin(EventLoop loop, Runnable begin) {
        if (memory.takeOrWait(new MemoryPool.Waiter(memory.maxBytes(), () -> loop.execute(begin)))) {
            begin.run();
        }
    }

    /** A fetch holds nothing here any more. */
    void done() {
        memory.give(memory.maxBytes());
    }

    static boolean neededFor(short version) {
        return version < FIRST_VERSION_WITH_BATCHES;
    }

    /**
     * Puts a converted copy in place of the read's slice. Where a slice holds nothing such a client may see (control records), reads on until there
     * is something or the end. Blocks.
     *
     * @param bytesMax the most to give but for one message; its client asks again for what does not fit
     * @return the bytes of the copy
     */
    int convert(PartitionReader.Read read, short version, long endOffset, int bytesMax) {
        byte magic = (byte) (version >= FIRST_VERSION_WITH_V1 ? 1 : 0);
        long offset = read.partition.fetchOffset;
        int wanted = Math.min(read.partition.maxBytes, bytesMax);
        ByteBuf out = Unpooled.buffer();
        try {
            while (read.slice != null) {
                LogSlice slice = read.slice;
                ByteBuf batches = Unpooled.buffer(slice.sizeInBytes());
                slice.copyTo(batches);
                read.release();
                LegacyMessages.Downgraded done = LegacyMessages.toMessages(
                        batches, 0, batches.writerIndex(), magic, offset, wanted, openedBytesMax, out);
                if (done.messageCount() == 0 && done.nextOffset() > offset && done.nextOffset() < endOffset) {
                    offset = done.nextOffset();
                    read.slice = read.replica.log().read(offset, wanted, endOffset, true);
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
        return out.readableBytes();
    }

    static Records recordsOf(PartitionReader.Read read, Records none) {
        return read.slice != null ? read.slice : read.converted != null ? read.converted : none;
    }
}
