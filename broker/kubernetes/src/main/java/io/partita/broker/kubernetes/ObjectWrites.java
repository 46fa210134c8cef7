package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.partita.broker.Invariant;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.ErrorCode;
import io.partita.crds.Cluster;
import io.partita.crds.KafkaRules;
import io.partita.crds.KafkaRulesSpec;
import io.partita.crds.ObjectNames;
import io.partita.crds.ObjectPatch;
import io.partita.crds.PartitionStatus;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import io.partita.crds.TopicStatus;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Changes of objects, each read and changed only if nobody else wrote in between; else from the beginning, a few times. Only what changes is written
 * ({@link ObjectPatch}), because newer releases may have put more into an object than this one knows of. Every call blocks until the API server answers or the client's own timeout ends it, so nothing here runs on an event loop.
 */
final class ObjectWrites {

    private static final int CONFLICTS_MAX = 10;
    private static final String SPEC = "spec";
    private static final PatchContext JSON_PATCH = PatchContext.of(PatchType.JSON);

    private final KubernetesClient client;
    private final String namespace;
    private final String clusterName;

    ObjectWrites(KubernetesClient client, String namespace, String clusterName) {
        this.client = client;
        this.namespace = namespace;
        this.clusterName = clusterName;
    }

    /** Creates the object of a topic; the result carries it as it was stored. */
    Result<Topic> create(NewTopic topic) {
        for (String name : ObjectNames.candidates(clusterName, topic.name())) {
            Topic object = new Topic();
            object.getMetadata().setName(name);
            object.getMetadata().setNamespace(namespace);
            object.getSpec().cluster = clusterName;
            object.getSpec().topicName = ObjectNames.topicNameFor(name, topic.name());
            object.getSpec().partitions = topic.partitions();
            object.getSpec().replicas = topic.replicas() == NewTopic.DEFAULT ? null : topic.replicas();
            object.getSpec().config = new TreeMap<>(topic.configs());
            // The object there is, where there is one; null when this one was made.
            AtomicReference<Topic> existing = new AtomicReference<>();
            Topic created = retry(() -> {
                try {
                    return client.resource(object).create();
                } catch (KubernetesClientException e) {
                    existing.set(e.getCode() == HttpURLConnection.HTTP_CONFLICT ? topicObject(name).get() : null);
                    if (existing.get() == null) {
                        // Another failure, or it is gone meanwhile: then once more.
                        throw e;
                    }
                    return null;
                }
            });
            if (created != null) {
                return Result.done(created);
            }
            if (ObjectNames.isObjectOf(existing.get(), clusterName, topic.name())) {
                return Result.refused(ErrorCode.TOPIC_ALREADY_EXISTS, "Topic '" + topic.name() + "' already exists.");
            }
        }
        return Result.refused(ErrorCode.INVALID_TOPIC_EXCEPTION, "No object can be made for topic '" + topic.name()
                + "', because other topics have the names for it: kubectl get topics shows them.");
    }

    /** Deletes the very object a topic came from, not one made anew under its name. */
    void delete(String name, String uid) {
        retry(() -> {
            Topic topic = topicObject(name).get();
            if (topic != null && topic.getMetadata().getUid().equals(uid)) {
                client.resource(topic).lockResourceVersion().delete();
            }
            return null;
        });
    }

    /** Raises the number of partitions, never lowers it. */
    boolean grow(String name, String uid, int partitions) {
        return change(topicObject(name), topic -> topic.getMetadata().getUid().equals(uid),
                topic -> ObjectPatch.between(topic, SPEC, Map.of("partitions", topic.getSpec().partitions),
                        Map.of("partitions", Math.max(partitions, topic.getSpec().partitions))));
    }

    /** Changes settings of a topic where {@code before} and {@code after} differ, and leaves the others as they have become since. */
    boolean alter(String name, String uid, Map<String, String> before, Map<String, String> after) {
        return change(topicObject(name), topic -> topic.getMetadata().getUid().equals(uid), topic -> settings(topic, topic.getSpec().config, before, after));
    }

    /** Changes settings of all brokers likewise. */
    boolean alterCluster(String id, Map<String, String> before, Map<String, String> after) {
        return change(client.resources(Cluster.class).inNamespace(namespace).withName(clusterName), cluster -> cluster.id().equals(id),
                cluster -> settings(cluster, cluster.getSpec().config, before, after));
    }

