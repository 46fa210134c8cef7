package io.partita.broker.control;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Brokers, logs and states that the tests of this package are about. */
final class States {

    static final BrokerProcess A = new BrokerProcess(0, "a");
    static final BrokerProcess A2 = new BrokerProcess(0, "a2");
    static final BrokerProcess B = new BrokerProcess(1, "b");
    static final BrokerProcess C = new BrokerProcess(2, "c");
    static final InSyncReplica LOG_A = new InSyncReplica(0, "x");
    static final InSyncReplica LOG_B = new InSyncReplica(1, "y");
    static final InSyncReplica LOG_C = new InSyncReplica(2, "z");

    /** Three replicas, all in sync, led by A under epoch 5. */
    static final PartitionState LED = new PartitionState(List.of(0, 1, 2), A, 5, 9, List.of(LOG_A, LOG_B, LOG_C), 2, 0);

    private States() {}

    static PartitionState inSync(InSyncReplica... members) {
        return new PartitionState(LED.replicas(), A, 5, 9, List.of(members), 2, 0);
    }

    /** Any sound state over brokers 0 to 5. */
    static PartitionState any(Random random) {
        List<Integer> brokers = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5));
        Collections.shuffle(brokers, random);
        List<Integer> replicas = brokers.subList(0, 1 + random.nextInt(5));
        int min = 1 + random.nextInt(3);
        if (random.nextInt(8) == 0) {
            return PartitionState.placed(replicas, min);
        }
        List<InSyncReplica> isr = new ArrayList<>();
        for (int broker : replicas) {
            if (random.nextInt(3) > 0) {
                isr.add(new InSyncReplica(broker, "log" + broker + random.nextInt(2)));
            }
        }
        if (isr.isEmpty()) {
            isr.add(new InSyncReplica(replicas.getFirst(), "log"));
        }
        int leader = isr.get(random.nextInt(isr.size())).broker();
        int epoch = 1 + random.nextInt(1_000);
        Reassignment move = random.nextInt(4) > 0 ? null : new Reassignment(replicas, brokers.subList(random.nextInt(3), 3 + random.nextInt(3)));
        return new PartitionState(replicas, random.nextInt(5) == 0 ? null : new BrokerProcess(leader, "p" + random.nextInt(3)), epoch, random.nextInt(100_000),
                isr, min, random.nextInt(6) == 0 ? 1 + random.nextInt(epoch) : 0, move);
    }
}
