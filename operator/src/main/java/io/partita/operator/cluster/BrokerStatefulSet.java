package io.partita.operator.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.PodAffinityTermBuilder;
import io.fabric8.kubernetes.api.model.PodAntiAffinity;
import io.fabric8.kubernetes.api.model.PodAntiAffinityBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.fabric8.kubernetes.api.model.WeightedPodAffinityTerm;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.Deletion;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.ListenerType;
import io.partita.crds.ClusterSpec.NodeSpread;
import io.partita.crds.ClusterSpec;
import io.partita.crds.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The brokers. Pods start side by side; a change of the template is taken by one after the other, which {@link BrokerRoll} decides.
 */
final class BrokerStatefulSet {

    static final String CONTAINER = "broker";
    /** Where the volume is. */
    static final String DATA_PATH = "/var/lib/partita";
    static final String RESTART_HASH = "partita.io/restart-hash";

    /** On a Cluster, whatever its value: a new one restarts the brokers one after the other. On pods: the value they have. */
    static final String RESTART = "partita.io/restart";

    /** On the StatefulSet: whether its brokers encrypt what they send each other, which cannot change while they run. */
    static final String ENCRYPTED = "partita.io/encrypted-replication";

    private static final int READY_SECONDS = 1;
    private static final int READY_FAILURES = 2;
    private static final long HANGING_SECONDS = 5;
    /**
     * A broker with clients outside serves on for so long after its pod has begun to stop: until the operator has closed the way there ({@link BrokerServices}) and no node
     * sends connections to it any more. Else clients that connect anew when it closes are sent to an address that is gone, and wait there for an answer until their own time
     * is up, 10 s or 30 s by default.
     */
    private static final int DRAIN_SECONDS = 5;

    static final String DATA = "data";
    private static final String SETTINGS = "settings";
    private static final String TEMPORARY = "tmp";
    private static final String CERTIFICATES = "certificates";
    private static final String CLIENTS = "clients";
    /** 0440: the group is that of the brokers. */
    private static final int READABLE_BY_GROUP = 288;
    private static final String SETTINGS_PATH = "/etc/partita/settings";
    private static final String HOST_NAME_KEY = "kubernetes.io/hostname";
    /** The most that there is. */
    private static final int APART_WEIGHT = 100;
    /** Heap of a broker of which is not said how much memory it has. */
    private static final long HEAP_DEFAULT_MEBIBYTES = 512;
    private static final long HEAP_MIN_MEBIBYTES = 64;
    /** As in the image. */
    private static final long HEAP_PERCENT = 30;
    /** User of the image. */
    private static final long USER = 10001;
    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

    private BrokerStatefulSet() {}

    static StatefulSet desired(Cluster cluster, int brokers, Observed observed, String defaultImage) {
        ClusterSpec spec = cluster.getSpec();
        PodTemplateSpec template = template(cluster, defaultImage);
        return new StatefulSetBuilder()
                .withMetadata(ClusterLabels.owned(cluster, ClusterLabels.name(cluster)))
                .editMetadata()
                .addToAnnotations(ENCRYPTED, Boolean.toString(BrokerSecurity.encryptsReplication(cluster)))
                .addToAnnotations(RollMemory.TEMPLATE, RollMemory.template(template))
                .endMetadata()
                .withNewSpec()
                .withReplicas(brokers)
                .withServiceName(ClusterLabels.headlessService(cluster))
                .withPodManagementPolicy("Parallel")
                .withNewUpdateStrategy()
                .withType("OnDelete")
                .endUpdateStrategy()
                .withNewPersistentVolumeClaimRetentionPolicy()
                .withWhenDeleted(spec.storage.isOnDelete(Deletion.Delete) ? "Delete" : "Retain")
                .withWhenScaled("Retain")
                .endPersistentVolumeClaimRetentionPolicy()
                .withNewSelector()
                .withMatchLabels(ClusterLabels.selector(cluster))
                .endSelector()
                .withTemplate(template)
                .withVolumeClaimTemplates(volume(cluster, observed.statefulSet()))
                .endSpec()
                .build();
    }

    /** What of the spec makes no pods, {@code null} when all does. Only the shape is looked at: names and values are known to Kubernetes alone. */
    static Problem problem(Cluster cluster) {
        try {
            template(cluster, "");
        } catch (IllegalArgumentException e) {
            return PodTemplateRules.shape(e);
        }
        return ResourceRules.problem(cluster.getSpec().resources);
    }

    private static PodTemplateSpec template(Cluster cluster, String defaultImage) {
        PodTemplateSpec ours = new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(ClusterLabels.of(cluster))
                .withAnnotations(annotations(cluster))
                .endMetadata()
                .withSpec(podSpec(cluster, defaultImage).build())
                .build();
        if (cluster.getSpec().podTemplate == null) {
            return ours;
        }
        ObjectNode merged = PodTemplates.overlay(SERIALIZATION.convertValue(ours, ObjectNode.class), cluster.getSpec().podTemplate);
        // What selects pods, and what restarts them, is not for users to change.
        return new PodTemplateSpecBuilder(SERIALIZATION.convertValue(merged, PodTemplateSpec.class))
                .editOrNewMetadata()
                .addToLabels(ClusterLabels.of(cluster))
                .addToAnnotations(annotations(cluster))
                .endMetadata()
                .build();
    }

