package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What brokers and the operator have stored of partitions. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = "self.cluster == oldSelf.cluster", message = "cluster cannot change: partitions do not move between clusters")
public class PartitionSetSpec {

    @JsonPropertyDescription("Name of the Cluster in the same namespace. Cannot change.")
    @Required
    @Size(min = 1, max = 40)
    public String cluster;

    @JsonPropertyDescription("A line for each partition, below a format and the names that the lines refer to by number, above a checksum of all lines. What does not fit its "
            + "checksum is not acted on.")
    @Required
    @JsonSetter(nulls = Nulls.AS_EMPTY)
    public List<String> lines = List.of();
}
