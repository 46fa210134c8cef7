package io.partita.crds;

import io.partita.crds.ClusterSpec.TopicNamespaceSpec;
import io.partita.crds.TopicSpec.GrantSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Topics of other namespaces than their Cluster's. Such a Topic is kept by a copy in the Cluster's namespace, which the operator makes where the Cluster grants that, and which is all that brokers see.
 * Pure functions.
 */
public final class ForeignTopics {

    /** Annotation of a copy: {@code NAMESPACE/NAME} of the Topic that it is the copy of. */
    public static final String COPY_OF = "partita.io/copy-of";
    /** Annotation of a copy: the uid of that Topic. One that is made again is another one, and gets another copy. */
    public static final String COPY_OF_UID = "partita.io/copy-of-uid";

    /** What can be granted by a topic's owner: whatever changes the topic itself is done by the object. */
    private static final Set<String> OPERATIONS = Set.of("Read", "Write", "Describe", "DescribeConfigs");

    private ForeignTopics() {}

    /** Whether a Topic is of a Cluster in another namespace. */
    public static boolean isForeign(Topic topic) {
        return topic.getSpec() != null && topic.getSpec().clusterNamespace != null
                && !topic.getSpec().clusterNamespace.equals(topic.getMetadata().getNamespace());
    }

    /** The namespace of a topic's Cluster. */
    public static String clusterNamespace(Topic topic) {
        return isForeign(topic) ? topic.getSpec().clusterNamespace : topic.getMetadata().getNamespace();
    }

    /** {@code NAMESPACE/NAME} of the Topic that this one says to be a copy of, {@code null} for none. */
    public static String copyOf(Topic topic) {
        Map<String, String> annotations = topic.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(COPY_OF);
    }

    /** Whether {@code copy} is that of this very Topic. */
    public static boolean isCopyOf(Topic copy, Topic source) {
        Map<String, String> annotations = copy.getMetadata().getAnnotations();
        return !isForeign(copy) && annotations != null
                && (source.getMetadata().getNamespace() + "/" + source.getMetadata().getName()).equals(annotations.get(COPY_OF))
                && Objects.equals(source.getMetadata().getUid(), annotations.get(COPY_OF_UID));
    }

    /** Whether a Topic still asks for what a copy is of. */
    public static boolean isAskedFor(Topic copy, Topic source) {
        return source != null && isForeign(source) && isCopyOf(copy, source) && source.getSpec().clusterNamespace.equals(copy.getMetadata().getNamespace())
                && source.getSpec().cluster.equals(copy.getSpec().cluster) && ObjectNames.kafkaName(source).equals(ObjectNames.kafkaName(copy));
    }

    /** What a Cluster grants a namespace, {@code null} for nothing. */
    public static TopicNamespaceSpec grant(Cluster cluster, String namespace) {
        return cluster == null
                ? null
                : cluster.getSpec().topicNamespaces.stream().filter(it -> namespace.equals(it.namespace)).findFirst().orElse(null);
    }

    /**
     * Why there can be no such topic in the Cluster, {@code null} when there can.
     *
     * @param cluster {@code null} when there is none
     * @param others the Topics of the Cluster's namespace that are of the Cluster, this one's copy maybe among them
     */
    public static Problem problem(Topic source, Cluster cluster, Collection<Topic> others) {
        String namespace = source.getMetadata().getNamespace();
        TopicNamespaceSpec grant = grant(cluster, namespace);
        if (grant == null) {
            // Whoever is granted nothing learns nothing either of which Clusters there are.
            return new Problem("NotGranted", "There is no Cluster '" + source.getSpec().cluster + "' in namespace " + source.getSpec().clusterNamespace
                    + " that grants topics to namespace " + namespace + ": ask those who run it for an entry of its spec.topicNamespaces.");
        }
        String name = ObjectNames.kafkaName(source);
        String prefix = grant.prefix();
        if (!name.startsWith(prefix) || name.length() == prefix.length()) {
            return new Problem("NameNotGranted",
                    "Topics of this namespace have names in the Cluster that begin with '" + prefix + "', and this one's is '" + name
                            + "': make a Topic with another metadata.name or spec.topicName.");
        }
        Problem problem = problem(source.getSpec().grants);
        if (problem != null) {
            return problem;
        }
        Topic rival = others.stream().filter(other -> ObjectNames.collide(name, ObjectNames.kafkaName(other)) && !isCopyOf(other, source)).findFirst()
                .orElse(null);
        if (rival != null) {
            return new Problem(TopicRules.NAME_TAKEN,
                    "The Cluster has a topic '" + ObjectNames.kafkaName(rival) + "' already that is not of this Topic. It stays as it is.");
        }
        return boundProblem(source, grant, others);
    }

