package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Brokers that belong together. The operator makes their pods, services and volumes of it. See {@link #id} for the cluster id that clients see. */
@Group(Cluster.GROUP)
@Version(Cluster.VERSION)
@ShortNames("pc")
@Categories("partita")
@JsonClassDescription("Brokers that belong together, as pods with a volume each. Topics name the Cluster they are in.")
@ValidationRule(value = "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')", message = "a Cluster's name becomes part of host names: use at most 40 lower case letters, digits and '-', beginning with a letter")
@ValidationRule(value = "!has(oldSelf.status) || !has(oldSelf.status.clusterId) || (has(self.spec.clusterId) == has(oldSelf.spec.clusterId) && (!has(self.spec.clusterId) || self.spec.clusterId == oldSelf.spec.clusterId))", message = "spec.clusterId cannot change once the cluster is made (status.clusterId): its brokers' data belong to it")
@AdditionalPrinterColumn(name = "Brokers", jsonPath = ".spec.brokers", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Available", jsonPath = ".status.readyReplicas", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].status", type = Type.STRING)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", type = Type.STRING)
@AdditionalPrinterColumn(name = "Bootstrap", jsonPath = ".status.listeners[0].bootstrapServers", type = Type.STRING, priority = 1)
@AdditionalPrinterColumn(name = "Message", jsonPath = ".status.conditions[?(@.type==\"Ready\")].message", type = Type.STRING, priority = 1)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public class Cluster extends CustomResource<ClusterSpec, ClusterStatus> implements Namespaced {

    /** Group of all our resources. */
    public static final String GROUP = "partita.io";
    /** Version of all our resources. */
    public static final String VERSION = "v1alpha1";

    /** Annotation: numbers of brokers, separated by commas, whose replicas are given up so that the cluster can be scaled down without them. */
    public static final String GIVE_UP_BROKERS = "partita.io/give-up-brokers";

    /** Annotation, whatever its value: brokers that have not taken a change are not restarted. */
    public static final String PAUSE_ROLL = "partita.io/pause-roll";

    /** Annotation: numbers of brokers, separated by commas, that run on, follow, and lead nothing that another one can lead. */
    public static final String FENCE_BROKERS = "partita.io/fence-brokers";

    /** Annotation, whatever its value: brokers run with what they ran with before the last change of the spec, until it is taken away. */
    public static final String UNDO_ROLL = "partita.io/undo-roll";

    /** Annotation of a Cluster or Topic, whatever its value: the operator changes nothing for it until it is taken away. Its condition {@link Conditions#PAUSED} says so. */
    public static final String PAUSE = "partita.io/pause";

    /** Whether somebody has stopped restarts. */
    public boolean pausesRolls() {
        return getMetadata().getAnnotations() != null && getMetadata().getAnnotations().containsKey(PAUSE_ROLL);
    }

    /** Whether nothing is to be changed for an object. */
    public static boolean isPaused(HasMetadata object) {
        return object.getMetadata().getAnnotations() != null && object.getMetadata().getAnnotations().containsKey(PAUSE);
    }

    /** What a paused object says of that, and how it ends. */
    public static String pausedSentence(HasMetadata object) {
        return "The operator changes nothing for it, because of the annotation " + PAUSE + ": kubectl annotate " + object.getKind().toLowerCase(Locale.ROOT)
                + " "
                + object.getMetadata().getName() + " " + PAUSE + "- has it go on.";
    }

    /** Brokers that the spec no longer wants and whose replicas somebody has given up. One that is wanted is none of them, whatever an annotation of before says. */
    public Set<Integer> givenUpBrokers() {
        return numbers(GIVE_UP_BROKERS, broker -> broker >= getSpec().brokers);
    }

    /** Brokers that lead nothing and get nothing more, because somebody wants to look at them, or does not trust them. */
    public Set<Integer> fencedBrokers() {
        return numbers(FENCE_BROKERS, broker -> true);
    }

    private Set<Integer> numbers(String annotation, IntPredicate isMeant) {
        String text = getMetadata().getAnnotations() == null ? null : getMetadata().getAnnotations().get(annotation);
        return text == null
                ? Set.of()
                : Pattern.compile("[0-9]{1,4}").matcher(text).results()
                        .map(number -> Integer.valueOf(number.group()))
                        .filter(isMeant::test)
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Id of the cluster, as clients see it and as data directories name it: the object's uid, unless the spec says that of a Cluster before it. */
    public String id() {
        return getSpec() != null && getSpec().clusterId != null ? getSpec().clusterId : getMetadata().getUid();
    }

    @Override
    @Required
    public ClusterSpec getSpec() {
        return super.getSpec();
    }

    @Override
    protected ClusterSpec initSpec() {
        return new ClusterSpec();
    }

    @Override
    protected ClusterStatus initStatus() {
        return null;
    }
}
