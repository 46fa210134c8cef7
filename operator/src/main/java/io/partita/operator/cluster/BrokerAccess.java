package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.partita.crds.Cluster;
import io.partita.crds.User;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the brokers may do with the API server: read their Cluster and change its settings; create, change and delete Topics for Kafka's admin clients, by an admission policy
 * those of their Cluster only; keep the rules of their Cluster that Kafka's tools set; say by a Lease each that they are there; and, where clients are asked who they are, read Users
 * and the one Secret with what is kept of passwords.
 */
final class BrokerAccess {

    private BrokerAccess() {}

    static List<HasMetadata> desired(Cluster cluster, int brokers) {
        String name = ClusterLabels.account(cluster);
        return List.of(
                new ServiceAccountBuilder().withMetadata(ClusterLabels.owned(cluster, name)).build(),
                role(cluster, brokers),
                new RoleBindingBuilder()
                        .withMetadata(ClusterLabels.owned(cluster, name))
                        .withNewRoleRef("rbac.authorization.k8s.io", "Role", name)
                        .addNewSubject()
                        .withKind("ServiceAccount")
                        .withName(name)
                        .withNamespace(cluster.getMetadata().getNamespace())
                        .endSubject()
                        .build());
    }

    private static Role role(Cluster cluster, int brokers) {
        String name = ClusterLabels.account(cluster);
        RoleBuilder role = new RoleBuilder()
                .withMetadata(ClusterLabels.owned(cluster, name))
                .addNewRule()
                .withApiGroups(Cluster.GROUP)
                .withResources("clusters")
                .withResourceNames(ClusterLabels.name(cluster))
                .withVerbs("get", "list", "watch", "update", "patch")
                .endRule()
                .addNewRule()
                .withApiGroups(Cluster.GROUP)
                .withResources("topics")
                .withVerbs("get", "list", "watch", "create", "update", "patch", "delete")
                .endRule()
                .addNewRule()
                .withApiGroups(Cluster.GROUP)
                .withResources("partitionsets")
                .withVerbs("get", "list", "watch", "create", "update", "patch")
                .endRule()
                .addNewRule()
                .withApiGroups(Cluster.GROUP)
                .withResources("kafkarules")
                .withResourceNames(ClusterLabels.name(cluster))
                .withVerbs("get", "list", "watch", "update", "patch")
                .endRule()
                .addNewRule()
                .withApiGroups(Cluster.GROUP)
                .withResources("kafkarules")
                .withVerbs("create")
                .endRule()
                .addNewRule()
                .withApiGroups("coordination.k8s.io")
                .withResources("leases")
                .withVerbs("list", "watch", "create")
                .endRule()
                .addNewRule()
                .withApiGroups("coordination.k8s.io")
                .withResources("leases")
                .withResourceNames(IntStream.range(0, brokers).mapToObj(broker -> ClusterLabels.pod(cluster, broker)).toList())
                .withVerbs("get", "update", "patch")
                .endRule();
        if (BrokerSecurity.asksForUsers(cluster)) {
            role.addNewRule()
                    .withApiGroups(Cluster.GROUP)
                    .withResources("users")
                    .withVerbs("get", "list", "watch")
                    .endRule()
                    // What they keep of passwords, and no other Secret.
                    .addNewRule()
                    .withApiGroups("")
                    .withResources("secrets")
                    .withResourceNames(User.credentialsOf(ClusterLabels.name(cluster)))
                    .withVerbs("get", "list", "watch")
                    .endRule();
        }
        return role.build();
    }
}