    private static Problem boundProblem(Topic source, TopicNamespaceSpec grant, Collection<Topic> others) {
        List<Topic> beside = others.stream()
                .filter(other -> !isForeign(other) && copyOf(other) != null && copyOf(other).startsWith(source.getMetadata().getNamespace() + "/"))
                .filter(other -> !isCopyOf(other, source))
                .toList();
        if (grant.topics != null && beside.size() >= grant.topics) {
            return new Problem("TooManyTopics",
                    "This namespace may have " + grant.topics + " topics in the Cluster, and has as many: delete some, or ask for more"
                            + " (topics in the Cluster's spec.topicNamespaces).");
        }
        long partitions = beside.stream().mapToLong(other -> other.getSpec().partitions).sum();
        return grant.partitions == null || partitions + source.getSpec().partitions <= grant.partitions
                ? null
                : new Problem("TooManyPartitions",
                        "This namespace may have " + grant.partitions + " partitions in the Cluster, its other topics have " + partitions
                                + ", and this one would have " + source.getSpec().partitions
                                + ": lower that, or ask for more (partitions in the Cluster's spec.topicNamespaces).");
    }

    private static Problem problem(List<GrantSpec> grants) {
        for (int i = 0; i < grants.size(); i++) {
            GrantSpec grant = grants.get(i);
            String problem = grant.user == null == (grant.serviceAccount == null)
                    ? "name either a user or a serviceAccount"
                    : grant.serviceAccount != null && grant.serviceAccount.name == null
                            ? "the serviceAccount needs a name"
                            : grant.operations.stream().filter(it -> !OPERATIONS.contains(it)).findFirst()
                                    .map(it -> "'" + it + "' is none of the operations Read, Write, Describe and DescribeConfigs")
                                    .orElse(grant.operations.isEmpty() ? "operations are missing" : null);
            if (problem != null) {
                return new Problem("InvalidGrant", "spec.grants[" + i + "]: " + problem + ".");
            }
        }
        return null;
    }

    /** The copy as it is to be: a new one where {@code present} is {@code null}. A topic keeps partitions that it has. */
    public static Topic copy(Topic source, Topic present, String objectName) {
        Topic copy = new Topic();
        copy.getMetadata().setName(objectName);
        copy.getMetadata().setNamespace(source.getSpec().clusterNamespace);
        Map<String, String> annotations = new TreeMap<>(Map.of(COPY_OF, source.getMetadata().getNamespace() + "/" + source.getMetadata().getName(), COPY_OF_UID,
                source.getMetadata().getUid()));
        String records = source.getMetadata().getAnnotations() == null ? null : source.getMetadata().getAnnotations().get(Topic.RECORDS_OF);
        if (records != null) {
            annotations.put(Topic.RECORDS_OF, records);
        }
        copy.getMetadata().setAnnotations(annotations);
        copy.getSpec().cluster = source.getSpec().cluster;
        copy.getSpec().topicName = ObjectNames.topicNameFor(objectName, ObjectNames.kafkaName(source));
        copy.getSpec().partitions = Math.max(source.getSpec().partitions, present == null ? 0 : present.getSpec().partitions);
        copy.getSpec().replicas = source.getSpec().replicas;
        copy.getSpec().config = source.getSpec().config;
        return copy;
    }

    /** What a topic's owner grants, as a copy's status has it for brokers: {@code User:NAME Operation}. */
    public static List<String> granted(Topic source) {
        List<String> granted = new ArrayList<>();
        if (problem(source.getSpec().grants) == null) {
            for (GrantSpec grant : source.getSpec().grants) {
                String name = grant.user != null
                        ? grant.user
                        : User.accountName(grant.serviceAccount.namespace == null ? source.getMetadata().getNamespace() : grant.serviceAccount.namespace,
                                grant.serviceAccount.name);
                grant.operations.forEach(operation -> granted.add("User:" + name + " " + operation));
            }
        }
        return granted;
    }
}
