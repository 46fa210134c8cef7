package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.partita.broker.Invariant;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.ErrorCode;
import io.partita.crds.Cluster;
import io.partita.crds.ObjectNames;
import io.partita.crds.PartitionStatus;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Changes of objects, each read, changed and written back only if nobody else wrote in between; else from the beginning, a few times. Every call blocks
 * until the API server answers or the client's own timeout ends it, so nothing here runs on an event loop.
 */
final class ObjectWrites {

    private static final int CONFLICTS_MAX = 10;

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
            object.getSpec().replicas = topic.replicas();
            object.getSpec().config = new TreeMap<>(topic.configs());
            try {
                return Result.done(client.resource(object).create());
            } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                    throw e;
                }
            }
            Topic existing = topicObject(name).get();
            if (existing != null && ObjectNames.isObjectOf(existing, clusterName, topic.name())) {
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
        return change(topicObject(name), uid, topic -> {
            boolean grows = topic.getSpec().partitions < partitions;
            topic.getSpec().partitions = Math.max(partitions, topic.getSpec().partitions);
            return grows;
        });
    }

    /** Changes settings of a topic where {@code before} and {@code after} differ, and leaves the others as they have become since. */
    boolean alter(String name, String uid, Map<String, String> before, Map<String, String> after) {
        return change(topicObject(name), uid, topic -> apply(topic.getSpec().config, before, after));
    }

    /** Changes settings of all brokers likewise. */
    boolean alterCluster(String uid, Map<String, String> before, Map<String, String> after) {
        return change(client.resources(Cluster.class).inNamespace(namespace).withName(clusterName), uid,
                cluster -> apply(cluster.getSpec().config, before, after));
    }

    private static boolean apply(Map<String, String> config, Map<String, String> before, Map<String, String> after) {
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
        return true;
    }

    /** Puts what {@code next} makes of each partition of a topic in its place, all in one write; how many it changes. */
    int changePartitions(String name, String uid, BiFunction<Topic, PartitionStatus, PartitionStatus> next) {
        return retry(() -> {
            Topic topic = topicObject(name).get();
            if (topic == null || !topic.getMetadata().getUid().equals(uid) || topic.getStatus() == null || !TopicRules.isOwnStatus(topic)) {
                return 0;
            }
            List<PartitionStatus> partitions = new ArrayList<>(topic.getStatus().partitions);
            int changed = 0;
            for (int i = 0; i < partitions.size(); i++) {
                PartitionStatus before = partitions.get(i);
                PartitionStatus after = next.apply(topic, before);
                if (after != before) {
                    Invariant.check(after.version() == before.version() + 1, "partition %d would go from version %d to %d", i, before.version(), after.version());
                    Invariant.check(after.leaderEpoch() >= before.leaderEpoch(), "partition %d would go from epoch %d to %d", i, before.leaderEpoch(), after.leaderEpoch());
                    partitions.set(i, after);
                    changed++;
                }
            }
            if (changed > 0) {
                topic.getStatus().partitions = partitions;
                TopicRules.settleLeaders(topic.getStatus(), Instant.now());
                client.resource(topic).lockResourceVersion().updateStatus();
            }
            return changed;
        });
    }

    /** Says that a broker is there, in place of its earlier process; the Lease as it was stored. */
    Lease register(Lease lease) {
        return retry(() -> {
            Resource<Lease> resource = client.resource(lease);
            Lease present = resource.get();
            if (present == null) {
                return resource.create();
            }
            Integer transitions = present.getSpec() == null ? null : present.getSpec().getLeaseTransitions();
            lease.getSpec().setLeaseTransitions(transitions == null ? 1 : transitions + 1);
            lease.getMetadata().setResourceVersion(present.getMetadata().getResourceVersion());
            return client.resource(lease).update();
        });
    }

    /**
     * Renews a Lease.
     *
     * @param own as it was stored last
     * @return as it is stored now, {@code null} when another process holds it
     */
    Lease renew(Lease own, ZonedDateTime now) {
        return changeLease(own, spec -> spec.setRenewTime(now));
    }

    /** Gives a Lease up, unless another process holds it. */
    void release(Lease own) {
        changeLease(own, spec -> spec.setHolderIdentity(""));
    }

    private Lease changeLease(Lease own, Consumer<LeaseSpec> change) {
        AtomicReference<Lease> present = new AtomicReference<>(own);
        return retry(() -> {
            Lease lease = new LeaseBuilder(present.get()).build();
            change.accept(lease.getSpec());
            try {
                return client.resource(lease).lockResourceVersion().update();
            } catch (KubernetesClientException e) {
                if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                    lease.getMetadata().setResourceVersion(null);
                    return client.resource(lease).create();
                }
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                    throw e;
                }
                Lease newest = client.resource(lease).get();
                if (newest != null && !own.getSpec().getHolderIdentity().equals(newest.getSpec().getHolderIdentity())) {
                    return null;
                }
                if (newest != null) {
                    present.set(newest);
                }
                throw e;
            }
        });
    }

    Cluster cluster() {
        return client.resources(Cluster.class).inNamespace(namespace).withName(clusterName).get();
    }

    private Resource<Topic> topicObject(String name) {
        return client.resources(Topic.class).inNamespace(namespace).withName(name);
    }

    /** Whether the object is still there, changed now or as wanted before. */
    private <T extends HasMetadata> boolean change(Resource<T> resource, String uid, Predicate<T> changes) {
        return retry(() -> {
            T object = resource.get();
            if (object == null || !object.getMetadata().getUid().equals(uid)) {
                return false;
            }
            if (changes.test(object)) {
                client.resource(object).lockResourceVersion().update();
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
        for (int conflicts = 1; ; conflicts++) {
            try {
                return attempt.run();
            } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || conflicts == CONFLICTS_MAX) {
                    throw e;
                }
            }
        }
    }
}