    private static Map<String, String> annotations(Cluster cluster) {
        Map<String, String> annotations = new TreeMap<>();
        annotations.put(RESTART_HASH, BrokerSettingsMap.restartHash(cluster));
        String restart = cluster.getMetadata().getAnnotations() == null ? null : cluster.getMetadata().getAnnotations().get(RESTART);
        if (restart != null) {
            annotations.put(RESTART, restart);
        }
        return annotations;
    }

    private static PodSpecBuilder podSpec(Cluster cluster, String defaultImage) {
        PodSpecBuilder pod = plainPodSpec(cluster, defaultImage);
        addSecret(pod, CERTIFICATES, BrokerSecurity.certificateSecret(cluster));
        addSecret(pod, CLIENTS, BrokerSecurity.clientsTrustSecret(cluster));
        return pod;
    }

    private static void addSecret(PodSpecBuilder pod, String volume, String secret) {
        if (secret != null) {
            pod.addNewVolume().withName(volume).withNewSecret().withSecretName(secret).withDefaultMode(READABLE_BY_GROUP).endSecret().endVolume();
        }
    }

    private static PodSpecBuilder plainPodSpec(Cluster cluster, String defaultImage) {
        ClusterSpec spec = cluster.getSpec();
        return new PodSpecBuilder()
                .withServiceAccountName(ClusterLabels.account(cluster))
                .withTerminationGracePeriodSeconds((long) spec.terminationGracePeriodSeconds)
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(USER)
                .withFsGroup(USER)
                .withFsGroupChangePolicy("OnRootMismatch")
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withTopologySpreadConstraints(spreadOverNodes(cluster))
                .withAffinity(new AffinityBuilder().withPodAntiAffinity(apart(cluster)).build())
                .withContainers(container(cluster, defaultImage))
                .addNewVolume()
                .withName(SETTINGS)
                .withNewConfigMap()
                .withName(ClusterLabels.settings(cluster))
                .endConfigMap()
                .endVolume()
                .addNewVolume()
                .withName(TEMPORARY)
                .withNewEmptyDir()
                .endEmptyDir()
                .endVolume();
    }

    private static TopologySpreadConstraint spreadOverNodes(Cluster cluster) {
        return new TopologySpreadConstraintBuilder()
                .withMaxSkew(1)
                .withTopologyKey(HOST_NAME_KEY)
                .withWhenUnsatisfiable("ScheduleAnyway")
                .withLabelSelector(brokers(cluster))
                .build();
    }

    /**
     * Over zones brokers spread by affinity and not by a constraint like that for nodes: the scheduler leaves a node that lacks the label of one constraint out of the
     * reckoning of all. Where nodes have no zones they would not count as nodes either, and where some have they would get all brokers.
     */
    private static PodAntiAffinity apart(Cluster cluster) {
        ClusterSpec spec = cluster.getSpec();
        PodAntiAffinityBuilder apart = new PodAntiAffinityBuilder()
                .withPreferredDuringSchedulingIgnoredDuringExecution(new WeightedPodAffinityTerm(brokersBy(cluster, spec.zoneKey), APART_WEIGHT));
        if (spec.isNodeSpread(NodeSpread.Required)) {
            apart.withRequiredDuringSchedulingIgnoredDuringExecution(brokersBy(cluster, HOST_NAME_KEY));
        }
        return apart.build();
    }

    private static PodAffinityTerm brokersBy(Cluster cluster, String key) {
        return new PodAffinityTermBuilder().withTopologyKey(key).withLabelSelector(brokers(cluster)).build();
    }

    private static LabelSelector brokers(Cluster cluster) {
        return new LabelSelectorBuilder().withMatchLabels(ClusterLabels.selector(cluster)).build();
    }

    private static Container container(Cluster cluster, String defaultImage) {
        ContainerBuilder container = plainContainer(cluster, defaultImage);
        if (BrokerSecurity.certificateSecret(cluster) != null) {
            container.addNewVolumeMount().withName(CERTIFICATES).withMountPath(BrokerSecurity.CERTIFICATES_PATH).withReadOnly(true).endVolumeMount();
        }
        if (BrokerSecurity.clientsTrustSecret(cluster) != null) {
            container.addNewVolumeMount().withName(CLIENTS).withMountPath(BrokerSecurity.CLIENTS_PATH).withReadOnly(true).endVolumeMount();
        }
        return container.build();
    }

