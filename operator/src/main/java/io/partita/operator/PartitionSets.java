package io.partita.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionSetText;
import io.partita.broker.control.PartitionSetText.Reading;
import io.partita.crds.Cluster;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.SetPatch;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** Reads PartitionSets, each version once, and changes them by compare-and-set. For any thread. */
@ApplicationScoped
public class PartitionSets {

    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;

    private record Known(String uid, String version, Reading reading) {}

    private final Map<String, Known> known = new ConcurrentHashMap<>();

    /** What an object says. */
    public Reading read(PartitionSetObject object) {
        String name = object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
        return known.compute(name, (key, before) -> {
            boolean isSame = before != null && before.version.equals(object.getMetadata().getResourceVersion())
                    && before.uid.equals(object.getMetadata().getUid());
            return isSame
                    ? before
                    : new Known(object.getMetadata().getUid(), object.getMetadata().getResourceVersion(), PartitionSetText.read(object.getSpec().lines));
        }).reading;
    }

    /** What these objects, of any cluster, say of one. */
    public SeenSets seen(Collection<PartitionSetObject> objects, String cluster) {
        Map<String, PartitionSet> sets = new HashMap<>();
        Map<String, String> damaged = new HashMap<>();
        for (PartitionSetObject object : objects) {
            String set = object.setOf(cluster);
            if (set != null) {
                switch (read(object)) {
                    case Reading.Whole(PartitionSet whole) -> sets.put(set, whole);
                    case Reading.Damaged(String sentence) -> damaged.put(set, sentence);
                    case Reading.Newer(int format) -> damaged.put(set, "a later release has written it, in format " + format);
                }
            }
        }
        return new SeenSets(sets, damaged);
    }

    /** Makes something else of a set, as it is now, or of none; whether that is stored, or nothing was to be changed. */
    public boolean change(KubernetesClient client, Cluster cluster, String set, UnaryOperator<PartitionSet> next) {
        String name = PartitionSetObject.name(cluster.getMetadata().getName(), set);
        PartitionSetObject present = resource(client, cluster, name).get();
        return present == null ? create(client, cluster, set, next.apply(PartitionSet.EMPTY)) : change(client, present, next);
    }

    private static boolean create(KubernetesClient client, Cluster cluster, String set, PartitionSet next) {
        if (next.states().isEmpty()) {
            return true;
        }
        return isStored(() -> client.resource(
                PartitionSetObject.of(cluster.getMetadata().getNamespace(), cluster.getMetadata().getName(), set, PartitionSetText.write(next))).create());
    }

    /** Makes something else of a set as it was seen (rule 20): whoever was faster is not undone. */
    public boolean change(KubernetesClient client, PartitionSetObject seen, UnaryOperator<PartitionSet> next) {
        if (!(read(seen) instanceof Reading.Whole(PartitionSet before))) {
            return false;
        }
        PartitionSet after = next.apply(before);
        List<String> lines = PartitionSetText.write(after);
        return after.equals(before)
                || isStored(() -> client.resource(seen).patch(SetPatch.CONTEXT, SetPatch.of(seen.getMetadata().getResourceVersion(), lines)));
    }

    /** Puts the label back by which brokers find a set, where somebody has taken it away. */
    public static void labelAgain(KubernetesClient client, PartitionSetObject seen) {
        String cluster = seen.getSpec().cluster;
        Map<String, String> labels = seen.getMetadata().getLabels();
        if (labels == null || !cluster.equals(labels.get(PartitionSetObject.CLUSTER_LABEL))) {
            isStored(() -> client.resource(seen).patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(
                    Map.of("metadata", Map.of("labels", Map.of(PartitionSetObject.CLUSTER_LABEL, cluster))))));
        }
    }

    private static boolean isStored(Runnable write) {
        try {
            write.run();
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() == CONFLICT || e.getCode() == NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private static Resource<PartitionSetObject> resource(KubernetesClient client, Cluster cluster, String name) {
        return client.resources(PartitionSetObject.class).inNamespace(cluster.getMetadata().getNamespace()).withName(name);
    }
}
