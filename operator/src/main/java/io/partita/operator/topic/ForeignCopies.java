package io.partita.operator.topic;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.partita.crds.Cluster;
import io.partita.crds.Conditions;
import io.partita.crds.ForeignTopics;
import io.partita.crds.ObjectNames;
import io.partita.crds.ObjectPatch;
import io.partita.crds.Problem;
import io.partita.crds.Topic;
import io.partita.crds.TopicStatus;
import io.partita.operator.EventRecorder;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Keeps copies of Topics of other namespaces in those of their Clusters, and tells these Topics how their copies stand. A copy is made and changed as its Topic says, and deleted when that is gone, as
 * long as the Cluster grants its namespace something; what somebody else has made under the name is never touched.
 */
final class ForeignCopies {

    /** A Topic that was deleted is noticed after so long. */
    static final Duration LOOK_INTERVAL = Duration.ofSeconds(10);

    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final EventRecorder events;

    ForeignCopies(EventRecorder events) {
        this.events = events;
    }

    /** The Topic that this one says to be the copy of, {@code null} for none. */
    static ResourceID source(Topic copy) {
        String of = ForeignTopics.copyOf(copy);
        int slash = of == null ? -1 : of.indexOf('/');
        return slash <= 0 ? null : new ResourceID(of.substring(slash + 1), of.substring(0, slash));
    }

    /**
     * Sees to the copy of a Topic of another namespace, and to that one's status.
     *
     * @param cluster {@code null} when there is none
     * @param others the Topics of the Cluster in its own namespace
     * @return the copy, where that is to be looked at again; {@code null} where there is none
     */
    ResourceID see(Topic source, Cluster cluster, Collection<Topic> others, KubernetesClient client) {
        Topic copy = others.stream().filter(other -> ForeignTopics.isCopyOf(other, source)).findFirst().orElse(null);
        Problem problem = ForeignTopics.problem(source, cluster, others);
        String known = source.getStatus() == null ? null : source.getStatus().topicId;
        if (problem == null && copy == null && known != null) {
            copy = there(source, client);
        }
        if (problem == null && copy == null && known != null) {
            problem = new Problem("TopicDeleted",
                    "The topic was deleted in the Cluster. Delete this Topic too; made anew it is another topic, which begins empty.");
        }
        if (problem == null) {
            try {
                copy = copy == null ? created(source, client) : changed(source, copy, client);
            } catch (KubernetesClientException e) {
                if (e.getCode() != CONFLICT && e.getCode() != NOT_FOUND && !ObjectPatch.isOutdated(e)) {
                    throw e;
                }
                // Somebody was faster: the event of that is under way.
                return null;
            }
            problem = copy == null
                    ? new Problem("NameTaken", "There are objects in the Cluster's namespace that have the names of this topic's. They stay as they are.")
                    : null;
        }
        write(source, status(source, copy, problem), client);
        return copy == null ? null : ResourceID.fromResource(copy);
    }

    /** The copy that may not have been seen yet, {@code null} for none. */
    private static Topic there(Topic source, KubernetesClient client) {
        return ObjectNames.candidates(source.getSpec().cluster, ObjectNames.kafkaName(source)).stream()
                .map(name -> client.resources(Topic.class).inNamespace(source.getSpec().clusterNamespace).withName(name).get())
                .filter(found -> found != null && ForeignTopics.isCopyOf(found, source))
                .findFirst()
                .orElse(null);
    }

    /** {@code null} where others have its names. */
    private static Topic created(Topic source, KubernetesClient client) {
        for (String name : ObjectNames.candidates(source.getSpec().cluster, ObjectNames.kafkaName(source))) {
            try {
                return client.resource(ForeignTopics.copy(source, null, name)).create();
            } catch (KubernetesClientException e) {
                if (e.getCode() != CONFLICT) {
                    throw e;
                }
                Topic present = client.resources(Topic.class).inNamespace(source.getSpec().clusterNamespace).withName(name).get();
                if (present != null && ForeignTopics.isCopyOf(present, source)) {
                    return present;
                }
            }
        }
        return null;
    }

