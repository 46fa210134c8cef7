package io.partita.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.record.BatchBuilder;

/** Batches as producers send them: no compression, values of 1 KB or less. */
final class Batches {

    private Batches() {}

    static ByteBuf direct(int records, int valueBytes) {
        ByteBuf out = Unpooled.directBuffer(records * (valueBytes + 20) + 100);
        try (BatchBuilder builder = new BatchBuilder(out)) {
            for (int i = 0; i < records; i++) {
                builder.append(System.currentTimeMillis(), null, new byte[valueBytes]);
            }
            builder.finish();
        }
        return out;
    }
}
