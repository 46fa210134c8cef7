package io.partita.broker.api;

import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * A partition as a client on one listener sees it.
 *
 * @param error {@link ErrorCode#NONE} when the leader can be reached
 * @param leader the leader, {@link PartitionImage#NO_LEADER} when there is none to be reached
 * @param offlineReplicas replicas on brokers that are not there
 */
record PartitionState(ErrorCode error, int leader, List<Integer> offlineReplicas) {

    static PartitionState of(PartitionImage partition, ClusterImage image, String listener) {
        List<Integer> offline = List.of();
        for (Integer replica : partition.replicas()) {
            if (image.broker(replica) == null) {
                if (offline.isEmpty()) {
                    offline = new ArrayList<>();
                }
                offline.add(replica);
            }
        }
        BrokerImage leader = image.broker(partition.leader());
        if (leader == null) {
            return new PartitionState(ErrorCode.LEADER_NOT_AVAILABLE, PartitionImage.NO_LEADER, offline);
        }
        if (leader.endpoint(listener) == null) {
            return new PartitionState(ErrorCode.LISTENER_NOT_FOUND, PartitionImage.NO_LEADER, offline);
        }
        return new PartitionState(ErrorCode.NONE, leader.id(), offline);
    }
}