    private static Topic changed(Topic source, Topic copy, KubernetesClient client) {
        Topic wanted = ForeignTopics.copy(source, copy, copy.getMetadata().getName());
        String patch = ObjectPatch.between(copy, "spec", copy.getSpec(), wanted.getSpec());
        return patch == null ? copy : client.resource(copy).patch(PatchContext.of(PatchType.JSON), patch);
    }

    private static TopicStatus status(Topic source, Topic copy, Problem problem) {
        TopicStatus status = new TopicStatus();
        TopicStatus before = source.getStatus();
        TopicStatus of = copy == null ? null : copy.getStatus();
        status.observedGeneration = source.getMetadata().getGeneration();
        status.topicName = ObjectNames.kafkaName(source);
        status.topicId = copy == null ? before == null ? null : before.topicId : copy.getMetadata().getUid();
        status.conditions = before == null ? new TopicStatus().conditions : before.conditions;
        if (of != null) {
            status.clusterId = of.clusterId;
            status.replicas = of.replicas;
            status.leaders = of.leaders;
            status.underReplicated = of.underReplicated;
            status.config = of.config;
            for (String type : List.of(Conditions.UNDER_REPLICATED, Conditions.WRITES_REFUSED)) {
                Condition told = Conditions.find(of.conditions, type);
                if (told != null) {
                    status.conditions = Conditions.with(status.conditions, type, "True".equals(told.getStatus()), told.getReason(), told.getMessage(),
                            source.getMetadata().getGeneration(), Instant.now());
                }
            }
        }
        Condition ready = of == null ? null : Conditions.find(of.conditions, TopicStatus.READY);
        boolean isReady = problem == null && ready != null && "True".equals(ready.getStatus());
        status.conditions = Conditions.with(status.conditions, TopicStatus.READY, isReady,
                problem != null ? problem.reason() : ready == null ? "WaitingForPlaces" : ready.getReason(),
                problem != null ? problem.message() : ready == null ? "The topic is being placed." : ready.getMessage(), source.getMetadata().getGeneration(),
                Instant.now());
        return status;
    }

    private void write(Topic source, TopicStatus next, KubernetesClient client) {
        String patch = ObjectPatch.between(source, "status", source.getStatus(), next);
        if (patch == null) {
            return;
        }
        try {
            client.resource(source).subresource("status").patch(PatchContext.of(PatchType.JSON), patch);
        } catch (KubernetesClientException e) {
            if (e.getCode() == NOT_FOUND || ObjectPatch.isOutdated(e)) {
                return;
            }
            throw e;
        }
        Condition before = source.getStatus() == null ? null : Conditions.find(source.getStatus().conditions, TopicStatus.READY);
        Condition after = Conditions.find(next.conditions, TopicStatus.READY);
        if (before == null || !Objects.equals(before.getReason(), after.getReason())) {
            events.record(client, source, !"True".equals(after.getStatus()), after.getReason(), after.getMessage());
        }
    }

    /**
     * Deletes a copy whose Topic is gone, or asks for something else. Where the Cluster grants that namespace nothing any more, what becomes of the topic is for those who run the Cluster.
     *
     * @return whether it is deleted
     */
    boolean removed(Topic copy, ResourceID source, Cluster cluster, KubernetesClient client) {
        String namespace = source.getNamespace().orElseThrow();
        if (ForeignTopics.grant(cluster, namespace) == null) {
            return false;
        }
        // What is cached may be old: nothing is deleted because of that.
        Topic now = client.resources(Topic.class).inNamespace(namespace).withName(source.getName()).get();
        if (ForeignTopics.isAskedFor(copy, now)) {
            return false;
        }
        client.resource(copy).delete();
        return true;
    }
}
