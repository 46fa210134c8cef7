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
import java.util.Map;
import java.util.TreeMap;

/** What Kafka's tools have set in a cluster beside topics and settings of brokers. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = "self.cluster == oldSelf.cluster", message = "cluster cannot change: rules of one cluster are none of another")
public class KafkaRulesSpec {

    @JsonPropertyDescription("Name of the Cluster in the same namespace, which is the name of this object too. Cannot change.")
    @Required
    @Size(min = 1, max = 40)
    public String cluster;

    @JsonPropertyDescription("Access rules (kafka-acls.sh), one a line: TYPE LITERAL|PREFIXED NAME ALLOW|DENY OPERATION PRINCIPAL HOST, as in 'TOPIC LITERAL orders ALLOW READ "
            + "User:alice *'. A space in a name is written %20, a percent sign %25. Where one line is no rule all stay as they were before.")
    @JsonSetter(nulls = Nulls.AS_EMPTY)
    public List<String> acls = List.of();

    @JsonPropertyDescription("Quotas (kafka-configs.sh --entity-type users, clients, ips), one a line: USER CLIENT-ID IP KEY VALUE, each of the first three '=NAME', '*' for the "
            + "default, or '-' for none, as in '=alice - - producer_byte_rate 1048576.0'. Where one line is no quota all stay as they were before.")
    @JsonSetter(nulls = Nulls.AS_EMPTY)
    public List<String> quotas = List.of();

    @JsonPropertyDescription("Settings of single groups (kafka-configs.sh --entity-type groups), by group and name.")
    @JsonSetter(nulls = Nulls.AS_EMPTY)
    public Map<String, Map<String, String>> groups = new TreeMap<>();
}
