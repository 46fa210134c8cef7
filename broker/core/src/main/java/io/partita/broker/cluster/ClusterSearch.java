package io.partita.broker.cluster;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.BrokerSettings;
import io.partita.broker.env.EventLoop;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.LogId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the object of the cluster in a store, or makes it, for a broker that is about to start. Waits for a store that does not answer until it is not asked any more. Owned by its loop. */
final class ClusterSearch {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterSearch.class);
    private static final long AGAIN_MILLIS = 1_000;

    private final ObjectStore store;
    private final EventLoop loop;
    private final DataDirectories directories;
    private final BrokerConfig config;
    private final CompletableFuture<String> id;

    /** @param id completed with the id of the cluster; who gives up completes it as well */
    ClusterSearch(ObjectStore store, EventLoop loop, DataDirectories directories, BrokerConfig config, CompletableFuture<String> id) {
        this.store = store;
        this.loop = loop;
        this.directories = directories;
        this.config = config;
        this.id = id;
    }

    /**
     * Why this broker does not begin a cluster in a store that has none, {@code null} where it may. Logs are of a cluster that was: who leads their partitions and who has everything was
     * stored, and is not there.
     */
    static String refusal(DataDirectories directories, BrokerConfig config) {
        List<LogId> logs = directories.found().stream().flatMap(directory -> directory.logs().stream()).toList();
        if (logs.isEmpty() || config.booleanValue(BrokerSettings.METADATA_STORE_BEGIN)) {
            return null;
        }
        return "There is no cluster in the store of the cluster's objects, and data directory " + directories.found().getFirst().path() + " has "
                + DataDirectories.some(logs) + " of cluster " + directories.clusterId()
                + ": the store was emptied, or is another one than before. Name the right one in "
                + BrokerSettings.METADATA_STORE
                + ", or restore it from a backup while all brokers are stopped. To begin a new cluster and have these logs set aside, start a broker once with "
                + BrokerSettings.METADATA_STORE_BEGIN + "=true.";
    }

    void look() {
        store.get(ClusterObject.NAME).whenComplete((found, failure) -> loop.execute(() -> {
            if (id.isDone()) {
                return;
            }
            if (failure != null) {
                LOG.warn("The store of the cluster's objects does not answer: {}. The start waits for it.", failure.getMessage());
                loop.schedule(AGAIN_MILLIS, this::look);
            } else if (found != null) {
                read(found.text());
            } else {
                begin();
            }
        }));
    }

    private void read(String text) {
        try {
            id.complete(ClusterObject.read(text).id());
        } catch (ObjectText.UnreadableException unreadable) {
            id.completeExceptionally(new IllegalStateException("The object " + ClusterObject.NAME + " cannot be read: " + unreadable.getMessage() + "."));
        }
    }

    private void begin() {
        String refusal = refusal(directories, config);
        if (refusal != null) {
            id.completeExceptionally(new IllegalStateException(refusal));
            return;
        }
        store.put(ClusterObject.NAME, ObjectStore.ABSENT, ClusterObject.begun(directories.clusterId()).text())
                .whenComplete((outcome, lost) -> loop.schedule(lost == null ? 0 : AGAIN_MILLIS, this::look));
    }
}
