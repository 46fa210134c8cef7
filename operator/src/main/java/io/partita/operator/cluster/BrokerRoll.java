package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.partita.crds.Cluster;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Which brokers are restarted next to take a changed template. The StatefulSet does not do it (its update strategy is OnDelete): it would take the highest number although
 * another broker is down, and the next one as soon as the probe says yes. Here the next are restarted when all brokers serve by their pods and by their own word, lead what is
 * placed on them again and are in sync with it: as many at a time as have no partition in common. One that cannot come up as it is, is restarted whatever the others do: it
 * serves nobody, and the change may be what mends it. One that does not come up with the change stops the roll.
 */
sealed interface BrokerRoll {

    /** Label of a pod: the state of the template that it was made of. */
    String REVISION = "controller-revision-hash";
    /** A broker that is ready and does not lead all that is placed on it is waited for so long: some partitions nobody can lead, and a roll may be what helps. */
    Duration LEADING_MAX = Duration.ofMinutes(2);
    /** A broker that is not ready is waited for so long: it may be reading its logs. One that is ready as long to be in sync: what keeps it from that may be what the roll mends. */
    Duration STARTING_MAX = Duration.ofMinutes(30);

    /** In so many steps at least: most brokers are there at any time, for clients that look for one and topics that are being made, also where there is no partition. */
    int BATCHES_MIN = 3;

    /** Every broker has the newest settings. */
    record Complete() implements BrokerRoll {}

    /**
     * A broker has to be restarted, but not now.
     *
     * @param outdated how many have to
     * @param reason what is waited for, a sentence
     */
    record Waiting(int outdated, String reason) implements BrokerRoll {}

    /**
     * Nothing goes on until somebody does something.
     *
     * @param outdated how many brokers have not taken the change
     * @param isPaused whether somebody wants it so, rather than that a broker does not come up with the change
     * @param reason what is to be done, sentences
     */
    record Stopped(int outdated, boolean isPaused, String reason) implements BrokerRoll {}

    /**
     * Brokers are to be restarted now, at once.
     *
     * @param outdated how many have to, these included
     * @param brokers those to be restarted, at least one
     */
    record Restart(int outdated, List<Outdated> brokers) implements BrokerRoll {

        public Restart {
            brokers = List.copyOf(brokers);
        }
    }

    /**
     * A broker that has not taken a change.
     *
     * @param broker its number
     * @param pod its pod
     * @param reason what is new, the end of a sentence
     */
    record Outdated(int broker, Pod pod, String reason) {}

    /** What is next for these brokers. */
    static BrokerRoll next(Cluster cluster, int brokers, Observed observed, Instant now) {
        var set = observed.statefulSet();
        if (set == null || set.getStatus() == null || set.getStatus().getUpdateRevision() == null) {
            return new Complete();
        }
        boolean isSeen = set.getStatus().getObservedGeneration() != null && set.getStatus().getObservedGeneration() >= set.getMetadata().getGeneration();
        String revision = set.getStatus().getUpdateRevision();
        List<Outdated> outdated = new ArrayList<>();
        for (int broker = brokers - 1; broker >= 0; broker--) {
            Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
            boolean isOutdated = pod != null && pod.getMetadata().getDeletionTimestamp() == null
                    && !revision.equals(pod.getMetadata().getLabels().get(REVISION));
            if (isOutdated) {
                outdated.add(new Outdated(broker, pod, difference(pod, set.getSpec().getTemplate())));
            }
        }
        if (outdated.isEmpty()) {
            return new Complete();
        }
        if (!isSeen) {
            return new Waiting(outdated.size(), "Kubernetes has not taken up the change yet.");
        }
        if (cluster.pausesRolls()) {
            return new Stopped(outdated.size(), true, "The annotation " + Cluster.PAUSE_ROLL + " keeps them as they are: kubectl annotate cluster "
                    + ClusterLabels.name(cluster) + " " + Cluster.PAUSE_ROLL + "- has them restarted.");
        }
        for (Outdated one : outdated) {
            if (isStuck(one.pod, now)) {
                return new Restart(outdated.size(), List.of(one));
            }
        }
        Stopped stop = stop(cluster, brokers, observed, outdated, now);
        if (stop != null) {
            return stop;
        }
        String hindrance = hindrance(cluster, brokers, observed, now);
        return hindrance == null
                ? new Restart(outdated.size(), observed.stored().apart(outdated, Math.max(1, brokers / BATCHES_MIN)))
                : new Waiting(outdated.size(), hindrance);
    }

