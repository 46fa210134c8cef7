package io.partita.operator.topic;

import io.partita.crds.Placed;
import java.util.List;

/** Gives partitions their places. */
interface Places {

    /** Places of all partitions of a topic, of which these are there and stay. */
    List<Placed> grown(List<Placed> present);

    /** Places of partitions that stay on the brokers that have them. */
    List<Placed> kept(List<List<Integer>> replicas);
}
