package io.partita.broker.kubernetes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.partita.broker.env.Disk;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects of the cluster in a file of the data directory, for a start while the API server is away. Never more than a memory: whatever is decided is decided by
 * the API server. Used by one thread at a time.
 */
final class ObjectFile {

    private static final Logger LOG = LoggerFactory.getLogger(ObjectFile.class);

    static final String FILE = "kubernetes-objects.json";
    private static final ObjectMapper JSON = mapper();

    private final Disk disk;
    private final Path file;
    private boolean failed;

    ObjectFile(Disk disk, Path directory) {
        this.disk = disk;
        this.file = directory.resolve(FILE);
    }

    /** Who wrote which field when is as long as the fields. */
    @JsonIgnoreProperties("managedFields")
    private abstract static class WithoutManagers {}

    private static ObjectMapper mapper() {
        ObjectMapper mapper = new ObjectMapper().addMixIn(ObjectMeta.class, WithoutManagers.class);
        // Made for its side effect: it teaches the mapper what the client's own types need.
        new KubernetesSerialization(mapper, false).convertValue(new ObjectMeta(), ObjectMeta.class);
        return mapper;
    }

    /** What was written last about the cluster with this id, {@code null} when there is nothing, or nothing that can be read. */
    SeenObjects read(String clusterId) {
        try {
            byte[] content = disk.readAll(file);
            SeenObjects objects = content == null ? null : JSON.readValue(content, SeenObjects.class);
            boolean usable = objects != null && objects.cluster() != null && clusterId.equals(objects.cluster().id());
            return usable ? objects : null;
        } catch (JacksonException damaged) {
            LOG.warn("{} is damaged and is not used: {}", file, damaged.getOriginalMessage());
            return null;
        } catch (IOException unreadable) {
            LOG.warn("{} cannot be read and is not used: {}", file, unreadable.toString());
            return null;
        }
    }

    /** Replaces what was written last; whether that succeeded. A failure is said once; it costs no more than a start without the API server. */
    boolean write(SeenObjects objects) {
        SeenObjects own = new SeenObjects(
                objects.cluster(), objects.topics().stream().filter(topic -> ObjectFeed.isPlaced(topic, objects.cluster())).toList(), objects.leases(),
                objects.sets(), objects.rules(), objects.users(), objects.credentials());
        try {
            disk.writeAtomically(file, JSON.writeValueAsBytes(own));
            failed = false;
            return true;
        } catch (IOException e) {
            if (!failed) {
                failed = true;
                LOG.warn("{} cannot be written ({}): a start without the API server would know only what was written before.", file, e.toString());
            }
            return false;
        }
    }
}
