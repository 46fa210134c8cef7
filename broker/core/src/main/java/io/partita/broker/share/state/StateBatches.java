package io.partita.broker.share.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Batches that do not overlap, in the order of their offsets. What is put later counts. Not thread-safe. */
final class StateBatches {

    private final TreeMap<Long, StateBatch> batches = new TreeMap<>();

    void put(StateBatch batch) {
        cut(batch.firstOffset());
        cut(batch.lastOffset() + 1);
        batches.subMap(batch.firstOffset(), true, batch.lastOffset(), true).clear();
        StateBatch merged = batch;
        Map.Entry<Long, StateBatch> before = batches.lowerEntry(batch.firstOffset());
        if (before != null && merged.continues(before.getValue())) {
            batches.remove(before.getKey());
            merged = new StateBatch(before.getKey(), merged.lastOffset(), merged.state(), merged.deliveryCount());
        }
        StateBatch after = batches.get(batch.lastOffset() + 1);
        if (after != null && after.continues(merged)) {
            batches.remove(after.firstOffset());
            merged = merged.upTo(after.lastOffset());
        }
        batches.put(merged.firstOffset(), merged);
    }

    /** Makes {@code offset} the first one of a batch, if it is within one. */
    private void cut(long offset) {
        Map.Entry<Long, StateBatch> around = batches.lowerEntry(offset);
        if (around != null && around.getValue().lastOffset() >= offset) {
            StateBatch whole = around.getValue();
            batches.put(whole.firstOffset(), whole.upTo(offset - 1));
            batches.put(offset, whole.from(offset));
        }
    }

    /** Forgets everything below {@code startOffset}. */
    void trim(long startOffset) {
        cut(startOffset);
        batches.headMap(startOffset).clear();
    }

    void clear() {
        batches.clear();
    }

    void putAll(Collection<StateBatch> others) {
        others.forEach(this::put);
    }

    List<StateBatch> list() {
        return new ArrayList<>(batches.values());
    }

    int size() {
        return batches.size();
    }
}
