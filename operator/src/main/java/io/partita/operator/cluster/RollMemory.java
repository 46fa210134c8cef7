package io.partita.operator.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec;
import io.partita.crds.Problem;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * With what all brokers of a cluster came up last, and before that, so that a change can be taken back: by the operator, when a broker does not come up with it, or because somebody asks for it. A change
 * is known by the pod template that is made of it. It is kept in a ConfigMap, for the operator may restart in the middle. Pure.
 *
 * @param good the last one that all brokers came up with, {@code null} for none
 * @param before the one before that, {@code null} for none
 * @param refused the change that was taken back, {@code null} for none
 */
record RollMemory(Kept good, Kept before, Refusal refused) {

    static final RollMemory NONE = new RollMemory(null, null, null);
    static final String ROLL_UNDONE = "RollUndone";
    /** On the StatefulSet: by what its template is known. */
    static final String TEMPLATE = "partita.io/template";

    private static final String KEY = "roll.json";
    private static final ObjectMapper SORTED = new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);
    /** Of a spec these follow the Cluster at once and are no part of what is taken back: they make no pod other than it was. */
    private static final List<String> CURRENT = List.of("brokers", "storage", "clusterId", "level", "hibernated");
    /** What decides on which node a pod can be. */
    private static final List<String> SCHEDULING = List.of("podTemplate", "resources", "nodeSpread", "zoneKey");
    /** A ConfigMap holds 1 MiB; larger specs are not kept, and not taken back. */
    private static final int SPEC_MAX_CHARS = 300_000;

    /**
     * What brokers came up with.
     *
     * @param template by what the template of their pods is known
     * @param spec the Cluster's spec
     * @param image what an image is taken for that the spec does not name
     */
    record Kept(String template, JsonNode spec, String image) {}

    /**
     * A change that was taken back.
     *
     * @param template by what the template of its pods is known
     * @param why what was the matter, the end of a sentence that begins with "because"
     */
    record Refusal(String template, String why) {}

    static String name(Cluster cluster) {
        return ClusterLabels.name(cluster) + "-roll";
    }

    /** What was kept; nothing where it cannot be read. */
    static RollMemory read(ConfigMap map) {
        String text = map == null || map.getData() == null ? null : map.getData().get(KEY);
        try {
            return text == null ? NONE : SORTED.readValue(text, RollMemory.class);
        } catch (JsonProcessingException damaged) {
            return NONE;
        }
    }

    /** The object that keeps it, {@code null} while there is nothing to be kept. */
    ConfigMap object(Cluster cluster) {
        try {
            return equals(NONE)
                    ? null
                    : new ConfigMapBuilder().withMetadata(ClusterLabels.owned(cluster, name(cluster))).withData(Map.of(KEY, SORTED.writeValueAsString(this)))
                            .build();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** By what the template of a StatefulSet is known. */
    static String template(PodTemplateSpec template) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(SORTED.writeValueAsString(template).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException | JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * What is remembered now.
     *
     * @param wanted by what the template is known that the Cluster's spec makes
     * @param image what an image is taken for that the spec does not name
     */
    RollMemory next(Cluster cluster, String image, String wanted, Observed observed, Instant now) {
        Refusal kept = refused != null && refused.template.equals(wanted) ? refused : null;
        RollMemory same = new RollMemory(good, before, kept);
        StatefulSet set = observed.statefulSet();
        boolean isTried = set != null && set.getMetadata().getAnnotations() != null && wanted.equals(set.getMetadata().getAnnotations().get(TEMPLATE));
        if (!isTried || !isSeen(set) || isUndoAsked(cluster)) {
            return same;
        }
        if (hasComeUp(cluster, set, observed)) {
            Kept spec = kept(cluster, wanted, image);
            return good != null && good.template.equals(wanted) || spec == null ? same : new RollMemory(spec, good, null);
        }
        String stuck = good == null || good.template.equals(wanted) || cluster.pausesRolls() ? null : stuck(cluster, set, observed, now);
        return stuck == null ? same : new RollMemory(good, before, new Refusal(wanted, stuck));
    }

    private static Kept kept(Cluster cluster, String template, String image) {
        JsonNode spec = SORTED.valueToTree(cluster.getSpec());
        return spec.toString().length() > SPEC_MAX_CHARS ? null : new Kept(template, spec, image);
    }

    private static boolean isSeen(StatefulSet set) {
        return set.getStatus() != null && set.getStatus().getUpdateRevision() != null && set.getStatus().getObservedGeneration() != null
                && set.getStatus().getObservedGeneration() >= set.getMetadata().getGeneration();
    }

    private static boolean isNewest(Pod pod, StatefulSet set) {
        return pod != null && pod.getMetadata().getDeletionTimestamp() == null
                && set.getStatus().getUpdateRevision().equals(pod.getMetadata().getLabels().get(BrokerRoll.REVISION));
    }

    private static boolean hasComeUp(Cluster cluster, StatefulSet set, Observed observed) {
        for (int broker = 0; broker < set.getSpec().getReplicas(); broker++) {
            Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
            if (!isNewest(pod, set) || !ClusterStatuses.isReady(pod) || !observed.isThere(broker)) {
                return false;
            }
        }
        return set.getSpec().getReplicas() > 0;
    }

    /**
     * Which broker does not come up with the newest template, and why; {@code null} for none. Where another one has come up with it, or the pod waits for a node and nothing was changed that says which it can
     * have, the change is not to blame.
     */
    private String stuck(Cluster cluster, StatefulSet set, Observed observed, Instant now) {
        String stuck = null;
        for (int broker = 0; broker < set.getSpec().getReplicas(); broker++) {
            Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
            if (!isNewest(pod, set)) {
                continue;
            }
            if (ClusterStatuses.isReady(pod)) {
                return null;
            }
            boolean isToBlame = BrokerRoll.isStuck(pod, now) && (!PodTroubles.isUnscheduled(pod) || isScheduledOtherwise(cluster));
            stuck = isToBlame && stuck == null ? "broker " + broker + " did not come up with it: it " + PodTroubles.of(pod) : stuck;
        }
        return stuck;
    }

    private boolean isScheduledOtherwise(Cluster cluster) {
        JsonNode spec = SORTED.valueToTree(cluster.getSpec());
        return SCHEDULING.stream().anyMatch(field -> !Objects.equals(spec.path(field), good.spec.path(field)));
    }

    private static boolean isUndoAsked(Cluster cluster) {
        return cluster.getMetadata().getAnnotations() != null && cluster.getMetadata().getAnnotations().containsKey(Cluster.UNDO_ROLL);
    }

    /** With what brokers are to run instead of what the Cluster says, {@code null} where that is it. */
    Kept instead(Cluster cluster, String wanted) {
        if (isUndoAsked(cluster)) {
            return good != null && good.template.equals(wanted) ? before : good;
        }
        return refused != null && refused.template.equals(wanted) ? good : null;
    }

    /** The Cluster as it was then, but for what takes effect without new pods. */
    static Cluster with(Cluster cluster, Kept kept) {
        try {
            ObjectNode spec = kept.spec.deepCopy();
            JsonNode current = SORTED.valueToTree(cluster.getSpec());
            CURRENT.forEach(field -> {
                if (current.has(field)) {
                    spec.set(field, current.get(field));
                } else {
                    spec.remove(field);
                }
            });
            Cluster then = new Cluster();
            then.setMetadata(cluster.getMetadata());
            then.setStatus(cluster.getStatus());
            then.setSpec(SORTED.treeToValue(spec, ClusterSpec.class));
            return then;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What to say of a change that was taken back, or that cannot be; {@code null} for nothing. */
    Problem problem(Cluster cluster, String wanted) {
        String annotate = "kubectl annotate cluster " + ClusterLabels.name(cluster) + " ";
        if (isUndoAsked(cluster)) {
            return new Problem(ROLL_UNDONE, instead(cluster, wanted) == null
                    ? "The annotation " + Cluster.UNDO_ROLL
                            + " asks to take the last change back, but it is not known with what brokers ran before: change the spec. "
                            + annotate + Cluster.UNDO_ROLL + "- takes the wish away."
                    : "The annotation " + Cluster.UNDO_ROLL + " has brokers run with what they ran with before the last change of the Cluster. " + annotate
                            + Cluster.UNDO_ROLL + "- has them take what spec says.");
        }
        return instead(cluster, wanted) == null
                ? null
                : new Problem(ROLL_UNDONE, "The last change of the Cluster was taken back, because " + refused.why + (refused.why.endsWith(".") ? "" : ".")
                        + " Brokers run with what they ran with before. Correct the spec; or try it again as it is: " + annotate + BrokerStatefulSet.RESTART
                        + "=again --overwrite");
    }
}
