package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.ListenerType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The services of a cluster, and the addresses that come of them. A field that is to be false is left out, because the API server leaves it out too. */
final class BrokerServices {

    /** Port of health and metrics. */
    static final int HTTP_PORT = 8080;
    /** Port by which brokers replicate to each other. */
    static final int REPLICATION_PORT = 9091;

    private BrokerServices() {}

    static List<Service> desired(Cluster cluster, int brokers, Observed observed) {
        List<Service> services = new ArrayList<>();
        services.add(headless(cluster));
        services.add(bootstrap(cluster, whereNoneIsReady(cluster, brokers, observed)));
        for (ListenerSpec listener : cluster.getSpec().listeners) {
            if (!listener.isOf(ListenerType.Internal)) {
                if (listener.isOf(ListenerType.NodePort)) {
                    services.add(externalBootstrap(cluster, listener, whereNoneIsReady(cluster, brokers, observed)));
                }
                for (int broker = 0; broker < brokers; broker++) {
                    services.add(external(cluster, listener, broker, isLedToUnready(cluster, broker, observed) ? Boolean.TRUE : null));
                }
            }
        }
        return services;
    }

    /** Gives every broker a host name, ready or not: others must find it while it starts. */
    private static Service headless(Cluster cluster) {
        return new ServiceBuilder()
                .withMetadata(ClusterLabels.owned(cluster, ClusterLabels.headlessService(cluster)))
                .withNewSpec()
                .withClusterIP("None")
                .withPublishNotReadyAddresses(true)
                .withSelector(ClusterLabels.selector(cluster))
                .withPorts(internalPorts(cluster))
                .addNewPort().withName("replication").withPort(REPLICATION_PORT).withNewTargetPort("replication").withProtocol("TCP").endPort()
                .endSpec()
                .build();
    }

    /**
     * Services of all brokers lead to those that are ready. When none is they lead to all the same: Kubernetes takes the readiness of every pod away whose node it
     * has not heard of, and after an outage of the API server these are all, though they serve.
     */
    private static Boolean whereNoneIsReady(Cluster cluster, int brokers, Observed observed) {
        boolean isAnyReady = IntStream.range(0, brokers).mapToObj(broker -> observed.pods().get(ClusterLabels.pod(cluster, broker)))
                .anyMatch(ClusterStatuses::isReady);
        return isAnyReady ? null : Boolean.TRUE;
    }

    /** One address for all brokers that serve, to begin with. */
    private static Service bootstrap(Cluster cluster, Boolean publishNotReady) {
        return new ServiceBuilder()
                .withMetadata(ClusterLabels.owned(cluster, ClusterLabels.bootstrapService(cluster)))
                .withNewSpec()
                .withType("ClusterIP")
                .withPublishNotReadyAddresses(publishNotReady)
                .withSelector(ClusterLabels.selector(cluster))
                .withPorts(internalPorts(cluster))
                .endSpec()
                .build();
    }

    /** One port on every node for all brokers that serve, so that clients outside need not know the brokers' own before they begin. */
    private static Service externalBootstrap(Cluster cluster, ListenerSpec listener, Boolean publishNotReady) {
        var metadata = ClusterLabels.owned(cluster, ClusterLabels.bootstrapService(cluster, listener.name));
        metadata.getLabels().put(ClusterLabels.LISTENER, listener.name);
        ServicePort port = port(listener);
        port.setNodePort(listener.bootstrapNodePort);
        return new ServiceBuilder()
                .withMetadata(metadata)
                .withNewSpec()
                .withType(listener.type)
                .withPublishNotReadyAddresses(publishNotReady)
                .withSelector(ClusterLabels.selector(cluster))
                .withPorts(port)
                .endSpec()
                .build();
    }

    /**
     * Whether the service of a broker leads to it though it is not ready: when by its own word it is there, for Kubernetes takes the readiness of every pod away whose node
     * it has not heard of. While its pod stops, and while the broker is not there, the service leads nowhere, so that who connects is refused at once instead of waiting for
     * an address that is gone or is about to be.
     */
    private static boolean isLedToUnready(Cluster cluster, int broker, Observed observed) {
        Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
        return observed.isThere(broker) && pod != null && pod.getMetadata().getDeletionTimestamp() == null;
    }

