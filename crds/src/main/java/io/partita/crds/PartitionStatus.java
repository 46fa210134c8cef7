package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import java.util.List;

/**
 * State of one partition. It changes only as a whole, with a {@code version} one higher.
 *
 * @param partition its number
 * @param leader who leads it, {@code null} for nobody
 * @param leaderEpoch number of the leadership, raised with every change of leader; 0 before the first
 * @param version number of this state
 * @param replicas the brokers that hold it, the preferred leader first
 * @param isr the logs that have all that was acknowledged; empty before the first leader
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PartitionStatus(
        @JsonPropertyDescription("Number of the partition.") @Min(0) @Max(TopicSpec.PARTITIONS_MAX) int partition,
        @JsonPropertyDescription("Who leads it.") Leader leader,
        @JsonPropertyDescription("Number of the leadership; a change of leader always raises it.") @Min(0) @Max(Integer.MAX_VALUE) int leaderEpoch,
        @JsonPropertyDescription("Number of this state; every change raises it.") @Min(0) @Max(Integer.MAX_VALUE) int version,
        @JsonPropertyDescription("Brokers that hold the partition, the preferred leader first.") List<Integer> replicas,
        @JsonPropertyDescription("Logs that have all that was acknowledged.") List<InSyncReplica> isr) {

    public PartitionStatus {
        replicas = replicas == null ? List.of() : List.copyOf(replicas);
        isr = isr == null ? List.of() : List.copyOf(isr);
    }

    /** A partition that nobody has led yet. */
    public static PartitionStatus placed(int partition, List<Integer> replicas) {
        return new PartitionStatus(partition, null, 0, 0, replicas, List.of());
    }

    /** The partition without its records, which are gone or given up: any of these replicas may lead it with the log it has, in a higher epoch than any before. */
    public PartitionStatus begunAnew(List<Integer> replicas) {
        List<InSyncReplica> any = replicas.stream().map(broker -> new InSyncReplica(broker, InSyncReplica.ANY_LOG)).toList();
        return new PartitionStatus(partition, null, leaderEpoch, version + 1, replicas, any);
    }

    /**
     * A leader.
     *
     * @param broker its number
     * @param process name of the run of its process: a restart has a new one, and never leads on in the epoch of the old one
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Leader(
            @JsonPropertyDescription("Number of the broker.") @Min(0) @Max(Integer.MAX_VALUE) int broker,
            @JsonPropertyDescription("Name of one run of its process.") String process) {}

    /**
     * An in-sync log.
     *
     * @param broker the broker that holds it
     * @param incarnation name of the log: one that may lack something has a new name
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record InSyncReplica(
            @JsonPropertyDescription("Number of the broker.") @Min(0) @Max(Integer.MAX_VALUE) int broker,
            @JsonPropertyDescription("Name of its log; a log that may lack something has a new one. Empty for any log, where records are gone or given up.") String incarnation) {

        /** In place of the name of a log: any will do. */
        public static final String ANY_LOG = "";
    }
}
