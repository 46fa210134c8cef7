package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a user wants of a topic. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = "self.cluster == oldSelf.cluster", message = "cluster cannot change: records do not move between clusters. Create another Topic.")
@ValidationRule(value = "has(self.clusterNamespace) == has(oldSelf.clusterNamespace) && (!has(self.clusterNamespace) || self.clusterNamespace == oldSelf.clusterNamespace)", message = "clusterNamespace cannot change: records do not move between clusters. Create another Topic.")
@ValidationRule(value = "!has(self.grants) || self.grants.size() == 0 || has(self.clusterNamespace)", message = "grants are for a topic in a Cluster of another namespace (clusterNamespace); in the Cluster's own its Users say who may do what")
@ValidationRule(value = "has(self.topicName) == has(oldSelf.topicName) && (!has(self.topicName) || self.topicName == oldSelf.topicName)", message = "topicName cannot change: clients know the topic by it. Create another Topic.")
@ValidationRule(value = "self.partitions >= oldSelf.partitions", message = "partitions can only grow: records of a partition cannot be moved into another")
public class TopicSpec {

    /** Most partitions of one topic: their state must fit into one object of at most 1.5 MiB. */
    public static final int PARTITIONS_MAX = 5_000;
    /** Most grants of one topic. */
    public static final int GRANTS_MAX = 100;
    /** Most replicas of a partition. */
    public static final int REPLICAS_MAX = 9;

    @JsonPropertyDescription("Name of the Cluster, in the same namespace or in clusterNamespace. Cannot change.")
    @Required
    @Size(min = 1, max = 40)
    public String cluster;

    @JsonPropertyDescription("Namespace of the Cluster, where that is another one: it has to grant this by its spec.topicNamespaces, which also says what the topic's name in Kafka begins with. "
            + "Cannot change.")
    @Size(min = 1, max = 63)
    public String clusterNamespace;

    @JsonPropertyDescription("Who may use the topic beside those whom the Cluster's Users let, in a Cluster of another namespace with authorization AccessRules. Whoever is named needs a User there.")
    @Size(max = GRANTS_MAX)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @JsonSetter(nulls = Nulls.SKIP)
    public List<GrantSpec> grants = new ArrayList<>();

    @JsonPropertyDescription("Kafka's name of the topic, where it differs from metadata.name: Kubernetes knows no capitals and underscores. Cannot change.")
    @Size(min = 1, max = 249)
    @Pattern("^[a-zA-Z0-9._-]+$")
    @ValidationRule(value = "self != '.' && self != '..'", message = "'.' and '..' are directories, not topics")
    public String topicName;

    @JsonPropertyDescription("Partitions. They can only grow; keys may then go to other partitions than before.")
    @Default("1")
    @Min(1)
    @Max(PARTITIONS_MAX)
    public int partitions = 1;

    @JsonPropertyDescription("Replicas of each partition, at most as many as there are brokers. Default: 3, or one for each broker where there are fewer.")
    @Min(1)
    @Max(REPLICAS_MAX)
    public Integer replicas;

    @JsonPropertyDescription("Settings of the topic under Kafka's names, for example retention.ms. Values are strings: quote numbers and booleans. They apply at once.")
    @Size(max = 64)
    @JsonSetter(nulls = Nulls.SKIP)
    public Map<String, String> config = new TreeMap<>();

    /** Somebody who may use the topic. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public static class GrantSpec {

        @JsonPropertyDescription("Name of a User of the Cluster. Either this or serviceAccount.")
        @Size(min = 1, max = 253)
        public String user;

        @JsonPropertyDescription("A ServiceAccount of which the Cluster has a User. Its namespace is this object's, if none is given.")
        public UserSpec.AccountSpec serviceAccount;

        @JsonPropertyDescription("Operations of Read, Write, Describe and DescribeConfigs.")
        @Required
        @Size(min = 1, max = 16)
        @JsonSetter(nulls = Nulls.SKIP)
        public List<String> operations = new ArrayList<>();
    }
}
