package io.partita.broker.kubernetes;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.partita.crds.Cluster;
import io.partita.crds.KafkaRules;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.Topic;
import io.partita.crds.User;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The objects of a cluster as they were seen last. Any of them may be old: what is decided by them is written only if the object is still the same.
 *
 * @param cluster {@code null} when there is none any more
 * @param topics those of the namespace, or only those of the cluster
 * @param leases registrations of brokers
 * @param sets what is stored of partitions
 * @param rules access rules, quotas and settings of groups, {@code null} when there are none
 * @param users those of the namespace, where brokers ask who clients are or what they may do
 * @param credentials what is kept of the users' passwords, {@code null} for nothing
 */
record SeenObjects(
        @JsonProperty("cluster") Cluster cluster, @JsonProperty("topics") List<Topic> topics, @JsonProperty("leases") List<Lease> leases,
        @JsonProperty("sets") List<PartitionSetObject> sets, @JsonProperty("rules") KafkaRules rules,
        @JsonProperty("users") List<User> users, @JsonProperty("credentials") Secret credentials) {

    SeenObjects {
        topics = topics == null ? List.of() : topics;
        leases = leases == null ? List.of() : leases;
        sets = sets == null ? List.of() : sets;
        users = users == null ? List.of() : users;
    }

    /** Which topics ask to begin with the records that are kept of another one, by {@link Topic#RECORDS_OF}. */
    Map<UUID, UUID> recordsOf() {
        Map<UUID, UUID> asked = new HashMap<>();
        for (Topic topic : topics) {
            Map<String, String> annotations = topic.getMetadata().getAnnotations();
            String former = annotations == null ? null : annotations.get(Topic.RECORDS_OF);
            if (former != null && topic.getMetadata().getUid() != null) {
                try {
                    asked.put(UUID.fromString(topic.getMetadata().getUid()), UUID.fromString(former.strip()));
                } catch (IllegalArgumentException noUid) {
                    // Nobody's records: the topic begins empty.
                    continue;
                }
            }
        }
        return asked;
    }

    /** The object of a topic, {@code null} when there is none. */
    Topic topic(UUID id) {
        String uid = id.toString();
        return topics.stream().filter(topic -> uid.equals(topic.getMetadata().getUid())).findFirst().orElse(null);
    }
}
