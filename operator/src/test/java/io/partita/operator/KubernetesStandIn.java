package io.partita.operator;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatusBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * In place of the StatefulSet controller, the scheduler, the kubelets and the brokers: makes a volume claim, a ready pod and a Lease per replica, each on a node of its own,
 * takes pods away from the end, and makes those anew that somebody deletes, with the template as it is then. An image of {@link #NOWHERE} cannot be pulled.
 */
public final class KubernetesStandIn implements AutoCloseable {

    /** A registry that is not there. */
    public static final String NOWHERE = "nowhere.example/";

    private final KubernetesClient client;
    private final ExecutorService worker = Executors.newSingleThreadExecutor();
    private final Watch statefulSets;
    private final Watch services;
    private final Watch pods;

    public KubernetesStandIn(KubernetesClient client) {
        this.client = client;
        this.statefulSets = client.apps().statefulSets().inAnyNamespace().watch(new Follower<>() {
            @Override
            public void eventReceived(Action action, StatefulSet set) {
                if (action == Action.ADDED || action == Action.MODIFIED) {
                    worker.execute(() -> follow(set));
                }
            }
        });
        this.services = client.services().inAnyNamespace().watch(new Follower<>() {
            @Override
            public void eventReceived(Action action, Service service) {
                // An API server gives a port to whatever comes without one, also when the whole object is written again.
                if (action == Action.ADDED || action == Action.MODIFIED) {
                    worker.execute(() -> openNodePort(service));
                }
            }
        });
        this.pods = client.pods().inAnyNamespace().watch(new Follower<>() {
            @Override
            public void eventReceived(Action action, Pod pod) {
                if (action == Action.DELETED) {
                    String set = pod.getMetadata().getOwnerReferences().getFirst().getName();
                    worker.execute(() -> follow(
                            new StatefulSetBuilder().withNewMetadata().withName(set).withNamespace(pod.getMetadata().getNamespace()).endMetadata().build()));
                }
            }
        });
    }

    private abstract static class Follower<T> implements Watcher<T> {
        @Override
        public void onClose(WatcherException cause) {}
    }

    private void openNodePort(Service service) {
        boolean isOpen = !"NodePort".equals(service.getSpec().getType()) || service.getSpec().getPorts().getFirst().getNodePort() != null;
        if (!isOpen) {
            int port = 30000 + Math.floorMod(service.getMetadata().getName().hashCode(), 2767);
            client.resource(service).edit(it -> {
                it.getSpec().getPorts().getFirst().setNodePort(port);
                return it;
            });
        }
    }

    private void follow(StatefulSet seen) {
        // The newest one: events pile up while pods are made.
        StatefulSet set = client.resource(seen).get();
        if (set == null) {
            return;
        }
        int replicas = set.getSpec().getReplicas();
        for (int ordinal = 0; ordinal < replicas; ordinal++) {
            Pod pod = pod(set, ordinal);
            if (client.resource(pod).get() == null) {
                PersistentVolumeClaim claim = claim(set, ordinal);
                if (client.resource(claim).get() == null) {
                    client.resource(claim).create();
                }
                client.resource(lease(pod, set.getMetadata().getLabels().get("partita.io/cluster"), ordinal)).createOr(NonDeletingOperation::update);
                Pod created = client.resource(pod).create();
                created.setStatus(pod.getStatus());
                client.resource(created).updateStatus();
            }
        }
        for (int ordinal = replicas; client.resource(pod(set, ordinal)).get() != null; ordinal++) {
            client.resource(pod(set, ordinal)).delete();
        }
        if (set.getStatus() == null || !set.getMetadata().getGeneration().equals(set.getStatus().getObservedGeneration())) {
            set.setStatus(new StatefulSetStatusBuilder().withObservedGeneration(set.getMetadata().getGeneration()).withReplicas(replicas)
                    .withUpdateRevision(revision(set)).build());
            client.resource(set).updateStatus();
        }
    }

    private static String revision(StatefulSet set) {
        return Integer.toHexString(set.getSpec().getTemplate().hashCode());
    }

    private static Lease lease(Pod pod, String cluster, int ordinal) {
        return new LeaseBuilder()
                .withNewMetadata()
                .withName(pod.getMetadata().getName())
                .withNamespace(pod.getMetadata().getNamespace())
                .addToLabels("partita.io/cluster", cluster)
                .addToLabels("partita.io/broker", Integer.toString(ordinal))
                .addToAnnotations("partita.io/level", "2")
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity("process")
                .withLeaseDurationSeconds(3_600)
                .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                .endSpec()
                .build();
    }

    private static Pod pod(StatefulSet set, int ordinal) {
        String image = set.getSpec().getTemplate() == null ? "" : set.getSpec().getTemplate().getSpec().getContainers().getFirst().getImage();
        Pod pod = podThatServes(set, ordinal);
        return !image.startsWith(NOWHERE)
                ? pod
                : new PodBuilder(pod).editStatus().editFirstCondition().withStatus("False").endCondition().addNewContainerStatus().withName("broker")
                        .withNewState()
                        .withNewWaiting().withReason("ImagePullBackOff").endWaiting().endState().endContainerStatus().endStatus().build();
    }

    private static Pod podThatServes(StatefulSet set, int ordinal) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(set.getMetadata().getName() + "-" + ordinal)
                .withNamespace(set.getMetadata().getNamespace())
                .withLabels(set.getSpec().getTemplate().getMetadata().getLabels())
                .addToLabels("controller-revision-hash", revision(set))
                .withAnnotations(set.getSpec().getTemplate().getMetadata().getAnnotations())
                .addNewOwnerReference()
                .withApiVersion(set.getApiVersion())
                .withKind(set.getKind())
                .withName(set.getMetadata().getName())
                .withUid(set.getMetadata().getUid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withSpec(set.getSpec().getTemplate().getSpec())
                .editSpec()
                .withNodeName("node-" + ordinal)
                .endSpec()
                .withNewStatus()
                .withHostIP("10.0.0." + (ordinal + 1))
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build();
    }

    private static PersistentVolumeClaim claim(StatefulSet set, int ordinal) {
        PersistentVolumeClaim template = set.getSpec().getVolumeClaimTemplates().getFirst();
        return new PersistentVolumeClaimBuilder(template)
                .editMetadata()
                .withName(template.getMetadata().getName() + "-" + set.getMetadata().getName() + "-" + ordinal)
                .withNamespace(set.getMetadata().getNamespace())
                .endMetadata()
                .build();
    }

    @Override
    public void close() {
        List.of(statefulSets, services, pods).forEach(Watch::close);
        worker.shutdownNow();
    }
}