    private static Service external(Cluster cluster, ListenerSpec listener, int broker, Boolean publishNotReady) {
        var metadata = ClusterLabels.owned(cluster, ClusterLabels.brokerService(cluster, listener.name, broker));
        metadata.getLabels().put(ClusterLabels.LISTENER, listener.name);
        if (listener.annotations != null) {
            metadata.setAnnotations(listener.annotations);
        }
        var selector = ClusterLabels.selector(cluster);
        selector.put("statefulset.kubernetes.io/pod-name", ClusterLabels.pod(cluster, broker));
        ServicePort port = port(listener);
        if (listener.nodePorts != null && broker < listener.nodePorts.size() && listener.isOf(ListenerType.NodePort)) {
            port.setNodePort(listener.nodePorts.get(broker));
        }
        return new ServiceBuilder()
                .withMetadata(metadata)
                .withNewSpec()
                .withType(listener.type)
                .withPublishNotReadyAddresses(publishNotReady)
                .withSelector(selector)
                .withPorts(port)
                .endSpec()
                .build();
    }

    private static List<ServicePort> internalPorts(Cluster cluster) {
        return cluster.getSpec().listeners.stream().filter(listener -> listener.isOf(ListenerType.Internal)).map(BrokerServices::port).toList();
    }

    private static ServicePort port(ListenerSpec listener) {
        return new ServicePortBuilder().withName(listener.name).withPort(listener.port).withNewTargetPort(listener.port).withProtocol("TCP").build();
    }

    /**
     * What a broker tells clients of a listener to connect to; {@code null} while Kubernetes has not said.
     *
     * @param nodeAddress address of the broker's node for a NodePort, or what stands for it
     */
    static String advertised(Cluster cluster, ListenerSpec listener, int broker, Observed observed, String nodeAddress) {
        Service service = observed.services().get(ClusterLabels.brokerService(cluster, listener.name, broker));
        String host = listener.advertisedHost == null ? null : listener.advertisedHost.replace("{broker}", Integer.toString(broker));
        if (listener.isOf(ListenerType.Internal)) {
            return host(cluster, broker) + ":" + listener.port;
        }
        if (listener.isOf(ListenerType.NodePort)) {
            Integer port = service == null || service.getSpec().getPorts().isEmpty() ? null : service.getSpec().getPorts().getFirst().getNodePort();
            String node = host != null ? host : nodeAddress;
            return port == null || port == 0 || node == null ? null : node + ":" + port;
        }
        String address = host != null ? host : listener.isOf(ListenerType.LoadBalancer) ? assigned(service) : null;
        return address == null ? null : address + ":" + listener.port;
    }

    /** The name that a broker has within Kubernetes, ready or not. */
    static String host(Cluster cluster, int broker) {
        return ClusterLabels.pod(cluster, broker) + "." + ClusterLabels.headlessService(cluster) + "." + cluster.getMetadata().getNamespace() + ".svc";
    }

    /** The port that Kubernetes opened on the nodes, {@code null} while there is none. */
    static Integer nodePort(Service service) {
        Integer port = service == null || service.getSpec().getPorts().isEmpty() ? null : service.getSpec().getPorts().getFirst().getNodePort();
        return port == null || port == 0 ? null : port;
    }

    private static String assigned(Service service) {
        if (service == null || service.getStatus() == null || service.getStatus().getLoadBalancer() == null
                || service.getStatus().getLoadBalancer().getIngress() == null || service.getStatus().getLoadBalancer().getIngress().isEmpty()) {
            return null;
        }
        LoadBalancerIngress ingress = service.getStatus().getLoadBalancer().getIngress().getFirst();
        return ingress.getHostname() != null ? ingress.getHostname() : ingress.getIp();
    }

    /** Addresses for bootstrap.servers, separated by commas; empty while there are none. */
    static String bootstrapServers(Cluster cluster, ListenerSpec listener, int brokers, Observed observed) {
        if (listener.isOf(ListenerType.Internal)) {
            return ClusterLabels.bootstrapService(cluster) + "." + cluster.getMetadata().getNamespace() + ".svc:" + listener.port;
        }
        List<String> addresses = new ArrayList<>();
        for (int broker = 0; broker < brokers; broker++) {
            Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
            String address = advertised(cluster, listener, broker, observed, ClusterStatuses.hostIp(pod));
            if (address != null) {
                addresses.add(address);
            }
        }
        return String.join(",", addresses);
    }
}
