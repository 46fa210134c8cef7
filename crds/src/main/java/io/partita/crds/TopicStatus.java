package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** State of a topic, for people, and where its partitions are kept. Only the operator writes it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public class TopicStatus {

    /** Type of the condition that says whether the topic is as wanted. */
    public static final String READY = "Ready";

    @JsonPropertyDescription("Generation of the spec this status is about.")
    public Long observedGeneration;

    @JsonPropertyDescription("The topic's name as Kafka clients know it.")
    public String topicName;

    @JsonPropertyDescription("Id of the topic (the object's uid), written with the first placement. A status with another id came from elsewhere, for example a backup, "
            + "and is not used.")
    public String topicId;

    @JsonPropertyDescription("Id of the cluster the partitions are placed in (status.clusterId of the Cluster). Where the Cluster was made anew under another id, their "
            + "records are gone and they begin anew.")
    public String clusterId;

    @JsonPropertyDescription("Brokers that are named as leaders and are away, by number, with the reason as far as it is known.")
    public Map<String, String> away;

    @JsonPropertyDescription("Replicas of a partition.")
    public Integer replicas;

    @JsonPropertyDescription("Partitions that have a leader which is there.")
    public Integer leaders;

    @JsonPropertyDescription("Partitions with fewer in-sync replicas than replicas.")
    public Integer underReplicated;

    @JsonPropertyDescription("Settings in force, the last valid ones of the spec.")
    public Map<String, String> config;

    @JsonPropertyDescription("Where each partition is kept: name of a PartitionSet without that of the cluster, and the brokers that it began on. Never changes.")
    @JsonSetter(nulls = Nulls.SKIP)
    public List<String> places = new ArrayList<>();

    @JsonPropertyDescription("So many of the partitions, from the first on, are known to have been in their PartitionSets: one that is missing there is lost.")
    public Integer stored;

    @JsonPropertyDescription("Whether partitions of an earlier release, as they are below, are being taken into PartitionSets.")
    public Boolean adopting;

    @JsonPropertyDescription("The partitions as they were a while ago, for people; partition n is entry n. What holds is in PartitionSets.")
    @JsonSetter(nulls = Nulls.SKIP)
    public List<PartitionStatus> partitions = new ArrayList<>();

    @JsonPropertyDescription("What the owner of a Topic of another namespace grants, where this is its copy: a user and an operation each. Brokers let them.")
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @JsonSetter(nulls = Nulls.SKIP)
    public List<String> grants = new ArrayList<>();

    @JsonPropertyDescription("Ready: the topic is as the spec wants it. The message says what to do if not.")
    public List<Condition> conditions = new ArrayList<>();

    /** A status that can be changed without changing this one. What is in its lists and maps is shared. */
    public TopicStatus copy() {
        TopicStatus copy = new TopicStatus();
        copy.observedGeneration = observedGeneration;
        copy.topicName = topicName;
        copy.topicId = topicId;
        copy.clusterId = clusterId;
        copy.away = away;
        copy.replicas = replicas;
        copy.leaders = leaders;
        copy.underReplicated = underReplicated;
        copy.config = config;
        copy.places = new ArrayList<>(places);
        copy.stored = stored;
        copy.adopting = adopting;
        copy.partitions = new ArrayList<>(partitions);
        copy.grants = grants;
        copy.conditions = conditions;
        return copy;
    }
}