    /** That a broker which has taken the change does not come up with it, {@code null} when there is none. The others would do no better. */
    private static Stopped stop(Cluster cluster, int brokers, Observed observed, List<Outdated> outdated, Instant now) {
        for (int broker = 0; broker < brokers; broker++) {
            int number = broker;
            Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
            boolean isChanged = pod != null && pod.getMetadata().getDeletionTimestamp() == null && outdated.stream().noneMatch(one -> one.broker == number);
            if (isChanged && isStuck(pod, now)) {
                return new Stopped(outdated.size(), false, "The roll has stopped: broker " + broker + " does not come up with what has changed, it "
                        + PodTroubles.of(pod) + ". No other is restarted. Mend what it lacks, or take the change of the Cluster back: broker " + broker
                        + " is then restarted at once, as it was before.");
            }
        }
        return null;
    }

    /** Why no broker that serves is to be restarted, {@code null} when one can be. */
    private static String hindrance(Cluster cluster, int brokers, Observed observed, Instant now) {
        for (int broker = 0; broker < brokers; broker++) {
            String trouble = BrokerTroubles.of(cluster, broker, observed);
            if (trouble != null) {
                return "No other is restarted before: broker " + broker + " " + trouble + ".";
            }
        }
        for (int broker = 0; broker < brokers; broker++) {
            String ready = readySince(observed.pods().get(ClusterLabels.pod(cluster, broker)));
            int leaderless = observed.leaderless().getOrDefault(broker, 0);
            if (leaderless > 0 && !isOlder(ready, LEADING_MAX, now)) {
                return "No other is restarted before: of the partitions on broker " + broker + " " + leaderless + " have no leader yet.";
            }
            if (observed.stored().isBehind(broker) && !isOlder(ready, STARTING_MAX, now)) {
                return "No other is restarted before: broker " + broker + " is not in sync with all that is placed on it yet.";
            }
        }
        return null;
    }

    /** Whether a pod cannot come up as it is. */
    static boolean isStuck(Pod pod, Instant now) {
        return !ClusterStatuses.isReady(pod) && (PodTroubles.isStuck(pod) || isOlder(readySince(pod), STARTING_MAX, now));
    }

    /** Since when a pod is ready, or not, {@code null} when it does not say. */
    private static String readySince(Pod pod) {
        return pod.getStatus() == null || pod.getStatus().getConditions() == null
                ? null
                : pod.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals("Ready"))
                        .map(PodCondition::getLastTransitionTime)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
    }

    private static boolean isOlder(String time, Duration age, Instant now) {
        try {
            return time != null && Instant.parse(time).plus(age).isBefore(now);
        } catch (DateTimeParseException noTime) {
            return false;
        }
    }

    /** What a pod gets that it has not, for people. */
    private static String difference(Pod pod, PodTemplateSpec template) {
        Map<String, String> has = Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.of());
        Map<String, String> gets = Objects.requireNonNullElse(template.getMetadata().getAnnotations(), Map.of());
        Container old = broker(pod.getSpec());
        Container next = broker(template.getSpec());
        if (!Objects.equals(has.get(BrokerStatefulSet.RESTART), gets.get(BrokerStatefulSet.RESTART))) {
            return "the annotation " + BrokerStatefulSet.RESTART + " of the Cluster asks for it";
        }
        if (old != null && next != null && !Objects.equals(old.getImage(), next.getImage())) {
            return "image " + next.getImage() + " follows " + old.getImage();
        }
        if (!Objects.equals(has.get(BrokerStatefulSet.RESTART_HASH), gets.get(BrokerStatefulSet.RESTART_HASH))) {
            return "settings have changed that need it";
        }
        if (old != null && next != null && !Objects.equals(old.getResources(), next.getResources())) {
            return "its resources have changed";
        }
        return "its pod template has changed";
    }

    private static Container broker(PodSpec spec) {
        return spec == null
                ? null
                : spec.getContainers().stream().filter(container -> container.getName().equals(BrokerStatefulSet.CONTAINER)).findFirst().orElse(null);
    }
}