    private static ContainerBuilder plainContainer(Cluster cluster, String defaultImage) {
        ClusterSpec spec = cluster.getSpec();
        return new ContainerBuilder()
                .withName(CONTAINER)
                .withImage(spec.image != null ? spec.image : defaultImage)
                .withImagePullPolicy("IfNotPresent")
                .withArgs(jvmOptions(spec))
                .withEnv(environment(cluster))
                .withPorts(ports(spec))
                .withResources(spec.resources)
                // Who hangs does not stop in order, and need not be waited for.
                // Liveness asks whether the event loops move, and nobody else: it must not kill brokers because the API server is away. At the start it is asked the same,
                // with patience: a JVM on a busy node takes its time. How long the logs take is nobody's business but that of readiness.
                .withStartupProbe(probe("/health/live", 2, 150))
                .withLivenessProbe(new ProbeBuilder(probe("/health/live", 10, 6)).withTerminationGracePeriodSeconds(HANGING_SECONDS).build())
                .withReadinessProbe(probe("/health/ready", READY_SECONDS, READY_FAILURES))
                // The last lines of the log of a container that failed become its message, and so the condition's.
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .addNewVolumeMount()
                .withName(DATA)
                .withMountPath(DATA_PATH)
                .endVolumeMount()
                .addNewVolumeMount()
                .withName(SETTINGS)
                .withMountPath(SETTINGS_PATH)
                .withReadOnly(true)
                .endVolumeMount()
                .addNewVolumeMount()
                .withName(TEMPORARY)
                .withMountPath("/tmp")
                .endVolumeMount();
    }

    /**
     * Options of the JVM, the user's last, so that they win. The image's heap is a share of the container's limit; where there is none that would be a share of whatever node it
     * gets, so then it is the same share of what is requested, or a fixed size.
     */
    private static List<String> jvmOptions(ClusterSpec spec) {
        List<String> options = new ArrayList<>();
        Quantity limit = memory(spec.resources == null ? null : spec.resources.getLimits());
        Quantity request = memory(spec.resources == null ? null : spec.resources.getRequests());
        if (limit == null) {
            long mebibytes = request == null
                    ? HEAP_DEFAULT_MEBIBYTES
                    : Math.max(HEAP_MIN_MEBIBYTES, request.getNumericalAmount().longValue() * HEAP_PERCENT / 100 >> 20);
            options.add("-Xmx" + mebibytes + "m");
        }
        options.addAll(spec.jvmOptions);
        return options;
    }

    private static Quantity memory(Map<String, Quantity> quantities) {
        return quantities == null ? null : quantities.get("memory");
    }

    private static List<EnvVar> environment(Cluster cluster) {
        List<EnvVar> variables = new ArrayList<>();
        variables.add(fromField("POD_NAME", "metadata.name"));
        variables.add(fromField("POD_NAMESPACE", "metadata.namespace"));
        variables.add(fromField("HOST_IP", "status.hostIP"));
        variables.add(new EnvVarBuilder().withName("QUARKUS_CONFIG_LOCATIONS").withValue(SETTINGS_PATH + "/$(POD_NAME).properties").build());
        variables.add(new EnvVarBuilder().withName("PARTITA_KUBERNETES_CLUSTER").withValue(ClusterLabels.name(cluster)).build());
        variables.add(new EnvVarBuilder().withName("PARTITA_KUBERNETES_NAMESPACE").withValue("$(POD_NAMESPACE)").build());
        if (cluster.getSpec().listeners.stream().anyMatch(listener -> !listener.isOf(ListenerType.Internal))) {
            variables.add(new EnvVarBuilder().withName("QUARKUS_SHUTDOWN_DELAY").withValue(DRAIN_SECONDS + "S").build());
        }
        return variables;
    }

    private static EnvVar fromField(String name, String field) {
        return new EnvVarBuilder().withName(name).withNewValueFrom().withNewFieldRef().withFieldPath(field).endFieldRef().endValueFrom().build();
    }

    private static List<ContainerPort> ports(ClusterSpec spec) {
        List<ContainerPort> ports = new ArrayList<>();
        for (ListenerSpec listener : spec.listeners) {
            ports.add(new ContainerPortBuilder().withName(listener.name).withContainerPort(listener.port).withProtocol("TCP").build());
        }
        ports.add(new ContainerPortBuilder().withName("replication").withContainerPort(BrokerServices.REPLICATION_PORT).withProtocol("TCP").build());
        ports.add(new ContainerPortBuilder().withName("http").withContainerPort(BrokerServices.HTTP_PORT).withProtocol("TCP").build());
        return ports;
    }

    private static Probe probe(String path, int period, int failures) {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath(path)
                .withNewPort("http")
                .endHttpGet()
                .withPeriodSeconds(period)
                .withTimeoutSeconds(3)
                .withFailureThreshold(failures)
                .build();
    }

    /** The template of the volumes cannot change once it is there; volumes grow one by one ({@link BrokerVolumes}). */
    private static PersistentVolumeClaim volume(Cluster cluster, StatefulSet present) {
        boolean isNew = present == null || present.getSpec().getVolumeClaimTemplates().isEmpty();
        PersistentVolumeClaim template = isNew ? null : present.getSpec().getVolumeClaimTemplates().getFirst();
        Quantity size = isNew ? Quantity.parse(cluster.getSpec().storage.size) : BrokerVolumes.size(template);
        Map<String, String> labels = isNew ? BrokerVolumes.labels(cluster) : template.getMetadata().getLabels();
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(DATA)
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName(cluster.getSpec().storage.storageClass)
                .withNewResources()
                .withRequests(Map.of("storage", size))
                .endResources()
                .endSpec()
                .build();
    }
}
