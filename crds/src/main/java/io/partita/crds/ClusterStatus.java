package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.ArrayList;
import java.util.List;

/** What the operator sees of a cluster. Only the operator writes it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public class ClusterStatus {

    /** Type of the condition that says whether all is as wanted. */
    public static final String READY = "Ready";

    /** Level of a cluster whose brokers all read PartitionSets; before that a partition has one replica. */
    public static final int LEVEL_SETS = 2;

    /** Level of a cluster whose brokers all read PartitionSets with partitions on their way to other brokers; before that none is moved. */
    public static final int LEVEL_MOVES = 3;

    /** The newest level that this release knows. */
    public static final int LEVEL_NEWEST = LEVEL_MOVES;

    @JsonPropertyDescription("Newest forms of objects that are written, because all brokers read them and spec.level asks for it. It never goes back.")
    public Integer level;

    @JsonPropertyDescription("Generation of the spec this status is about.")
    public Long observedGeneration;

    @JsonPropertyDescription("Id of the cluster, as clients see it.")
    public String clusterId;

    @JsonPropertyDescription("Brokers that have a pod, ready or not.")
    @StatusReplicas
    public Integer replicas;

    @JsonPropertyDescription("Brokers that serve.")
    public Integer readyReplicas;

    @JsonPropertyDescription("Selects the brokers' pods.")
    @LabelSelector
    public String selector;

    @JsonPropertyDescription("The brokers by number.")
    public List<BrokerStatus> brokers = new ArrayList<>();

    @JsonPropertyDescription("The addresses for bootstrap.servers.")
    public List<ListenerStatus> listeners = new ArrayList<>();

    @JsonPropertyDescription("Ready: all brokers serve the newest settings. Each condition's message says what to do.")
    public List<Condition> conditions = new ArrayList<>();

    /**
     * One broker.
     *
     * @param id its number, the ordinal of its pod
     * @param pod name of its pod
     * @param node node its pod runs on, or ran on last while there is no pod; {@code null} before it had one
     * @param zone zone of that node, {@code null} when the node does not say
     * @param ready whether it serves
     * @param partitions replicas placed on it
     * @param away why it is not there for clients, {@code null} while it is
     * @param lost why what it held is not waited for, though it has not been away for long; {@code null} while it is
     * @param hindered whether its disks lack space or fail; {@code null} while they do not
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record BrokerStatus(
            @JsonPropertyDescription("Number of the broker, the ordinal of its pod.") int id,
            @JsonPropertyDescription("Its pod.") String pod,
            @JsonPropertyDescription("Node of its pod, the last one while it has none.") String node,
            @JsonPropertyDescription("Zone of that node.") String zone,
            @JsonPropertyDescription("Whether it serves.") boolean ready,
            @JsonPropertyDescription("Replicas of partitions placed on it.") int partitions,
            @JsonPropertyDescription("Why it is not there for clients, while it is not.") String away,
            @JsonPropertyDescription("Why what it held gets places on other brokers at once, while it is away and its node or volume is known to be gone.") String lost,
            @JsonPropertyDescription("Whether its disks lack space or fail, so that it refuses clients' records.") Boolean hindered) {

        /** A broker that is there. */
        public BrokerStatus(int id, String pod, String node, String zone, boolean ready, int partitions) {
            this(id, pod, node, zone, ready, partitions, null, null);
        }

        /** A broker whose disks are well. */
        public BrokerStatus(int id, String pod, String node, String zone, boolean ready, int partitions, String away, String lost) {
            this(id, pod, node, zone, ready, partitions, away, lost, null);
        }

        /** Whether it refuses clients' records. */
        @JsonIgnore
        public boolean isHindered() {
            return Boolean.TRUE.equals(hindered);
        }
    }

    /**
     * How to reach the brokers.
     *
     * @param name name of the listener
     * @param bootstrapServers addresses, separated by commas
     * @param bootstrapNodePort a port on every node that leads to whichever broker serves, {@code null} for none
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record ListenerStatus(
            @JsonPropertyDescription("Name of the listener.") String name,
            @JsonPropertyDescription("Addresses for a client's bootstrap.servers.") String bootstrapServers,
            @JsonPropertyDescription("Port on every node that leads to whichever broker serves, for listeners of type NodePort.") Integer bootstrapNodePort) {}
}
