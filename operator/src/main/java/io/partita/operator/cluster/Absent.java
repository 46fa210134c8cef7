package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionSet;
import io.partita.crds.Cluster;
import io.partita.operator.cluster.Observed.NodeSeen;
import io.partita.operator.cluster.Observed.Sign;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which brokers are gone, and which can be elected in their place, by what Kubernetes says of their pods and they of themselves. Being wrong costs an election and nothing else. */
final class Absent {

    private Absent() {}

    /** The processes that can be elected, by broker. */
    static Map<Integer, BrokerProcess> electable(Cluster cluster, Observed observed) {
        Map<Integer, BrokerProcess> electable = new TreeMap<>();
        observed.signs().forEach((broker, sign) -> {
            if (!sign.isLeaving() && !cluster.fencedBrokers().contains(broker) && sign.process() != null && !isGone(broker, cluster, observed)) {
                electable.put(broker, new BrokerProcess(broker, sign.process()));
            }
        });
        return electable;
    }

    /** Brokers that a set has in sync, and that are gone. */
    static Set<Integer> gone(PartitionSet set, Cluster cluster, Observed observed) {
        Set<Integer> gone = new TreeSet<>();
        set.states().values().forEach(state -> {
            for (InSyncReplica member : state.isr()) {
                if (!member.isAnyLog() && isGone(member.broker(), cluster, observed)) {
                    gone.add(member.broker());
                }
            }
        });
        return gone;
    }

    /** A broker whose pod is not there, or on a node that is not ready, or that does not say any more that it is there. */
    static boolean isGone(int broker, Cluster cluster, Observed observed) {
        Sign sign = observed.signs().get(broker);
        Pod pod = observed.pods().get(ClusterLabels.pod(cluster, broker));
        NodeSeen node = observed.nodeOf(pod);
        boolean isOnLostNode = node != null && !node.isReady();
        return sign == null || !sign.isThere() || pod == null || isOnLostNode;
    }
}
