package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.Map;

/**
 * Access rules, quotas and settings of groups of a cluster, as Kafka's tools set them and brokers read them; people may edit it as well. One for each Cluster, under its name, made when the first is
 * set. It has no owner: it outlives its Cluster as Topics and volumes do.
 */
@Group(Cluster.GROUP)
@Version(Cluster.VERSION)
@Kind("KafkaRules")
@Plural("kafkarules")
@Singular("kafkarules")
@ShortNames("kr")
@Categories("partita")
@JsonClassDescription("Access rules, quotas and settings of groups that Kafka's tools have set in the Cluster of the same name.")
@ValidationRule(value = "self.metadata.name == self.spec.cluster", message = "the object is named as its Cluster: there is one for each")
@AdditionalPrinterColumn(name = "Changes", jsonPath = ".metadata.generation", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public class KafkaRules extends CustomResource<KafkaRulesSpec, Void> implements Namespaced {

    /** A cluster's rules before there are any. */
    public static KafkaRules of(String namespace, String cluster) {
        KafkaRules rules = new KafkaRules();
        rules.setMetadata(
                new ObjectMetaBuilder().withName(cluster).withNamespace(namespace).withLabels(Map.of(PartitionSetObject.CLUSTER_LABEL, cluster)).build());
        rules.getSpec().cluster = cluster;
        return rules;
    }

    /** The object's version as a number: a later change has a higher one. */
    public long version() {
        return Long.parseLong(getMetadata().getResourceVersion());
    }

    @Override
    @Required
    public KafkaRulesSpec getSpec() {
        return super.getSpec();
    }

    @Override
    protected KafkaRulesSpec initSpec() {
        return new KafkaRulesSpec();
    }
}
