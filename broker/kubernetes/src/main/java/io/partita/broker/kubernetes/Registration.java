package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.BrokerImage.Endpoint;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterStatus;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How a broker says that it is there: a Lease, held by one run of its process, that carries what clients connect to. So every broker knows the
 * addresses of all, external ones included, from those who know them best.
 */
final class Registration {

    static final String CLUSTER_LABEL = "partita.io/cluster";
    static final String BROKER_LABEL = "partita.io/broker";
    static final String ENDPOINTS = "partita.io/endpoints";
    /** Annotation: the newest forms of objects that the process reads. */
    static final String LEVEL = "partita.io/level";
    /** Annotation: the name of the process's logs. */
    static final String LOGS = "partita.io/logs";
    /** Annotation: the process stops, and is not to be elected any more. */
    static final String LEAVING = "partita.io/leaving";

    /** Annotation: the disks of the broker lack space or fail, so that it had better not be given leaderships; "false" when that is over. */
    static final String HINDERED = "partita.io/hindered";

    /** Annotation: which certificates its listeners show and trust. */
    static final String KEYS = "partita.io/keys";

    /** Annotation: the process began with empty data directories. */
    static final String NEW = "partita.io/new";

    private Registration() {}

    static String name(String cluster, int broker) {
        return cluster + "-" + broker;
    }

    /** Addresses as a Lease carries them. */
    static String text(List<Endpoint> endpoints) {
        return endpoints.stream().map(endpoint -> endpoint.listener() + "://" + endpoint.host() + ":" + endpoint.port()).collect(Collectors.joining(","));
    }

    /** The Lease of a process that just started. */
    static Lease lease(Cluster cluster, BrokerImage self, String process, String logs, Duration duration, ZonedDateTime now) {
        return new LeaseBuilder()
                .withNewMetadata()
                .withName(name(cluster.getMetadata().getName(), self.id()))
                .withNamespace(cluster.getMetadata().getNamespace())
                .withLabels(Map.of(CLUSTER_LABEL, cluster.getMetadata().getName(), BROKER_LABEL, Integer.toString(self.id())))
                .withAnnotations(new TreeMap<>(Map.of(ENDPOINTS, text(self.endpoints()), LEVEL, Integer.toString(ClusterStatus.LEVEL_MOVES), LOGS, logs)))
                .addNewOwnerReference()
                .withApiVersion(cluster.getApiVersion())
                .withKind(cluster.getKind())
                .withName(cluster.getMetadata().getName())
                .withUid(cluster.getMetadata().getUid())
                .endOwnerReference()
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity(process)
                .withLeaseDurationSeconds((int) duration.toSeconds())
                .withAcquireTime(now)
                .withRenewTime(now)
                .endSpec()
                .build();
    }

    /** Whether a Lease is that of a broker of this cluster, rather than somebody else's with the same name. */
    static boolean isOf(Lease lease, String cluster) {
        return lease.getMetadata().getLabels() != null && cluster.equals(lease.getMetadata().getLabels().get(CLUSTER_LABEL));
    }

    /** Whether two Leases belong to one Cluster, whatever their labels say. */
    static boolean haveSameOwner(Lease one, Lease other) {
        Set<String> owners = other.getMetadata().getOwnerReferences().stream().map(OwnerReference::getUid).collect(Collectors.toSet());
        return one.getMetadata().getOwnerReferences().stream().anyMatch(owner -> owners.contains(owner.getUid()));
    }

    /** The process that holds a Lease, {@code null} when it was given up. */
    static String holder(Lease lease) {
        String holder = lease.getSpec() == null ? null : lease.getSpec().getHolderIdentity();
        return holder == null || holder.isEmpty() ? null : holder;
    }

    /** The newest forms of objects that the broker reads. */
    static int level(Lease lease) {
        Map<String, String> annotations = lease.getMetadata().getAnnotations();
        return annotations == null ? 0 : Math.max(0, number(annotations.get(LEVEL)));
    }

    /** The name of the broker's logs, "-" when it does not say. */
    static String logs(Lease lease) {
        Map<String, String> annotations = lease.getMetadata().getAnnotations();
        return annotations == null ? "-" : annotations.getOrDefault(LOGS, "-");
    }

    /** Whether the broker stops. */
    static boolean isLeaving(Lease lease) {
        Map<String, String> annotations = lease.getMetadata().getAnnotations();
        return annotations != null && annotations.containsKey(LEAVING);
    }

    /** Whether the broker's disks lack space or fail. */
    static boolean isHindered(Lease lease) {
        Map<String, String> annotations = lease.getMetadata().getAnnotations();
        return annotations != null && Boolean.parseBoolean(annotations.get(HINDERED));
    }

    /** Whether the broker began without any data. */
    static boolean isNew(Lease lease) {
        Map<String, String> annotations = lease.getMetadata().getAnnotations();
        return annotations != null && annotations.containsKey(NEW);
    }

    /** How many processes took a Lease over from another one. */
    static int transitions(Lease lease) {
        Integer transitions = lease.getSpec() == null ? null : lease.getSpec().getLeaseTransitions();
        return transitions == null ? 0 : transitions;
    }

    /** Whether two states of a Lease differ at most in when it was renewed. */
    static boolean saysTheSame(Lease before, Lease after) {
        return Objects.equals(holder(before), holder(after))
                && Objects.equals(before.getMetadata().getAnnotations(), after.getMetadata().getAnnotations())
                && Objects.equals(before.getMetadata().getLabels(), after.getMetadata().getLabels());
    }

    /** The broker a Lease stands for; {@code null} for other leases, those that were given up, and for brokers the cluster no longer has. */
    static BrokerImage broker(Lease lease, Cluster cluster) {
        Map<String, String> labels = lease.getMetadata().getLabels();
        Map<String, String> annotations = lease.getMetadata().getAnnotations();
        if (holder(lease) == null || labels == null || annotations == null || !isOwned(lease, cluster)) {
            return null;
        }
        int id = number(labels.get(BROKER_LABEL));
        if (!name(cluster.getMetadata().getName(), id).equals(lease.getMetadata().getName())) {
            return null;
        }
        int brokers = Math.max(cluster.getSpec().brokers, cluster.getStatus() == null ? 0 : cluster.getStatus().brokers.size());
        if (id < 0 || id >= brokers || annotations.get(ENDPOINTS) == null) {
            return null;
        }
        List<Endpoint> endpoints = new ArrayList<>();
        for (String text : annotations.get(ENDPOINTS).split(",")) {
            int scheme = text.indexOf("://");
            int colon = text.lastIndexOf(':');
            int port = colon > scheme ? number(text.substring(colon + 1)) : -1;
            if (scheme > 0 && colon >= scheme + 3 && port > 0 && port < 65_536) {
                endpoints.add(new Endpoint(text.substring(0, scheme), text.substring(scheme + 3, colon), port));
            }
        }
        return new BrokerImage(id, endpoints, null);
    }

    /** Whether a Lease is of this very Cluster: not of one before it with the same name, whose brokers are gone, nor of anybody who has put a label on it. */
    private static boolean isOwned(Lease lease, Cluster cluster) {
        String uid = cluster.getMetadata().getUid();
        return isOf(lease, cluster.getMetadata().getName())
                && lease.getMetadata().getOwnerReferences().stream().anyMatch(owner -> uid != null && uid.equals(owner.getUid()));
    }

    private static int number(String text) {
        try {
            return text == null ? -1 : Integer.parseInt(text);
        } catch (NumberFormatException notANumber) {
            return -1;
        }
    }
}