    /** What is to become of a cluster's rules, {@code null} for nothing. */
    interface RulesChange {

        KafkaRulesSpec of(KafkaRules rules) throws SeenRules.DamagedRulesException;
    }

    /** Changes the cluster's rules, or makes the first; the version they have then, 0 when nothing was to be changed. */
    long rules(RulesChange change) throws SeenRules.DamagedRulesException {
        for (int conflicts = 1;; conflicts++) {
            KafkaRules present = client.resources(KafkaRules.class).inNamespace(namespace).withName(clusterName).get();
            KafkaRules before = present == null ? KafkaRules.of(namespace, clusterName) : present;
            KafkaRulesSpec after = change.of(before);
            String patch = after == null || present == null ? null : ObjectPatch.between(present, SPEC, present.getSpec(), after);
            if (after == null || present != null && patch == null) {
                return 0;
            }
            try {
                if (present == null) {
                    before.setSpec(after);
                    return client.resource(before).create().version();
                }
                return client.resource(present).patch(JSON_PATCH, patch).version();
            } catch (KubernetesClientException e) {
                if (!ObjectPatch.isOutdated(e) || conflicts == CONFLICTS_MAX) {
                    throw e;
                }
                pause(conflicts);
            }
        }
    }

    private static String settings(HasMetadata object, Map<String, String> present, Map<String, String> before, Map<String, String> after) {
        Map<String, String> config = new TreeMap<>(present);
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            String value = after.get(name);
            if (Objects.equals(before.get(name), value)) {
                continue;
            }
            if (value == null) {
                config.remove(name);
            } else {
                config.put(name, value);
            }
        }
        return ObjectPatch.between(object, SPEC, Map.of("config", present), Map.of("config", config));
    }

    /** Says that a broker is there, in place of its earlier process; the Lease as it was stored. */
    Lease register(Lease lease) {
        return retry(() -> {
            Lease present = client.resource(lease).get();
            LeaseBuilder wanted = new LeaseBuilder(lease)
                    .editMetadata().withUid(null).withCreationTimestamp(null).withResourceVersion(null).withManagedFields(List.of()).endMetadata();
            if (present == null) {
                return client.resource(wanted.build()).create();
            }
            if (!Registration.isOf(present, clusterName) && !Registration.haveSameOwner(present, lease)) {
                throw new IllegalStateException("The Lease " + present.getMetadata().getName() + " of namespace " + namespace
                        + " is somebody else's, and the broker needs it: give the Cluster another name, or delete the Lease.");
            }
            return client.resource(wanted
                    .editMetadata()
                    .withResourceVersion(present.getMetadata().getResourceVersion())
                    .withLabels(withOthers(lease.getMetadata().getLabels(), present.getMetadata().getLabels()))
                    .withAnnotations(withOthers(lease.getMetadata().getAnnotations(), present.getMetadata().getAnnotations()))
                    .endMetadata()
                    .editSpec().withLeaseTransitions(Registration.transitions(present) + 1).endSpec()
                    .build())
                    .lockResourceVersion().update();
        });
    }

    /** What other people put on a Lease stays; what an earlier process said of itself does not. */
    private static Map<String, String> withOthers(Map<String, String> own, Map<String, String> present) {
        Map<String, String> all = new TreeMap<>(Objects.requireNonNullElse(present, Map.of()));
        all.keySet().removeIf(name -> name.startsWith(Cluster.GROUP + "/"));
        all.putAll(own);
        return all;
    }

    /** The Lease of this name as it is, {@code null} when there is none. */
    Lease lease(Lease own) {
        return client.resource(own).get();
    }

    /**
     * Renews a Lease.
     *
     * @param own as it was stored last
     * @param annotations what it is to say now beside what it says
     * @return as it is stored now, {@code null} when another process holds it
     */
    Lease renew(Lease own, Map<String, String> annotations, ZonedDateTime now) {
        return changeLease(own, lease -> {
            lease.getSpec().setRenewTime(now);
            lease.getMetadata().setLabels(withOwn(own, lease.getMetadata().getLabels()));
            if (!annotations.isEmpty()) {
                Map<String, String> all = new TreeMap<>(Objects.requireNonNullElse(lease.getMetadata().getAnnotations(), Map.of()));
                all.putAll(annotations);
                lease.getMetadata().setAnnotations(all);
            }
        });
    }

    /** Our labels are back where somebody has taken them away: by them everybody finds it. */
    private static Map<String, String> withOwn(Lease own, Map<String, String> present) {
        Map<String, String> all = new TreeMap<>(Objects.requireNonNullElse(present, Map.of()));
        Objects.requireNonNullElse(own.getMetadata().getLabels(), Map.<String, String>of()).forEach((name, value) -> {
            if (name.startsWith(Cluster.GROUP + "/")) {
                all.put(name, value);
            }
        });
        return all;
    }

    /** Gives a Lease up, unless another process holds it. */
    void release(Lease own) {
        changeLease(own, lease -> lease.getSpec().setHolderIdentity(""));
    }

    private Lease changeLease(Lease own, Consumer<Lease> change) {
        AtomicReference<Lease> present = new AtomicReference<>(own);
        return retry(() -> {
            Lease lease = new LeaseBuilder(present.get()).build();
            change.accept(lease);
            try {
                return client.resource(lease).lockResourceVersion().update();
            } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                    throw e;
                }
                Lease newest = client.resource(lease).get();
                if (newest == null) {
                    // Somebody deleted it. A server may call that a conflict, as the object of this uid is not there.
                    return client.resource(new LeaseBuilder(lease)
                            .editMetadata().withUid(null).withCreationTimestamp(null).withResourceVersion(null).withManagedFields(List.of()).endMetadata()
                            .build()).create();
                }
                if (!own.getSpec().getHolderIdentity().equals(newest.getSpec().getHolderIdentity())) {
                    return null;
                }
                present.set(newest);
                throw e;
            }
        });
    }

    Cluster cluster() {
        return client.resources(Cluster.class).inNamespace(namespace).withName(clusterName).get();
    }

    /** Ids of all Topics of the namespace, as the API server says it now. */
    Set<UUID> topicIds() {
        Set<UUID> ids = new HashSet<>();
        client.resources(Topic.class).inNamespace(namespace).list().getItems().forEach(topic -> ids.add(UUID.fromString(topic.getMetadata().getUid())));
        return ids;
    }

    /** How many partitions each topic of the cluster is to have, by Kafka's name, as the API server says it now. */
    Map<String, Integer> partitionCounts() {
        Map<String, Integer> counts = new TreeMap<>();
        client.resources(Topic.class).inNamespace(namespace).list().getItems().stream().filter(topic -> clusterName.equals(topic.getSpec().cluster)).forEach(
                topic -> counts.merge(ObjectNames.kafkaName(topic),
                        Math.max(topic.getSpec().partitions, topic.getStatus() == null ? 0 : topic.getStatus().places.size()), Math::max));
        return counts;
    }

    private Resource<Topic> topicObject(String name) {
        return client.resources(Topic.class).inNamespace(namespace).withName(name);
    }

    /**
     * Whether the object is still there, changed now or as wanted before.
     *
     * @param isMeant whether it is the one, not another of its name
     * @param changes the patch that changes it, {@code null} when it is as wanted
     */
    private <T extends HasMetadata> boolean change(Resource<T> resource, Predicate<T> isMeant, Function<T, String> changes) {
        return retry(() -> {
            T object = resource.get();
            if (object == null || !isMeant.test(object)) {
                return false;
            }
            String patch = changes.apply(object);
            if (patch != null) {
                client.resource(object).patch(JSON_PATCH, patch);
            }
            return true;
        });
    }

    /** Why a call failed, for people: what the API server says, or what kept it from being reached. */
    static String reason(KubernetesClientException failure) {
        if (failure.getStatus() != null && failure.getStatus().getMessage() != null) {
            return failure.getStatus().getMessage();
        }
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    private interface Attempt<T> {
        T run();
    }

    private static <T> T retry(Attempt<T> attempt) {
        for (int conflicts = 1;; conflicts++) {
            try {
                return attempt.run();
            } catch (KubernetesClientException e) {
                if (!ObjectPatch.isOutdated(e) || conflicts == CONFLICTS_MAX) {
                    throw e;
                }
            }
            pause(conflicts);
        }
    }

    /** Many brokers may write one topic at once: so that they do not meet again. */
    private static void pause(int conflicts) {
        try {
            Thread.sleep(ThreadLocalRandom.current().nextInt(10 * conflicts));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted", e);
        }
    }
}
