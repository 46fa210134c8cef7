package io.partita.broker.kubernetes;

import io.partita.broker.log.LogIncarnation;
import io.partita.broker.metadata.MetadataStore;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a broker keeps of the objects in its data directory, as long as that is its own. Writes are at most so many as there are seconds. Callable from any thread.
 */
final class ObjectMemory {

    private static final Logger LOG = LoggerFactory.getLogger(ObjectMemory.class);

    /** What is remembered is at most so old, unless it cannot be written; then it is tried again after so long. */
    private static final Duration REMEMBER = Duration.ofSeconds(1);
    private static final Duration REMEMBER_AGAIN = Duration.ofSeconds(10);

    private final String clusterUid;
    private final ObjectFile file;
    private final BiConsumer<Runnable, Duration> later;
    private final AtomicReference<SeenObjects> newest = new AtomicReference<>();
    private boolean hasLetGo;

    /** @param later runs something after a while; nothing once the store ends */
    ObjectMemory(MetadataStore.Context context, BiConsumer<Runnable, Duration> later) throws IOException {
        this.clusterUid = context.clusterId();
        this.file = new ObjectFile(context.disk(), context.directories().home(context.disk(), ObjectFile.FILE));
        this.later = later;
    }

    /** What was kept last of this cluster, {@code null} when nothing was. */
    SeenObjects read() {
        return file.read(clusterUid);
    }

    /** These objects are to be kept. */
    void keep(SeenObjects seen) {
        if (newest.getAndSet(seen) == null) {
            later.accept(this::write, REMEMBER);
        }
    }

    /** Writes what is not written yet. */
    synchronized void write() {
        SeenObjects seen = newest.getAndSet(null);
        if (seen != null && !hasLetGo && !file.write(seen) && newest.compareAndSet(null, seen)) {
            later.accept(this::write, REMEMBER_AGAIN);
        }
    }

    /** Notes that this process has given up what it led, so that nobody goes on in its place. */
    synchronized void noteResigned(LogIncarnation incarnation) {
        if (hasLetGo) {
            return;
        }
        try {
            incarnation.end();
        } catch (IOException e) {
            LOG.warn("The end of this process could not be noted in its data directory: {}.", e.toString());
        }
    }

    /** From now on the data directory may be another process's. */
    synchronized void letGo() {
        hasLetGo = true;
    }
}
