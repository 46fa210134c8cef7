package io.partita.crds;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Conditions of a status. The time of one tells when its status last changed, so that writing it again changes nothing. */
public final class Conditions {

    /** Type: the object is as its spec wants it. */
    public static final String READY = "Ready";
    /** Type: somebody has stopped what the operator does for the object ({@link Cluster#PAUSE}). */
    public static final String PAUSED = "Paused";
    /** Type: all partitions have a leader that is there. */
    public static final String AVAILABLE = "Available";
    /** Type: some partitions have fewer replicas in sync than they have replicas. */
    public static final String UNDER_REPLICATED = "UnderReplicated";
    /** Type: producers are refused for some partitions, with errors upon which they try again, while reads go on. */
    public static final String WRITES_REFUSED = "WritesRefused";
    /** Type: something is broken that does not pass by itself, or producers that want all acknowledgements are refused. */
    public static final String DEGRADED = "Degraded";
    /** Type: something is on its way to what the spec wants. */
    public static final String PROGRESSING = "Progressing";

    /** Type: by which authorities certificates are issued, and whether one succeeds another. */
    public static final String CERTIFICATES = "Certificates";

    /** Type: brokers could do more than they are allowed to until somebody finalizes the upgrade, or one is too old for what has been finalized. */
    public static final String UPGRADE_PENDING = "UpgradePending";

    /** Type: brokers lead nothing because somebody wants it so ({@link Cluster#FENCE_BROKERS}). */
    public static final String FENCED = "Fenced";

    /** Reason of {@link #UPGRADE_PENDING}: a broker is too old. */
    public static final String BROKERS_TOO_OLD = "BrokersTooOld";

    private Conditions() {}

    /** The conditions without that of a type. */
    public static List<Condition> without(List<Condition> present, String type) {
        return present == null ? List.of() : present.stream().filter(condition -> !type.equals(condition.getType())).toList();
    }

    /** The conditions with this one in place of that of the same type, which keeps its place. */
    public static List<Condition> with(
            List<Condition> present, String type, boolean status, String reason, String message, Long generation, Instant now) {
        String value = status ? "True" : "False";
        Condition before = find(present, type);
        String since = before != null && value.equals(before.getStatus()) && before.getLastTransitionTime() != null
                ? before.getLastTransitionTime()
                : now.truncatedTo(ChronoUnit.SECONDS).toString();
        Condition condition = (before == null ? new ConditionBuilder() : new ConditionBuilder(before))
                .withType(type)
                .withStatus(value)
                .withReason(reason)
                .withMessage(message)
                .withObservedGeneration(generation)
                .withLastTransitionTime(since)
                .build();
        List<Condition> conditions = new ArrayList<>(present == null ? List.of() : present);
        if (before == null) {
            conditions.add(condition);
        } else {
            conditions.set(conditions.indexOf(before), condition);
        }
        return conditions;
    }

    /** The condition of a type, {@code null} when there is none. */
    public static Condition find(List<Condition> conditions, String type) {
        if (conditions == null) {
            return null;
        }
        return conditions.stream().filter(condition -> type.equals(condition.getType())).findFirst().orElse(null);
    }

    /** Whether the condition of a type is there and true. */
    public static boolean isTrue(List<Condition> conditions, String type) {
        Condition condition = find(conditions, type);
        return condition != null && "True".equals(condition.getStatus());
    }
}
