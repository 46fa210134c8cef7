package io.partita.broker.share;

import io.partita.broker.env.Clock;
import io.partita.broker.log.LogSlice;
import io.partita.broker.log.QueueConfig;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.QueueHeaders;
import io.partita.broker.record.RecordReader;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which records of a partition are past their time, where its topic has {@code queue.expiry.enable}. To know that, batches are opened, which is done once for
 * fetches that take one record of a batch after the other: the times of the records looked at last are kept.
 *
 * <p>Owned by the partition's event loop.
 */
final class Expiry {

    /** Records whose times are kept, at 12 bytes each. */
    private static final int RECORDS_MAX = 50_000;

    /** When the records of a batch are past their time. */
    private record Times(int[] deltas, long[] millis, long earliest) {
        private static final Times NEVER = new Times(new int[0], new long[0], QueueHeaders.NEVER);
    }

    private final Map<Long, Times> known = new LinkedHashMap<>(16, 0.75f, true);
    private final BatchOpener opener = new BatchOpener();
    private long defaultMillis;
    private int recordCount;
    private long expired;

    /** For the settings that the topic has now. */
    Expiry under(QueueConfig config) {
        if (config.expiryMillis() != defaultMillis) {
            defaultMillis = config.expiryMillis();
            known.clear();
            recordCount = 0;
        }
        return this;
    }

    /**
     * Has the records of a batch taken that are not past their time, and the others archived. Whether any were taken.
     *
     * @param position of the batch in the slice
     */
    boolean take(Deliveries.Acquisition acquisition, LogSlice slice, int position, int bytes, long first, long last, long nowMillis) {
        Times times = times(slice, position, bytes, first);
        if (times.earliest > nowMillis) {
            return acquisition.take(first, last);
        }
        boolean any = false;
        long at = first;
        int index = 0;
        while (at <= last && !acquisition.isFull()) {
            // Offsets between records go with the record before.
            boolean isPast = times.millis[index] <= nowMillis;
            while (index < times.millis.length && times.millis[index] <= nowMillis == isPast) {
                index++;
            }
            long end = index < times.millis.length ? first + times.deltas[index] - 1 : last;
            if (isPast) {
                expired += acquisition.skip(end);
            } else {
                any |= acquisition.take(at, end);
            }
            at = end + 1;
        }
        return any;
    }

    /** How many records were archived since this was asked last. */
    long takeExpired() {
        long count = expired;
        expired = 0;
        return count;
    }

    private Times times(LogSlice slice, int position, int bytes, long first) {
        Times there = known.get(first);
        if (there != null) {
            return there;
        }
        Times made = read(slice, position, bytes, first);
        known.put(first, made);
        recordCount += made.millis.length + 1;
        Iterator<Times> oldest = known.values().iterator();
        while (recordCount > RECORDS_MAX && known.size() > 1) {
            recordCount -= oldest.next().millis.length + 1;
            oldest.remove();
        }
        return made;
    }

    private Times read(LogSlice slice, int position, int bytes, long first) {
        try {
            RecordReader reader = opener.open(slice, position, bytes);
            int count = 0;
            while (reader.next()) {
                count++;
            }
            if (count == 0) {
                return Times.NEVER;
            }
            int[] deltas = new int[count];
            long[] millis = new long[count];
            long earliest = QueueHeaders.NEVER;
            reader.rewind();
            for (int i = 0; reader.next(); i++) {
                deltas[i] = (int) (reader.offset() - first);
                millis[i] = expiry(reader);
                earliest = Math.min(earliest, millis[i]);
            }
            return earliest == QueueHeaders.NEVER ? Times.NEVER : new Times(deltas, millis, earliest);
        } catch (BatchFormatException e) {
            // Whoever is given it is told by its client what is wrong with it.
            return Times.NEVER;
        }
    }

    private long expiry(RecordReader reader) {
        long own = QueueHeaders.expiry(reader);
        return own == QueueHeaders.NEVER && defaultMillis >= 0 && reader.timestamp() >= 0 ? Clock.later(reader.timestamp(), defaultMillis) : own;
    }
}
