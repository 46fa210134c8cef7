package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * A topic: this object is its metadata, whoever made it. Its uid is the topic id, so that a topic made anew under an old name never shows old records.
 *
 * <p>Who leads its partitions and who is in sync is in PartitionSets ({@link PartitionSetObject}); the status says in which, and shows to people how it stands. Only the operator writes it, what it
 * changes in one patch for the resource version it read ({@link ObjectPatch}).
 */
@Group(Cluster.GROUP)
@Version(Cluster.VERSION)
@ShortNames("pt")
@Categories("partita")
@JsonClassDescription("A topic of Kafka in the Cluster that it names. Its records are kept for a while when it is deleted (log.undelete.retention.ms); made anew under its old name it is another topic.")
@ValidationRule(value = "has(self.spec.topicName) || size(self.metadata.name) <= 249", message = "a Kafka topic name has at most 249 characters: shorten metadata.name or give spec.topicName")
@AdditionalPrinterColumn(name = "Cluster", jsonPath = ".spec.cluster", type = Type.STRING)
@AdditionalPrinterColumn(name = "Partitions", jsonPath = ".spec.partitions", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Replicas", jsonPath = ".status.replicas", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Leaders", jsonPath = ".status.leaders", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Under-Replicated", jsonPath = ".status.underReplicated", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].status", type = Type.STRING)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", type = Type.STRING)
@AdditionalPrinterColumn(name = "Topic", jsonPath = ".status.topicName", type = Type.STRING, priority = 1)
@AdditionalPrinterColumn(name = "Message", jsonPath = ".status.conditions[?(@.type==\"Ready\")].message", type = Type.STRING, priority = 1)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public class Topic extends CustomResource<TopicSpec, TopicStatus> implements Namespaced {

    /**
     * Annotation of a new Topic with the uid of one of its name that was deleted: its partitions begin with the records that brokers have kept of that one, where the broker that leads a
     * partition first has them.
     */
    public static final String RECORDS_OF = "partita.io/records-of";

    @Override
    @Required
    public TopicSpec getSpec() {
        return super.getSpec();
    }

    @Override
    protected TopicSpec initSpec() {
        return new TopicSpec();
    }

    @Override
    protected TopicStatus initStatus() {
        return null;
    }
}
