package io.partita.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.partita.crds.Cluster;
import io.partita.crds.Topic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Somebody who leaves nothing alone: edits Clusters, Topics and what the operator has made of them, takes labels away, applies again what is in a repository, deletes and makes anew; and, when it comes
 * to that, Kubernetes' garbage collector. What it does follows from a number. In the end {@link #lastSpecs} says what there is to be.
 */
final class RestlessEditor {

    static final List<String> CLUSTERS = List.of("edited-a", "edited-b");
    private static final List<String> TOPICS = List.of("edited-1", "edited-2", "edited-3");
    private static final int BROKERS = 3;
    private static final int PARTITIONS_MAX = 6;
    /** What the operator makes, but for pods and volumes. */
    private static final List<Class<? extends HasMetadata>> MADE = List.of(StatefulSet.class, Service.class, ConfigMap.class, PodDisruptionBudget.class,
            ServiceAccount.class, Role.class, RoleBinding.class);

    private final KubernetesClient client;
    private final String namespace;
    private final Random random;
    /** The last of what was done, for whoever has to find out. */
    private final Deque<String> done = new ArrayDeque<>();
    /** What is in the repository. */
    private final Map<String, Cluster> clusters = new HashMap<>();
    private final Map<String, Topic> topics = new HashMap<>();

    RestlessEditor(KubernetesClient client, String namespace, long seed) {
        this.client = client;
        this.namespace = namespace;
        this.random = new Random(seed);
        CLUSTERS.forEach(name -> clusters.put(name, cluster(name)));
        TOPICS.forEach(name -> topics.put(name, topic(name)));
    }

