package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.ListenerType;
import io.partita.crds.Problem;
import java.util.List;

/** What tests of other packages ask of a cluster. */
public final class ClusterChecks {

    private ClusterChecks() {}

    /** Why the spec is refused, {@code null} when it is not. Node ports count as given. */
    public static Problem problem(Cluster cluster) {
        for (ListenerSpec listener : cluster.getSpec().listeners) {
            if (!listener.isOf(ListenerType.Internal)) {
                Problem problem = ClusterPlan.of(cluster, Observed.nothing(), "image").problem();
                return problem != null && problem.reason().equals("WaitingForAddress") ? null : problem;
            }
        }
        return ClusterPlan.of(cluster, Observed.nothing(), "image").problem();
    }

    /** Whom tokens have to be for where a Cluster is what it is without saying so, {@code null} where tokens are not asked for. */
    public static String audienceByDefault(Cluster cluster) {
        return BrokerSettingsMap.settings(SecureDefaults.of(cluster, null), 0, Observed.nothing())
                .get("listener.name.secure.oauthbearer.sasl.oauthbearer.expected.audience");
    }

    public static List<PolicyRule> rightsOfBrokers(Cluster cluster) {
        return BrokerAccess.desired(cluster, 1).stream().filter(Role.class::isInstance).map(Role.class::cast).findFirst().orElseThrow().getRules();
    }
}
