package io.partita.broker.share;

import io.partita.broker.log.LogSlice;
import java.util.List;

/** Records that were given out, and the batches of the log that they are in. Whoever has it releases the slice. */
public record Taken(LogSlice slice, List<Acquired> acquired) {

    public int recordCount() {
        int count = 0;
        for (Acquired range : acquired) {
            count += range.count();
        }
        return count;
    }
}
