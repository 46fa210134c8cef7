package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.partita.broker.metadata.TopicNames;
import io.partita.crds.Cluster;
import io.partita.crds.Conditions;
import io.partita.crds.ObjectNames;
import io.partita.crds.ObjectPatch;
import io.partita.crds.Placement;
import io.partita.crds.Placed;
import io.partita.crds.Topic;
import io.partita.crds.TopicRules;
import io.partita.crds.TopicStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Places the partitions of Topics, as the operator does; refuses those of a thousand partitions. */
final class StandInOperator implements Watcher<Topic>, AutoCloseable {

    private final KubernetesClient client;
    private final int brokers;
    private final Watch watch;
    private final Set<Topic> awaiting = ConcurrentHashMap.newKeySet();
    private volatile boolean held;

    StandInOperator(KubernetesClient client, int brokers) {
        this.client = client;
        this.brokers = brokers;
        this.watch = client.resources(Topic.class).inNamespace("n").watch(this);
    }

    @Override
    public void eventReceived(Action action, Topic seen) {
        boolean isWiped = seen.getStatus() != null && seen.getStatus().topicId != null && seen.getStatus().places.isEmpty();
        if (action == Action.DELETED || isWiped || seen.getStatus() != null && seen.getStatus().places.size() >= seen.getSpec().partitions) {
            return;
        }
        Thread.startVirtualThread(() -> place(seen));
    }

    private void place(Topic seen) {
        awaiting.add(seen);
        for (boolean stored = false; !stored;) {
            Topic topic = client.resource(seen).get();
            if (topic == null) {
                return;
            }
            TopicStatus status = topic.getStatus() == null ? new TopicStatus() : topic.getStatus().copy();
            if (held) {
                status.conditions = Conditions.with(status.conditions, TopicStatus.READY, false, TopicRules.WAITING_FOR_BROKERS, "Wait.", 1L, Instant.EPOCH);
            } else if (topic.getSpec().cluster.equals("c") && topic.getSpec().partitions < 1_000) {
                List<Placement.Candidate> candidates = new ArrayList<>();
                for (int i = 0; i < brokers; i++) {
                    candidates.add(new Placement.Candidate(i, null, null, 0));
                }
                boolean isInternal = TopicNames.isInternal(ObjectNames.kafkaName(topic));
                int replicas = isInternal
                        ? TopicRules.replicas(topic.getSpec(), client.resources(Cluster.class).inNamespace("n").withName("c").get())
                        : topic.getSpec().replicas == null ? 1 : topic.getSpec().replicas;
                List<List<Integer>> placed = status.places.stream().map(place -> Placed.read(place).replicas()).toList();
                List<List<Integer>> all = Placement.place(candidates, placed, topic.getSpec().partitions, replicas, 0);
                List<String> places = new ArrayList<>(status.places);
                all.subList(places.size(), all.size()).forEach(on -> places.add(new Placed(on.getFirst() + "-0", on).text()));
                status.places = places;
                status.topicId = topic.getMetadata().getUid();
                status.conditions = List.of();
            } else {
                status.conditions = Conditions.with(status.conditions, TopicStatus.READY, false, "TooMany", "Ask for fewer.", 1L, Instant.EPOCH);
            }
            String patch = ObjectPatch.between(topic, "status", topic.getStatus(), status);
            try {
                if (patch != null) {
                    client.resource(topic).subresource("status").patch(PatchContext.of(PatchType.JSON), patch);
                }
                stored = true;
            } catch (KubernetesClientException conflict) {
                stored = conflict.getCode() != 409;
            }
        }
    }

    /** Has topics wait for brokers from now on. */
    void hold() {
        held = true;
    }

    /** Places what waits. */
    void release() {
        held = false;
        awaiting.forEach(topic -> Thread.startVirtualThread(() -> place(topic)));
    }

    @Override
    public void onClose(WatcherException cause) {
        // The server of the test was closed.
    }

    @Override
    public void close() {
        watch.close();
    }
}
