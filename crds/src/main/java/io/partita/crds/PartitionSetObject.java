package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.Required;
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
import java.util.List;
import java.util.Map;

/**
 * Who leads the partitions of many topics and who is in sync: a line of text for each partition, so that one write elects leaders for all partitions of a broker. Brokers and the operator write
 * it, each the whole for the resource version that it has read. It has no owner: it outlives its Cluster as Topics and volumes do.
 */
@Group(Cluster.GROUP)
@Version(Cluster.VERSION)
@Kind("PartitionSet")
@Plural("partitionsets")
@Singular("partitionset")
@ShortNames("ps")
@Categories("partita")
@JsonClassDescription("Leaders and in-sync replicas of partitions, written by brokers and the operator. Not to be edited, and not to be deleted: what it says is nowhere else.")
@AdditionalPrinterColumn(name = "Cluster", jsonPath = ".spec.cluster", type = Type.STRING)
@AdditionalPrinterColumn(name = "Format", jsonPath = ".spec.lines[0]", type = Type.STRING)
@AdditionalPrinterColumn(name = "Changes", jsonPath = ".metadata.generation", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public class PartitionSetObject extends CustomResource<PartitionSetSpec, Void> implements Namespaced {

    /** Label: the Cluster that a set is of. */
    public static final String CLUSTER_LABEL = "partita.io/cluster";

    /** The object's name of a set of a cluster. */
    public static String name(String cluster, String set) {
        return cluster + "-" + set;
    }

    /** A set that is made now. */
    public static PartitionSetObject of(String namespace, String cluster, String set, List<String> lines) {
        PartitionSetObject object = new PartitionSetObject();
        object.setMetadata(new ObjectMetaBuilder().withName(name(cluster, set)).withNamespace(namespace).withLabels(Map.of(CLUSTER_LABEL, cluster)).build());
        object.getSpec().cluster = cluster;
        object.getSpec().lines = lines;
        return object;
    }

    /** Name of the set within its cluster, {@code null} when it is none of it. */
    public String setOf(String cluster) {
        String name = getMetadata().getName();
        boolean isOf = getSpec() != null && cluster.equals(getSpec().cluster) && name.startsWith(cluster + "-");
        return isOf ? name.substring(cluster.length() + 1) : null;
    }

    /** The object's version as a number: a later change has a higher one. */
    public long version() {
        return Long.parseLong(getMetadata().getResourceVersion());
    }

    @Override
    @Required
    public PartitionSetSpec getSpec() {
        return super.getSpec();
    }

    @Override
    protected PartitionSetSpec initSpec() {
        return new PartitionSetSpec();
    }
}
