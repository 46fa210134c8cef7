package io.partita.e2e;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeStatusBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * In place of the StatefulSet controller, the scheduler, the kubelets and kube-proxy, for one StatefulSet: makes volume claims and pods, runs their containers, asks their
 * readiness probes, starts again what ended, takes pods away from the end, and makes those anew that the operator deletes, with the template as it is then.
 */
final class PodRunner implements AutoCloseable {

    private static final long LOOK_MILLIS = 100;

    private final KubernetesClient client;
    private final String name;
    private final Map<String, String> environment;
    private final Path folder = Repository.newFolder("pods");
    private final Map<Integer, BrokerPod> pods = new TreeMap<>();
    private final Map<String, Forwarder> nodePorts = new HashMap<>();
    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("pods").factory());
    private final List<Integer> exitCodes = new ArrayList<>();
    private int starts;
    private int leastReadyWhileRolling = Integer.MAX_VALUE;

    /** @param environment what every pod has beside what its template says */
    PodRunner(KubernetesClient client, String name, Map<String, String> environment) {
        this.client = client;
        this.name = name;
        this.environment = environment;
        loop.scheduleWithFixedDelay(this::look, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void look() {
        pods.values().forEach(BrokerPod::restartIfDead);
        try {
            StatefulSet set = client.apps().statefulSets().inNamespace("default").withName(name).get();
            if (set != null) {
                follow(set);
            }
        } catch (KubernetesClientException away) {
            // Kubelets run their pods all the same.
        } catch (RuntimeException e) {
            e.printStackTrace();
        }
    }

    private void follow(StatefulSet set) {
        int replicas = set.getSpec().getReplicas();
        openNodePorts();
        for (int ordinal = 0; ordinal < replicas; ordinal++) {
            if (!pods.containsKey(ordinal) && secrets(set) != null) {
                create(set, ordinal);
            }
        }
        for (int last = pods.size() - 1; last >= replicas; last--) {
            delete(last);
        }
        Map<String, Secret> secrets = secrets(set);
        if (secrets != null) {
            pods.values().forEach(pod -> pod.mount(secrets));
        }
        List.copyOf(pods.keySet()).forEach(ordinal -> replaceIfDeleted(set, ordinal));
        int ready = 0;
        for (BrokerPod pod : pods.values()) {
            boolean isReady = pod.isReady();
            ready += isReady ? 1 : 0;
            tell(pod, isReady);
        }
        tell(set, ready);
    }

    /** The Secrets that pods mount, by their names; {@code null} as long as one of them is not there, for which a kubelet waits. */
    private Map<String, Secret> secrets(StatefulSet set) {
        Map<String, Secret> secrets = new HashMap<>();
        for (String secret : BrokerPod.secrets(set).values()) {
            Secret present = client.secrets().inNamespace("default").withName(secret).get();
            if (present == null) {
                return null;
            }
            secrets.put(secret, present);
        }
        return secrets;
    }

    private void create(StatefulSet set, int ordinal) {
        PersistentVolumeClaim template = set.getSpec().getVolumeClaimTemplates().getFirst();
        PersistentVolumeClaim claim = new PersistentVolumeClaimBuilder(template)
                .editMetadata().withName(template.getMetadata().getName() + "-" + name + "-" + ordinal).withNamespace("default").endMetadata()
                .build();
        if (client.resource(claim).get() == null) {
            // An API server calls a new claim pending; a provisioner, of which there is none, would bind it to a volume.
            PersistentVolumeClaim made = client.resource(claim).create();
            made.setStatus(new PersistentVolumeClaimStatusBuilder().withPhase("Bound").build());
            client.resource(made).updateStatus();
        }
        ConfigMap settings = client.configMaps().inNamespace("default").withName(name + "-settings").get();
        BrokerPod pod = new BrokerPod(set, ordinal, settings, made("volume-" + ordinal), made(ordinal + "-start-" + starts++), environment);
        Pod object = pod.object(false);
        makeNode(object.getSpec().getNodeName());
        Pod created = client.resource(object).create();
        created.setStatus(object.getStatus());
        client.resource(created).updateStatus();
        pod.mount(secrets(set));
        pod.start();
        pods.put(ordinal, pod);
    }

    /** A node that nobody has ever heard of would count as one that is gone. */
    private void makeNode(String node) {
        if (client.nodes().withName(node).get() == null) {
            Node made = client.resource(new NodeBuilder().withNewMetadata().withName(node).endMetadata().build()).create();
            made.setStatus(new NodeStatusBuilder().addNewCondition().withType("Ready").withStatus("True").endCondition().build());
            client.resource(made).updateStatus();
        }
    }

    private Path made(String child) {
        try {
            return Files.createDirectories(folder.resolve(child));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void delete(int ordinal) {
        BrokerPod pod = pods.remove(ordinal);
        exitCodes.add(pod.stop());
        client.pods().inNamespace("default").withName(pod.name()).withGracePeriod(0).delete();
    }

    private void tell(BrokerPod pod, boolean ready) {
        Pod object = client.pods().inNamespace("default").withName(pod.name()).get();
        Pod now = pod.object(ready);
        if (object != null && !object.getStatus().equals(now.getStatus())) {
            object.setStatus(now.getStatus());
            client.resource(object).updateStatus();
        }
    }

    private void replaceIfDeleted(StatefulSet set, int ordinal) {
        Pod object = client.pods().inNamespace("default").withName(pods.get(ordinal).name()).get();
        if (object == null || object.getMetadata().getDeletionTimestamp() != null) {
            int ready = (int) pods.entrySet().stream().filter(pod -> pod.getKey() != ordinal && pod.getValue().isReady()).count();
            leastReadyWhileRolling = Math.min(leastReadyWhileRolling, ready);
            delete(ordinal);
            create(set, ordinal);
        }
    }

    private static boolean isOf(BrokerPod pod, StatefulSet set) {
        return pod.set().getSpec().getTemplate().equals(set.getSpec().getTemplate());
    }

    private void tell(StatefulSet set, int ready) {
        String revision = BrokerPod.revision(set);
        boolean rolled = pods.values().stream().allMatch(pod -> isOf(pod, set));
        var status = set.getStatus();
        String current = rolled ? revision : "before";
        boolean same = status != null && Objects.equals(status.getReadyReplicas(), ready) && Objects.equals(status.getReplicas(), pods.size())
                && Objects.equals(status.getUpdateRevision(), revision) && Objects.equals(status.getCurrentRevision(), current)
                && Objects.equals(status.getObservedGeneration(), set.getMetadata().getGeneration());
        if (!same) {
            set.setStatus(new io.fabric8.kubernetes.api.model.apps.StatefulSetStatusBuilder()
                    .withReplicas(pods.size()).withReadyReplicas(ready).withUpdateRevision(revision).withCurrentRevision(current)
                    .withObservedGeneration(set.getMetadata().getGeneration())
                    .build());
            client.resource(set).updateStatus();
        }
    }

    private void openNodePorts() {
        List<Service> services = client.services().inNamespace("default").list().getItems();
        for (Service service : services) {
            String pod = service.getSpec().getSelector().get("statefulset.kubernetes.io/pod-name");
            var port = service.getSpec().getPorts().getFirst();
            Forwarder open = nodePorts.get(service.getMetadata().getName());
            // An API server gives a port to whatever comes without one, also when the whole object is written again.
            if ("NodePort".equals(service.getSpec().getType()) && pod != null && (open == null || port.getNodePort() == null)) {
                int ordinal = Integer.parseInt(pod.substring(pod.lastIndexOf('-') + 1));
                int nodePort = open != null ? open.port() : port.getNodePort() != null ? port.getNodePort() : 30_000 + nodePorts.size();
                if (open == null) {
                    nodePorts.put(service.getMetadata().getName(),
                            new Forwarder(BrokerPod.nodeIp(ordinal), nodePort, BrokerPod.ip(ordinal), port.getTargetPort().getIntVal()));
                }
                client.resource(service).edit(it -> {
                    it.getSpec().getPorts().getFirst().setNodePort(nodePort);
                    return it;
                });
            }
        }
    }

    /** The pod of a broker. */
    synchronized BrokerPod pod(int ordinal) {
        return pods.get(ordinal);
    }

    synchronized boolean areAllReady() {
        return pods.values().stream().allMatch(BrokerPod::isReady);
    }

    /** What the processes of pods ended with that were asked to stop. */
    synchronized List<Integer> exitCodes() {
        return List.copyOf(exitCodes);
    }

    /** How few brokers were ready while a changed template was rolled out. */
    synchronized int leastReadyWhileRolling() {
        return leastReadyWhileRolling;
    }

    @Override
    public void close() {
        loop.shutdown();
        synchronized (this) {
            pods.values().forEach(pod -> Thread.startVirtualThread(pod::stop));
            pods.values().forEach(BrokerPod::stop);
            nodePorts.values().forEach(Forwarder::close);
        }
    }
}
