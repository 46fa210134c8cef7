package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.partita.crds.Cluster;
import io.partita.crds.User;
import java.util.Map;
import java.util.TreeMap;

/** Names, labels and owners of the objects of a cluster. */
final class ClusterLabels {

    static final String CLUSTER = "partita.io/cluster";
    static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    static final String OPERATOR = "partita-operator";
    /** Selects everything the operator made. */
    static final String MANAGED_SELECTOR = MANAGED_BY + "=" + OPERATOR;
    /** On volume claims: the id of the cluster whose data they hold. They may outlive it. */
    static final String CLUSTER_ID = "partita.io/cluster-id";
    /** On services of one broker for clients outside: the name of their listener. */
    static final String LISTENER = "partita.io/listener";

    private ClusterLabels() {}

    static Map<String, String> of(Cluster cluster) {
        Map<String, String> labels = selector(cluster);
        labels.put(MANAGED_BY, OPERATOR);
        return labels;
    }

    /** Labels of the brokers' pods that never change. */
    static Map<String, String> selector(Cluster cluster) {
        Map<String, String> labels = new TreeMap<>();
        labels.put("app.kubernetes.io/name", "partita");
        labels.put("app.kubernetes.io/component", "broker");
        labels.put(CLUSTER, name(cluster));
        return labels;
    }

    /** Metadata of an object that goes when the cluster goes. */
    static ObjectMeta owned(Cluster cluster, String name) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(cluster.getMetadata().getNamespace())
                .withLabels(of(cluster))
                .addNewOwnerReference()
                .withApiVersion(cluster.getApiVersion())
                .withKind(cluster.getKind())
                .withName(name(cluster))
                .withUid(cluster.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(false)
                .endOwnerReference()
                .build();
    }

    static String name(Cluster cluster) {
        return cluster.getMetadata().getName();
    }

    /** The cluster an object belongs to, {@code null} for none of ours. */
    static String clusterOf(HasMetadata object) {
        return object.getMetadata().getLabels() == null ? null : object.getMetadata().getLabels().get(CLUSTER);
    }

    static String headlessService(Cluster cluster) {
        return name(cluster) + "-brokers";
    }

    static String bootstrapService(Cluster cluster) {
        return name(cluster) + "-bootstrap";
    }

    /** The service of a listener for clients outside that leads to whichever broker serves. */
    static String bootstrapService(Cluster cluster, String listener) {
        return bootstrapService(cluster) + "-" + listener;
    }

    static String pod(Cluster cluster, int broker) {
        return name(cluster) + "-" + broker;
    }

    static String volume(Cluster cluster, int broker) {
        return BrokerStatefulSet.DATA + "-" + pod(cluster, broker);
    }

    static String brokerService(Cluster cluster, String listener, int broker) {
        return pod(cluster, broker) + "-" + listener;
    }

    static String account(Cluster cluster) {
        return name(cluster) + "-broker";
    }

    static String settings(Cluster cluster) {
        return name(cluster) + "-settings";
    }

    /** The Secret with the key of the authority that vouches for brokers. Nobody needs it but the operator. */
    static String brokersAuthority(Cluster cluster) {
        return name(cluster) + "-cluster-ca";
    }

    /** The Secret with whom clients are to trust. */
    static String brokersAuthorityTrust(Cluster cluster) {
        return brokersAuthority(cluster) + "-cert";
    }

    /** The Secret with the certificate that brokers show, where the operator issues it. */
    static String brokersCertificate(Cluster cluster) {
        return name(cluster) + "-broker-tls";
    }

    /** The Secret with whom brokers trust of their clients. */
    static String clientsAuthorityTrust(Cluster cluster) {
        return User.authorityOf(name(cluster)) + "-cert";
    }
}