    private Cluster cluster(String name) {
        Cluster cluster = new Cluster();
        cluster.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace(namespace).build());
        // Or volumes that were kept would be those of another cluster.
        cluster.getSpec().clusterId = "always-the-same-" + name;
        cluster.getSpec().brokers = BROKERS;
        cluster.getSpec().image = "broker:1";
        return cluster;
    }

    private Topic topic(String name) {
        Topic topic = new Topic();
        topic.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace(namespace).build());
        topic.getSpec().cluster = CLUSTERS.get(Math.floorMod(name.hashCode(), CLUSTERS.size()));
        return topic;
    }

    /** Does something. */
    void act() {
        int kind = random.nextInt(100);
        try {
            if (kind < 30) {
                edit(clusters.get(oneOf(CLUSTERS)), this::change);
            } else if (kind < 45) {
                edit(topics.get(oneOf(TOPICS)), this::change);
            } else if (kind < 55) {
                apply(random.nextBoolean() ? clusters.get(oneOf(CLUSTERS)) : topics.get(oneOf(TOPICS)));
            } else if (kind < 65) {
                delete(random.nextInt(3) == 0 ? clusters.get(oneOf(CLUSTERS)) : topics.get(oneOf(TOPICS)));
            } else if (kind < 75) {
                collectGarbage();
            } else if (kind < 83) {
                oneMade(this::delete);
            } else if (kind < 95) {
                oneMade(made -> edit(made, this::spoil));
            } else {
                oneOf(Pod.class, random.nextBoolean() ? this::delete : this::relabel);
            }
        } catch (KubernetesClientException overtaken) {
            note("but was overtaken: " + overtaken.getCode());
        }
    }

    private void change(Cluster cluster) {
        switch (random.nextInt(8)) {
            case 0 -> cluster.getSpec().brokers = 1 + random.nextInt(BROKERS);
            case 1 -> cluster.getSpec().config.put("log.retention.ms", Integer.toString(1_000 + random.nextInt(100_000)));
            case 2 -> cluster.getSpec().config.clear();
            case 3 -> cluster.getSpec().image = (random.nextInt(3) == 0 ? KubernetesStandIn.NOWHERE : "") + "broker:" + random.nextInt(5);
            case 4 -> cluster.getMetadata().setAnnotations(Map.of("partita.io/restart", Integer.toString(random.nextInt(5))));
            case 5 -> cluster.getMetadata()
                    .setAnnotations(Map.of(oneOf(List.of(Cluster.PAUSE, Cluster.PAUSE_ROLL, Cluster.UNDO_ROLL, Cluster.FENCE_BROKERS)), "1"));
            case 6 -> cluster.getSpec().hibernated = random.nextBoolean();
            default -> cluster.getMetadata().setLabels(random.nextBoolean() ? Map.of("team", "t" + random.nextInt(5)) : null);
        }
        if (random.nextInt(5) == 0) {
            cluster.getSpec().podTemplate = random.nextBoolean() ? null : Serialization.unmarshal("spec: {nodeSelector: {disk: ssd}}", ObjectNode.class);
        }
    }

    private void change(Topic topic) {
        switch (random.nextInt(4)) {
            case 0 -> topic.getSpec().partitions = Math.max(topic.getSpec().partitions, 1 + random.nextInt(PARTITIONS_MAX));
            case 1 -> topic.getSpec().config.put("retention.ms", random.nextInt(5) == 0 ? "soon" : Integer.toString(1_000 + random.nextInt(100_000)));
            case 2 -> topic.getSpec().config.clear();
            default -> topic.getMetadata().setAnnotations(random.nextBoolean() ? Map.of(Cluster.PAUSE, "") : null);
        }
    }

    private void relabel(Pod pod) {
        note("relabels " + named(pod));
        client.resource(pod).edit(it -> {
            it.getMetadata().getLabels().put("app.kubernetes.io/managed-by", "Helm");
            return it;
        });
    }

    /** Changes what is the operator's, as people and tools do that know no better. */
    private void spoil(HasMetadata made) {
        switch (random.nextInt(3)) {
            case 0 -> made.getMetadata().setLabels(random.nextBoolean() ? null : Map.of("app.kubernetes.io/managed-by", "Helm"));
            case 1 -> made.getMetadata().setAnnotations(null);
            default -> {
                switch (made) {
                    case StatefulSet set -> set.getSpec().setReplicas(random.nextInt(BROKERS + 1));
                    case ConfigMap map -> map.setData(Map.of("what", "nothing"));
                    case Service service -> service.getSpec().setSelector(Map.of("nobody", "at-all"));
                    case Role role -> role.setRules(List.of());
                    case PodDisruptionBudget budget -> budget.getSpec().setMinAvailable(budget.getSpec().getMaxUnavailable());
                    default -> made.getMetadata().setLabels(null);
                }
            }
        }
    }

    /** In the repository and, where it is there, in what is there: nobody knows which comes first. */
    private <T extends HasMetadata> void edit(T said, Consumer<T> change) {
        note("edits " + named(said));
        T before = Serialization.clone(said);
        change.accept(said);
        T there = client.resource(before).get();
        if (there != null && random.nextInt(4) > 0) {
            T after = Serialization.clone(there);
            copy(said, after);
            client.resource(there).edit(it -> after);
        }
    }

    private static void copy(HasMetadata from, HasMetadata to) {
        to.getMetadata().setLabels(from.getMetadata().getLabels());
        to.getMetadata().setAnnotations(from.getMetadata().getAnnotations());
        switch (to) {
            case Cluster cluster -> cluster.setSpec(((Cluster) from).getSpec());
            case Topic topic -> topic.setSpec(((Topic) from).getSpec());
            case StatefulSet set -> set.setSpec(((StatefulSet) from).getSpec());
            case ConfigMap map -> map.setData(((ConfigMap) from).getData());
            case Service service -> service.setSpec(((Service) from).getSpec());
            case Role role -> role.setRules(((Role) from).getRules());
            case PodDisruptionBudget budget -> budget.setSpec(((PodDisruptionBudget) from).getSpec());
            default -> {
            }
        }
    }

    private void apply(HasMetadata said) {
        note("applies " + named(said));
        client.resource(Serialization.clone(said)).createOr(NonDeletingOperation::update);
    }

    private void delete(HasMetadata object) {
        note("deletes " + named(object));
        client.resource(object).delete();
    }

    private void oneMade(Consumer<HasMetadata> then) {
        oneOf(MADE.get(random.nextInt(MADE.size())), then::accept);
    }

    private <T extends HasMetadata> void oneOf(Class<T> kind, Consumer<T> then) {
        List<T> all = made(kind);
        if (!all.isEmpty()) {
            then.accept(all.get(random.nextInt(all.size())));
        }
    }

    private <T> T oneOf(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    /** Those of our clusters, by their names: labels may have been taken away. */
    private <T extends HasMetadata> List<T> made(Class<T> kind) {
        return client.resources(kind).inNamespace(namespace).list().getItems().stream()
                .filter(object -> object.getMetadata().getName().startsWith("edited-") && ObjectWriter.controller(object) != null)
                .toList();
    }

    /** What belongs to something that is not there any more goes. */
    void collectGarbage() {
        note("collects garbage");
        Set<String> there = new HashSet<>();
        client.resources(Cluster.class).inNamespace(namespace).list().getItems().forEach(cluster -> there.add(cluster.getMetadata().getUid()));
        List<HasMetadata> owned = new ArrayList<>();
        MADE.forEach(kind -> owned.addAll(made(kind)));
        owned.removeIf(object -> there.contains(ObjectWriter.controller(object)));
        owned.forEach(object -> client.resource(object).delete());
        made(StatefulSet.class).forEach(set -> there.add(set.getMetadata().getUid()));
        made(Pod.class).stream().filter(pod -> !there.contains(ObjectWriter.controller(pod))).forEach(pod -> client.resource(pod).delete());
    }

    private void note(String what) {
        done.addLast(what);
        if (done.size() > 200) {
            done.removeFirst();
        }
    }

    private static String named(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getName();
    }

    /** The last of what was done, newest last. */
    List<String> done() {
        return List.copyOf(done);
    }

    /** Says for the last time what there is to be: all of it, with nothing that keeps the operator from it. */
    void lastSpecs(String image, String retention) {
        clusters.replaceAll((name, before) -> {
            Cluster last = cluster(name);
            last.getSpec().image = image;
            last.getSpec().config.put("log.retention.ms", retention);
            return last;
        });
        topics.replaceAll((name, before) -> {
            Topic last = topic(name);
            last.getSpec().partitions = PARTITIONS_MAX;
            last.getSpec().config.put("retention.ms", retention);
            return last;
        });
        clusters.values().forEach(this::apply);
        topics.values().forEach(this::apply);
    }

    /** Whether everything is as it was said last, and there is nothing else; what is not, {@code null} for nothing. */
    String differs(String image, String retention) {
        for (Cluster said : clusters.values()) {
            Cluster there = client.resource(said).get();
            String name = said.getMetadata().getName();
            StatefulSet set = client.apps().statefulSets().inNamespace(namespace).withName(name).get();
            ConfigMap settings = client.configMaps().inNamespace(namespace).withName(name + "-settings").get();
            List<Pod> pods = made(Pod.class).stream().filter(pod -> set != null && ObjectWriter.isControlledBy(pod, set.getMetadata().getUid())).toList();
            boolean isReady = there.getStatus() != null && there.getMetadata().getGeneration().equals(there.getStatus().observedGeneration)
                    && there.getStatus().conditions.stream().anyMatch(condition -> "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
            boolean isAsSaid = isReady && set != null && set.getSpec().getReplicas() == BROKERS && pods.size() == BROKERS
                    && pods.stream().allMatch(pod -> pod.getSpec().getContainers().getFirst().getImage().equals(image)
                            && pod.getSpec().getNodeSelector().isEmpty())
                    && settings != null && settings.getData().toString().contains("log.retention.ms=" + retention);
            if (!isAsSaid) {
                return name + ": " + Serialization.asYaml(there.getStatus()) + " " + (set == null ? "no set" : set.getSpec().getReplicas()) + " " + settings
                        + " " + pods.stream().map(pod -> pod.getMetadata().getName() + "=" + pod.getSpec().getContainers().getFirst().getImage()).toList();
            }
            for (Class<? extends HasMetadata> kind : MADE) {
                for (HasMetadata made : made(kind)) {
                    if (made.getMetadata().getName().startsWith(name) && !(there.getMetadata().getUid().equals(ObjectWriter.controller(made))
                            && made.getMetadata().getLabels() != null && name.equals(made.getMetadata().getLabels().get("partita.io/cluster")))) {
                        return named(made) + " is not that of the Cluster: " + made.getMetadata();
                    }
                }
            }
        }
        for (Topic said : topics.values()) {
            Topic there = client.resource(said).get();
            boolean isAsSaid = there.getStatus() != null && there.getStatus().places.size() == PARTITIONS_MAX
                    && there.getMetadata().getUid().equals(there.getStatus().topicId) && Map.of("retention.ms", retention).equals(there.getStatus().config)
                    && there.getMetadata().getGeneration().equals(there.getStatus().observedGeneration);
            if (!isAsSaid) {
                return said.getMetadata().getName() + ": " + Serialization.asYaml(there.getStatus());
            }
        }
        long volumes = client.resources(PersistentVolumeClaim.class).inNamespace(namespace).list().getItems().stream()
                .filter(claim -> claim.getMetadata().getName().startsWith("data-edited-")).count();
        return volumes == (long) BROKERS * CLUSTERS.size() ? null : volumes + " volumes";
    }

    /** Names of the Topics. */
    static List<String> topicNames() {
        return TOPICS;
    }
}
