package io.partita.operator.cluster;

import static io.partita.operator.cluster.ClusterSamples.IMAGE;
import static io.partita.operator.cluster.ClusterSamples.cluster;
import static io.partita.operator.cluster.ClusterSamples.external;
import static io.partita.operator.cluster.ClusterSamples.seen;
import static io.partita.operator.cluster.ClusterSamples.statefulSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.Deletion;
import io.partita.crds.ClusterSpec.ListenerType;
import io.partita.crds.ClusterSpec.NodeSpread;
import io.partita.crds.Problem;
import io.partita.operator.cluster.Observed.Sign;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClusterPlanTest {

    @Test
    void aClusterIsMadeOfTheseObjects() {
        // When
        ClusterPlan plan = plan(cluster(3), Observed.nothing());
        // Then
        assertEquals(
                List.of("ServiceAccount/main-broker", "Role/main-broker", "RoleBinding/main-broker", "Service/main-brokers", "Service/main-bootstrap",
                        "ConfigMap/main-settings", "PodDisruptionBudget/main", "StatefulSet/main"),
                plan.objects().stream().map(object -> object.getKind() + "/" + object.getMetadata().getName()).toList());
        for (HasMetadata object : plan.objects()) {
            assertEquals("u-1", object.getMetadata().getOwnerReferences().getFirst().getUid());
            assertEquals("shop", object.getMetadata().getNamespace());
        }
        assertNull(plan.problem());
    }

    @Test
    void podsFollowTheRestrictedStandard() {
        // When
        var pod = statefulSet(plan(cluster(1), Observed.nothing())).getSpec().getTemplate().getSpec();
        // Then
        assertTrue(pod.getSecurityContext().getRunAsNonRoot());
        assertEquals("RuntimeDefault", pod.getSecurityContext().getSeccompProfile().getType());
        var container = pod.getContainers().getFirst().getSecurityContext();
        assertTrue(container.getReadOnlyRootFilesystem());
        assertFalse(container.getAllowPrivilegeEscalation());
        assertEquals(List.of("ALL"), container.getCapabilities().getDrop());
    }

    @Test
    void aStartMayTakeAsLongAsTheLogsNeed() {
        // When
        var set = statefulSet(plan(cluster(1), Observed.nothing()));
        var container = set.getSpec().getTemplate().getSpec().getContainers().getFirst();
        // Then no probe that ends containers asks whether the broker serves yet
        assertEquals("/health/live", container.getStartupProbe().getHttpGet().getPath());
        assertEquals("/health/live", container.getLivenessProbe().getHttpGet().getPath());
        assertEquals(5, container.getLivenessProbe().getTerminationGracePeriodSeconds(), "who hangs does not stop in order");
        assertEquals("/health/ready", container.getReadinessProbe().getHttpGet().getPath());
        assertEquals("OnDelete", set.getSpec().getUpdateStrategy().getType());
    }

    @Test
    void brokersKnowTheirNumberAndTheirAddress() {
        // When
        ConfigMap settings = find(plan(cluster(2), Observed.nothing()), ConfigMap.class);
        // Then
        String second = settings.getData().get("main-1.properties");
        assertTrue(second.contains("kafka.node.id=1\n"), second);
        assertTrue(second.contains("kafka.cluster.id=u-1\n"), second);
        assertTrue(second.contains("kafka.listeners=PLAIN://:9092\n"), second);
        assertTrue(second.contains("kafka.advertised.listeners=PLAIN://main-1.main-brokers.shop.svc:9092\n"), second);
    }

    @Test
    void aSettingThatNeedsARestartRestartsButMoreBrokersDoNot() {
        // Given
        Cluster cluster = cluster(1);
        String before = hash(cluster);
        // When
        cluster.getSpec().brokers = 5;
        String scaled = hash(cluster);
        cluster.getSpec().config.put("num.network.threads", "4");
        // Then
        assertEquals(before, scaled);
        assertNotEquals(before, hash(cluster));
    }

    @Test
    void aSettingThatAppliesAtOnceDoesNotRestart() {
        // Given
        Cluster cluster = cluster(1);
        String before = hash(cluster);
        // When
        cluster.getSpec().config.put("log.retention.ms", "86400000");
        // Then
        assertEquals(before, hash(cluster));
    }

    @Test
    void unknownAndOwnSettingsAreRefusedAndChangeNothing() {
        for (String[] setting : new String[][] {{"log.retention.hous", "1"}, {"node.id", "7"}, {"num.partitions", "many"}, {"broker.rack", "a"}}) {
            // Given
            Cluster cluster = cluster(1);
            cluster.getSpec().config.put(setting[0], setting[1]);
            // When
            ClusterPlan plan = plan(cluster, Observed.nothing());
            // Then
            assertEquals("InvalidConfig", plan.problem().reason());
            assertTrue(plan.problem().message().contains(setting[0]), plan.problem().message());
            assertEquals(List.of(), plan.objects());
        }
    }

    @Test
    void nodePortsAdvertiseTheNodeAndTheirPort() {
        // Given
        Cluster cluster = cluster(2);
        cluster.getSpec().listeners.add(external(ListenerType.NodePort));
        // When
        ClusterPlan first = plan(cluster, Observed.nothing());
        Map<String, Service> services = services(first);
        services.get("main-0-external").getSpec().getPorts().getFirst().setNodePort(31000);
        services.get("main-1-external").getSpec().getPorts().getFirst().setNodePort(31001);
        ClusterPlan second = plan(cluster, seen(null, services, Map.of()));
        // Then
        assertEquals("WaitingForAddress", first.problem().reason());
        assertEquals(0, first.brokers());
        assertNull(second.problem());
        String file = find(second, ConfigMap.class).getData().get("main-1.properties");
        assertTrue(file.contains("kafka.advertised.listeners=PLAIN://main-1.main-brokers.shop.svc:9092,EXTERNAL://${HOST_IP}:31001\n"), file);
        assertEquals("main-1", services.get("main-1-external").getSpec().getSelector().get("statefulset.kubernetes.io/pod-name"));
    }

    @Test
    void loadBalancersMayHaveANameOfTheUsers() {
        // Given
        Cluster cluster = cluster(2);
        cluster.getSpec().listeners.add(external(ListenerType.LoadBalancer));
        cluster.getSpec().listeners.getLast().advertisedHost = "kafka-{broker}.example.org";
        // When
        ClusterPlan plan = plan(cluster, Observed.nothing());
        // Then
        assertNull(plan.problem());
        String file = find(plan, ConfigMap.class).getData().get("main-1.properties");
        assertTrue(file.contains(",EXTERNAL://kafka-1.example.org:9094\n"), file);
    }

    @Test
    void servicesOfAListenerThatIsGoneGoToo() {
        // Given
        Cluster cluster = cluster(1);
        cluster.getSpec().listeners.add(external(ListenerType.NodePort));
        Map<String, Service> services = services(plan(cluster, Observed.nothing()));
        cluster.getSpec().listeners.removeLast();
        // When
        ClusterPlan plan = plan(cluster, seen(null, services, Map.of()));
        // Then
        assertEquals(List.of("main-0-external", "main-bootstrap-external"),
                plan.surplus().stream().map(service -> service.getMetadata().getName()).sorted().toList());
    }

    @Test
    void aBrokerThatHoldsPartitionsStays() {
        // Given
        StatefulSet three = statefulSet(plan(cluster(3), Observed.nothing()));
        // When
        ClusterPlan held = plan(cluster(1), seen(three, Map.of(), Map.of(0, 4, 1, 2)));
        ClusterPlan free = plan(cluster(1), seen(three, Map.of(), Map.of(0, 4)));
        // Then
        assertEquals(2, held.brokers());
        assertEquals("BrokersHoldPartitions", held.problem().reason());
        assertTrue(held.problem().message().contains("broker 1 holds 2 replicas"), held.problem().message());
        assertEquals(1, free.brokers());
        assertNull(free.problem());
    }

    @Test
    void volumesGrowAndNeverShrinkAndNeitherStopsAnythingElse() {
        // Given
        Cluster cluster = cluster(1);
        PersistentVolumeClaim claim = claim("8Gi");
        Observed observed = Observed.nothing().with(statefulSet(plan(cluster, Observed.nothing()))).withVolumes(Map.of("data-main-0", claim));
        // Then
        ClusterPlan shrinks = plan(cluster, observed);
        assertEquals(new Problem("StorageShrink", "spec.storage.size is 5Gi, but volumes have at least 8Gi and cannot shrink: set it to 8Gi."),
                shrinks.problem());
        assertFalse(shrinks.objects().isEmpty());
        // When only one of them was made larger by hand
        assertNull(plan(cluster, observed.withVolumes(Map.of("data-main-0", claim, "data-main-1", claim("5Gi")))).problem());
        // When
        cluster.getSpec().storage.size = "10Gi";
        // Then
        assertNull(plan(cluster, observed).problem());
        assertEquals(List.of(claim), BrokerVolumes.toGrow(cluster, observed));
        var template = statefulSet(plan(cluster, observed)).getSpec().getVolumeClaimTemplates().getFirst();
        assertEquals(Quantity.parse("5Gi"), BrokerVolumes.size(template), "templates of a StatefulSet cannot change");
    }

    @Test
    void allRefusedSettingsAreNamedAtOnce() {
        // Given
        Cluster cluster = cluster(1);
        cluster.getSpec().config.put("node.id", "7");
        cluster.getSpec().config.put("num.partitions", "many");
        cluster.getSpec().config.put("log.retention.hous", "1");
        // When
        String message = plan(cluster, Observed.nothing()).problem().message();
        // Then
        for (String name : cluster.getSpec().config.keySet()) {
            assertTrue(message.contains(name), message);
        }
    }

    @Test
    void resourcesThatContradictThemselvesAreRefused() {
        // Given
        Cluster cluster = cluster(1);
        cluster.getSpec().resources = Serialization.unmarshal("---\n{requests: {memory: 2Gi}, limits: {memory: 1024Mi}}", ResourceRequirements.class);
        // Then
        assertEquals("spec.resources.requests.memory is 2Gi, more than spec.resources.limits.memory, 1024Mi: lower the one or raise the other.",
                plan(cluster, Observed.nothing()).problem().message());
    }

    @Test
    void aPodTemplateWithMoreThanAPodOfItsNamespaceIsRefused() {
        for (String[] sample : new String[][] {
            {"spec: {serviceAccountName: admin}", "spec.podTemplate.spec.serviceAccountName would give"},
            {"spec: {hostNetwork: true}", "spec.podTemplate.spec.hostNetwork would open"},
            {"spec: {volumes: [{name: a, emptyDir: {}}, {name: b, hostPath: {path: /}}]}", "spec.podTemplate.spec.volumes[1].hostPath would open"},
            {"spec: {initContainers: [{name: a, securityContext: {privileged: true}}]}",
                "spec.podTemplate.spec.initContainers[0].securityContext.privileged"}}) {
            Problem problem = PodTemplateRules.privileges(Serialization.unmarshal(sample[0], ObjectNode.class));
            assertTrue(problem.message().startsWith(sample[1]), problem.message());
        }
        assertNull(PodTemplateRules.privileges(null));
        assertNull(PodTemplateRules.privileges(
                Serialization.unmarshal("spec: {hostNetwork: false, volumes: [{name: a, secret: {secretName: s}}], containers: [{name: broker}]}",
                        ObjectNode.class)));
    }

    @Test
    void theHeapIsNoShareOfTheNodeAndTheUsersOptionsWin() {
        // Given
        Cluster cluster = cluster(1);
        cluster.getSpec().jvmOptions = List.of("-XX:+UseZGC", "-Dname=a b");
        // Then
        assertEquals(List.of("-Xmx512m", "-XX:+UseZGC", "-Dname=a b"), arguments(cluster));
        // When
        cluster.getSpec().resources = Serialization.unmarshal("requests: {memory: 10Gi}", ResourceRequirements.class);
        assertEquals("-Xmx3072m", arguments(cluster).getFirst());
        cluster.getSpec().resources = Serialization.unmarshal("limits: {memory: 10Gi}", ResourceRequirements.class);
        assertEquals("-XX:+UseZGC", arguments(cluster).getFirst());
    }

    private static List<String> arguments(Cluster cluster) {
        return statefulSet(plan(cluster, Observed.nothing())).getSpec().getTemplate().getSpec().getContainers().getFirst().getArgs();
    }

    @Test
    void aStorageClassThatIsNotThereIsNamed() {
        StorageClass plain = new StorageClassBuilder().withNewMetadata().withName("plain").endMetadata().build();
        StorageClass standard = new StorageClassBuilder().withNewMetadata().withName("standard")
                .addToAnnotations("storageclass.kubernetes.io/is-default-class", "true").endMetadata().build();
        assertNull(StorageClasses.problem("plain", List.of(plain)));
        assertTrue(StorageClasses.problem("fast", List.of(plain)).message()
                .startsWith("spec.storage.storageClass: there is no StorageClass 'fast', only [plain]"));
        assertNull(StorageClasses.problem(null, List.of(plain, standard)));
        assertTrue(StorageClasses.problem(null, List.of(plain)).message().contains("no StorageClass is the default one"));
    }

    @Test
    void aListenerOfNodePortsHasOnePortForAllBrokersToo() {
        // Given
        Cluster cluster = cluster(2);
        cluster.getSpec().listeners.add(external(ListenerType.NodePort));
        cluster.getSpec().listeners.getLast().bootstrapNodePort = 32000;
        // When
        Service bootstrap = services(plan(cluster, Observed.nothing())).get("main-bootstrap-external");
        // Then
        assertEquals(32000, bootstrap.getSpec().getPorts().getFirst().getNodePort());
        assertNull(bootstrap.getSpec().getSelector().get("statefulset.kubernetes.io/pod-name"));
    }

    @Test
    void aBrokerWhoseReplicasAreGivenUpLeavesAndTheMessageBeforeSaysWhatThatCosts() {
        // Given
        StatefulSet three = statefulSet(plan(cluster(3), Observed.nothing()));
        Observed observed = seen(three, Map.of(), Map.of(0, 4, 2, 2));
        Cluster cluster = cluster(1);
        // Then
        String message = plan(cluster, observed).problem().message();
        assertTrue(message.contains("give the records of these replicas up for ever") && message.endsWith("partita.io/give-up-brokers=2"), message);
        // When
        cluster.getMetadata().setAnnotations(Map.of(Cluster.GIVE_UP_BROKERS, "2"));
        // Then
        assertEquals(1, plan(cluster, observed).brokers());
        // When it is wanted again
        cluster.getSpec().brokers = 3;
        assertEquals(Set.of(), cluster.givenUpBrokers());
    }

    @Test
    void volumesOfAnotherClusterAreTakenOverOnlyWhereTheSpecSaysSo() {
        // Given
        Cluster cluster = cluster(1);
        PersistentVolumeClaim claim = claim("5Gi");
        claim.getMetadata().setLabels(Map.of("partita.io/cluster-id", "u-0"));
        Observed observed = Observed.nothing().withVolumes(Map.of("data-main-0", claim));
        // Then
        ClusterPlan refused = plan(cluster, observed);
        assertEquals("VolumesOfAnotherCluster", refused.problem().reason());
        assertTrue(refused.problem().message().contains("set spec.clusterId to u-0"), refused.problem().message());
        assertEquals(List.of(), refused.objects());
        // When
        cluster.getSpec().clusterId = "u-0";
        // Then
        ClusterPlan taken = plan(cluster, observed);
        assertNull(taken.problem());
        assertTrue(find(taken, ConfigMap.class).getData().get("main-0.properties").contains("kafka.cluster.id=u-0\n"));
        assertEquals("u-0", statefulSet(taken).getSpec().getVolumeClaimTemplates().getFirst().getMetadata().getLabels().get("partita.io/cluster-id"));
        // When a claim of an older release does not say whose it is
        cluster.getSpec().clusterId = null;
        claim.getMetadata().setLabels(Map.of());
        assertEquals("VolumesOfAnotherCluster", plan(cluster, observed).problem().reason());
        Observed running = observed.with(statefulSet(taken));
        assertNull(plan(cluster, running).problem());
        assertEquals(List.of(claim), BrokerVolumes.toLabel(running));
    }

    @Test
    void volumesStayUnlessTheSpecSaysOtherwise() {
        // Given
        Cluster cluster = cluster(1);
        assertEquals("Retain", statefulSet(plan(cluster, Observed.nothing())).getSpec().getPersistentVolumeClaimRetentionPolicy().getWhenDeleted());
        // When
        cluster.getSpec().storage.onDelete = Deletion.Delete.name();
        // Then
        assertEquals("Delete", statefulSet(plan(cluster, Observed.nothing())).getSpec().getPersistentVolumeClaimRetentionPolicy().getWhenDeleted());
    }

    @Test
    void brokersSpreadOverNodesWhetherOrNotTheseSayTheirZone() {
        // When
        var pod = statefulSet(plan(cluster(3), Observed.nothing())).getSpec().getTemplate().getSpec();
        // Then
        assertEquals(List.of("kubernetes.io/hostname"), pod.getTopologySpreadConstraints().stream().map(constraint -> constraint.getTopologyKey()).toList());
        var apart = pod.getAffinity().getPodAntiAffinity();
        assertEquals(List.of("topology.kubernetes.io/zone"), apart.getPreferredDuringSchedulingIgnoredDuringExecution().stream()
                .map(term -> term.getPodAffinityTerm().getTopologyKey())
                .toList());
        assertEquals(List.of(), apart.getRequiredDuringSchedulingIgnoredDuringExecution());
    }

    @Test
    void brokersMayBeBarredFromSharingANode() {
        // Given
        Cluster cluster = cluster(3);
        cluster.getSpec().nodeSpread = NodeSpread.Required.name();
        // When
        var apart = statefulSet(plan(cluster, Observed.nothing())).getSpec().getTemplate().getSpec().getAffinity().getPodAntiAffinity();
        // Then
        assertEquals(List.of("kubernetes.io/hostname"),
                apart.getRequiredDuringSchedulingIgnoredDuringExecution().stream().map(term -> term.getTopologyKey()).toList());
    }

    @Test
    void theUsersPodTemplateIsLaidOverOurs() {
        // Given
        Cluster cluster = cluster(1);
        cluster.getSpec().podTemplate = Serialization.unmarshal("""
                metadata:
                  labels: {team: shop, partita.io/cluster: stolen}
                spec:
                  priorityClassName: high
                  tolerations: [{key: logs, operator: Exists}]
                  containers:
                  - name: broker
                    env: [{name: TZ, value: UTC}]
                  - name: watcher
                    image: watcher:1
                """, ObjectNode.class);
        // When
        var template = statefulSet(plan(cluster, Observed.nothing())).getSpec().getTemplate();
        // Then
        assertEquals("shop", template.getMetadata().getLabels().get("team"));
        assertEquals("main", template.getMetadata().getLabels().get("partita.io/cluster"));
        assertEquals("high", template.getSpec().getPriorityClassName());
        assertEquals(List.of("broker", "watcher"), template.getSpec().getContainers().stream().map(container -> container.getName()).toList());
        var broker = template.getSpec().getContainers().getFirst();
        assertEquals(IMAGE, broker.getImage());
        assertTrue(broker.getEnv().stream().anyMatch(variable -> variable.getName().equals("TZ")));
        assertTrue(broker.getEnv().stream().anyMatch(variable -> variable.getName().equals("POD_NAME")));
    }

    @Test
    void whoHasClientsOutsideServesOnUntilNobodyIsSentToIt() {
        // Given
        Cluster cluster = cluster(1);
        assertNull(variable(cluster, "QUARKUS_SHUTDOWN_DELAY"));
        cluster.getSpec().listeners.add(external(ListenerType.NodePort));
        // Then
        assertEquals("5S", variable(cluster, "QUARKUS_SHUTDOWN_DELAY"));
    }

    @Test
    void aBrokerThatIsThereIsReachedFromOutsideReadyOrNotButNotWhileItsPodStops() {
        // Given
        Cluster cluster = cluster(3);
        cluster.getSpec().listeners.add(external(ListenerType.NodePort));
        Pod unready = pod("main-0", false).build();
        Pod stopping = pod("main-1", true).editMetadata().withDeletionTimestamp("2026-01-01T00:00:00Z").endMetadata().build();
        Pod cutOff = pod("main-2", false).build();
        // When
        Map<Integer, Sign> signs = Map.of(0, new Sign(true, null), 1, new Sign(true, null), 2, new Sign(false, null));
        Map<String, Service> services = services(plan(cluster, running(unready, stopping, cutOff).withSigns(signs)));
        // Then
        assertTrue(services.get("main-0-external").getSpec().getPublishNotReadyAddresses());
        assertNull(services.get("main-1-external").getSpec().getPublishNotReadyAddresses());
        assertNull(services.get("main-2-external").getSpec().getPublishNotReadyAddresses());
        assertNull(services(plan(cluster, Observed.nothing())).get("main-0-external").getSpec().getPublishNotReadyAddresses());
    }

    @Test
    void theBootstrapAddressLeadsToReadyBrokersAndToAllWhenNoneIs() {
        // Given
        Cluster cluster = cluster(2);
        // Then
        assertEquals(true, publishesUnready(cluster, pod("main-0", false).build(), pod("main-1", false).build()));
        assertNull(publishesUnready(cluster, pod("main-0", false).build(), pod("main-1", true).build()));
    }

    private static Boolean publishesUnready(Cluster cluster, Pod... pods) {
        return services(plan(cluster, running(pods))).get("main-bootstrap").getSpec().getPublishNotReadyAddresses();
    }

    private static Observed running(Pod... pods) {
        Map<String, Pod> byName = Stream.of(pods).collect(Collectors.toMap(pod -> pod.getMetadata().getName(), pod -> pod));
        return Observed.nothing().withPods(byName);
    }

    private static PodBuilder pod(String name, boolean isReady) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus(isReady ? "True" : "False")
                .endCondition()
                .endStatus();
    }

    private static String variable(Cluster cluster, String name) {
        return BrokerStatefulSet.desired(cluster, 1, Observed.nothing(), IMAGE).getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
                .filter(variable -> variable.getName().equals(name))
                .map(variable -> variable.getValue())
                .findFirst()
                .orElse(null);
    }

    @Test
    void aPodTemplateThatIsNoneChangesNothing() {
        // Given
        Cluster cluster = cluster(1);
        cluster.getSpec().podTemplate = Serialization.unmarshal("spec: {containers: nonsense}", ObjectNode.class);
        // When
        ClusterPlan plan = plan(cluster, Observed.nothing());
        // Then
        assertEquals(List.of(), plan.objects());
        assertEquals(new Problem("InvalidPodTemplate", "spec.podTemplate.spec.containers must be a list: kubectl explain podtemplate.template has all fields."),
                plan.problem());
        // What takes our labels away gets them back
        cluster.getSpec().podTemplate = Serialization.unmarshal("metadata: {labels: null, annotations: null}", ObjectNode.class);
        assertEquals("main", statefulSet(plan(cluster, Observed.nothing())).getSpec().getTemplate().getMetadata().getLabels().get("partita.io/cluster"));
    }

    @Test
    void resourcesThatAreNoQuantitiesChangeNothing() {
        // Given
        Cluster cluster = cluster(1);
        cluster.getSpec().resources = Serialization.unmarshal("limits: {memory: lots}", ResourceRequirements.class);
        // When
        ClusterPlan plan = plan(cluster, Observed.nothing());
        // Then
        assertEquals(List.of(), plan.objects());
        assertEquals(new Problem("InvalidResources", "spec.resources.limits.memory: 'lots' is no quantity: write it like 500m or 2Gi."), plan.problem());
    }

    private static ClusterPlan plan(Cluster cluster, Observed observed) {
        return ClusterPlan.of(cluster, observed, IMAGE);
    }

    private static String hash(Cluster cluster) {
        return BrokerSettingsMap.restartHash(cluster);
    }

    private static <T extends HasMetadata> T find(ClusterPlan plan, Class<T> type) {
        return plan.objects().stream().filter(type::isInstance).map(type::cast).findFirst().orElseThrow();
    }

    private static Map<String, Service> services(ClusterPlan plan) {
        Map<String, Service> services = new HashMap<>();
        plan.objects().stream().filter(Service.class::isInstance).map(Service.class::cast).forEach(it -> services.put(it.getMetadata().getName(), it));
        return services;
    }

    private static PersistentVolumeClaim claim(String size) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName("data-main-0")
                .endMetadata()
                .withNewSpec()
                .withNewResources()
                .withRequests(Map.of("storage", Quantity.parse(size)))
                .endResources()
                .endSpec()
                .build();
    }
}
