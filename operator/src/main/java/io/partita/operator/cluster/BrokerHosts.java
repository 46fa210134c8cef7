package io.partita.operator.cluster;

import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.ListenerType;
import java.util.Set;
import java.util.TreeSet;

/** The names and addresses by which clients and other brokers reach a cluster's brokers, so that a certificate can be for them. Pure functions. */
final class BrokerHosts {

    /** Kubernetes calls itself so unless somebody has chosen otherwise; who uses the long names has it in them. */
    private static final String DOMAIN = ".cluster.local";

    private BrokerHosts() {}

    /** All that are known by now: nodes and load balancers come later than certificates, which are issued anew for them. */
    static Set<String> of(Cluster cluster, int brokers, Observed observed) {
        Set<String> hosts = new TreeSet<>();
        String namespace = '.' + cluster.getMetadata().getNamespace();
        String bootstrap = ClusterLabels.bootstrapService(cluster);
        String headless = ClusterLabels.headlessService(cluster) + namespace + ".svc";
        hosts.addAll(Set.of(bootstrap, bootstrap + namespace, bootstrap + namespace + ".svc", bootstrap + namespace + ".svc" + DOMAIN));
        hosts.addAll(Set.of(headless, "*." + headless, "*." + headless + DOMAIN));
        for (ListenerSpec listener : cluster.getSpec().listeners) {
            if (listener.tls && !listener.isOf(ListenerType.Internal)) {
                for (int broker = 0; broker < brokers; broker++) {
                    String node = ClusterStatuses.hostIp(observed.pods().get(ClusterLabels.pod(cluster, broker)));
                    String address = BrokerServices.advertised(cluster, listener, broker, observed, node);
                    if (address != null) {
                        hosts.add(host(address));
                    }
                }
            }
        }
        return hosts;
    }

    /** Without the port, and without what stands around addresses of IPv6. */
    private static String host(String address) {
        String host = address.substring(0, address.lastIndexOf(':'));
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }
}
