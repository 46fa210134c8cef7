package io.partita.broker.cluster;

import io.partita.broker.control.PartitionKey;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.metadata.MetadataStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The highest epochs that this broker's logs know of, read by a worker when somebody asks. What was read once stays true enough: what the log has learned since was stored before, and an
 * election goes above what is stored as well. Owned by the store's loop.
 */
final class ReadEpochs implements Duties.SeenEpochs {

    private final MetadataStore.LogEpochs logs;
    private final Function<PartitionKey, String> topicNames;
    private final Workers workers;
    private final EventLoop loop;
    private final Runnable read;
    private final Map<PartitionKey, Integer> known = new HashMap<>();
    private Set<PartitionKey> wanted = new HashSet<>();
    private boolean isReading;

    /** @param read called when something was read that somebody had asked for */
    ReadEpochs(MetadataStore.LogEpochs logs, Function<PartitionKey, String> topicNames, Workers workers, EventLoop loop, Runnable read) {
        this.logs = logs;
        this.topicNames = topicNames;
        this.workers = workers;
        this.loop = loop;
        this.read = read;
    }

    @Override
    public Integer of(PartitionKey partition) {
        Integer epoch = known.get(partition);
        if (epoch == null) {
            wanted.add(partition);
            if (!isReading) {
                isReading = true;
                loop.execute(this::readWanted);
            }
        }
        return epoch;
    }

    private void readWanted() {
        Map<PartitionKey, String> asked = new HashMap<>();
        wanted.forEach(key -> asked.put(key, topicNames.apply(key)));
        wanted = new HashSet<>();
        BiConsumer<Map<PartitionKey, Integer>, Throwable> done = (epochs, failure) -> {
            isReading = false;
            if (epochs != null) {
                known.putAll(epochs);
            }
            read.run();
        };
        workers.call(() -> latest(asked), loop, done);
    }

    private Map<PartitionKey, Integer> latest(Map<PartitionKey, String> asked) {
        Map<PartitionKey, Integer> epochs = new HashMap<>();
        asked.forEach((key, topic) -> {
            if (topic != null) {
                epochs.put(key, logs.latest(topic, key.topicId(), key.partition()));
            }
        });
        return epochs;
    }

    /** Forgets what is asked for no more. */
    void keepOnly(Function<PartitionKey, Boolean> isThere) {
        List<PartitionKey> gone = new ArrayList<>();
        known.keySet().forEach(key -> {
            if (!isThere.apply(key)) {
                gone.add(key);
            }
        });
        gone.forEach(known::remove);
    }
}
