package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.partita.broker.metadata.BrokerImage;
import io.partita.crds.Cluster;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of a process into its cluster: it lists the objects, sees whether the Cluster is its own, and registers. What was listed is kept and watched for the next attempt,
 * so that only what failed is done again. Attempts are made by one thread at a time; {@link #close} may come from any.
 */
final class Joining implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);

    private static final BackOff BACK_OFF = new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(10));

    private final Supplier<ObjectCache> lists;
    private final Membership membership;
    private final String clusterName;
    private final String namespace;
    private final String clusterId;
    private final String data;
    private final String logs;

    private ObjectCache listed;
    private boolean closed;
    private int failures;
    /** Why it failed last, so that it is said once. */
    private String said;

    /**
     * @param lists lists and watches everything
     * @param clusterId the cluster that the broker's data is of
     * @param data where that is, for people
     * @param logs the name of the broker's logs
     */
    Joining(Supplier<ObjectCache> lists, Membership membership, String namespace, String clusterName, String clusterId, String data, String logs) {
        this.lists = lists;
        this.membership = membership;
        this.namespace = namespace;
        this.clusterName = clusterName;
        this.clusterId = clusterId;
        this.data = data;
        this.logs = logs;
    }

    /**
     * One attempt.
     *
     * @return what is watched from now on; it is the caller's
     * @throws KubernetesClientException when the API server does not answer or does not let it
     * @throws IllegalStateException when it is not the cluster that this broker's data is of, or somebody has its place
     */
    ObjectCache attempt(BrokerImage self, String process) {
        ObjectCache objects = objects();
        membership.join(checked(objects.objects().cluster()), self, process, logs);
        synchronized (this) {
            listed = null;
        }
        return objects;
    }

    private ObjectCache objects() {
        synchronized (this) {
            if (listed != null) {
                return listed;
            }
        }
        ObjectCache fresh = lists.get();
        synchronized (this) {
            listed = fresh;
            if (closed) {
                close();
                throw new CancellationException("the metadata store is closed, because the broker is stopping");
            }
        }
        return fresh;
    }

    private Cluster checked(Cluster cluster) {
        if (cluster == null) {
            throw new IllegalStateException(
                    "There is no Cluster '" + clusterName + "' in namespace " + namespace + ": create it, or start the broker of another.");
        }
        if (!cluster.id().equals(clusterId)) {
            throw new IllegalStateException(
                    "The data directory " + data + " belongs to cluster " + clusterId + ", but Cluster '" + clusterName
                            + "' of namespace " + namespace + " is " + cluster.id() + ": use the right directory, or an empty one.");
        }
        return cluster;
    }

    /**
     * Says why an attempt failed, if that is new.
     *
     * @param meanwhile what is done until it succeeds
     * @return when the next one is to be made
     */
    Duration failed(RuntimeException failure, String meanwhile) {
        String reason = failure instanceof KubernetesClientException away ? ObjectWrites.reason(away) : failure.getMessage();
        if (!Objects.equals(reason, said)) {
            said = reason;
            if (failure instanceof KubernetesClientException) {
                LOG.warn("The API server of Kubernetes does not let this broker join cluster '{}' of namespace {} ({}): {}.", clusterName, namespace, reason,
                        meanwhile);
            } else {
                LOG.error("This broker cannot join cluster '{}' of namespace {}: {} {}.", clusterName, namespace, reason, meanwhile);
            }
        }
        return BACK_OFF.after(++failures);
    }

    /** Lets go of what was listed for an attempt to come. */
    @Override
    public synchronized void close() {
        closed = true;
        if (listed != null) {
            listed.close();
            listed = null;
        }
    }
}
