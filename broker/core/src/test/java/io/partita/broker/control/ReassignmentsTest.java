package io.partita.broker.control;

import static io.partita.broker.control.Decision.refused;
import static io.partita.broker.control.States.A;
import static io.partita.broker.control.States.B;
import static io.partita.broker.control.States.C;
import static io.partita.broker.control.States.LED;
import static io.partita.broker.control.States.LOG_A;
import static io.partita.broker.control.States.LOG_B;
import static io.partita.broker.control.States.LOG_C;
import static io.partita.broker.control.States.inSync;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.partita.broker.control.Decision.Granted;
import io.partita.broker.control.Decision.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReassignmentsTest {

    @Test
    void anAddedReplicaRaisesTheEpochOfTheSameLeader() {
        assertEquals(new Granted(new PartitionState(List.of(0, 1, 2, 7), A, 6, 10, LED.isr(), 2, 0)), Reassignments.addReplica(LED, 7));
        assertEquals(refused(Refusal.NOTHING_TO_DO), Reassignments.addReplica(LED, 1));
    }

    @Test
    void aReplicaLeavesReplicasAndInSyncSetInOneWrite() {
        assertEquals(new Granted(new PartitionState(List.of(0, 2), A, 5, 10, List.of(LOG_A, LOG_C), 2, 0)), Reassignments.removeReplica(LED, 1, null));
        assertEquals(new Granted(new PartitionState(List.of(0, 1), A, 5, 10, List.of(LOG_A, LOG_B), 2, 0)),
                Reassignments.removeReplica(inSync(LOG_A, LOG_B), 2, null), "one that is not in sync");
        assertEquals(refused(Refusal.BELOW_MIN), Reassignments.removeReplica(inSync(LOG_A, LOG_B), 1, null));
        assertEquals(refused(Refusal.NOTHING_TO_DO), Reassignments.removeReplica(LED, 7, null));
    }

    @Test
    void aLeaderThatIsRemovedHasItsSuccessorNamedInTheSameWrite() {
        assertEquals(new Granted(new PartitionState(List.of(1, 2), C, 6, 10, List.of(LOG_B, LOG_C), 2, 0)), Reassignments.removeReplica(LED, 0, C));
        assertEquals(refused(Refusal.NOT_IN_SYNC), Reassignments.removeReplica(new PartitionState(List.of(0, 1, 2, 3), A, 5, 9,
                List.of(LOG_A, LOG_B, LOG_C), 2, 0), 0, new BrokerProcess(3, "d")));
    }

    @Test
    void fewerReplicasThanTheMinimumNeedALowerMinimumFirst() {
        PartitionState two = new PartitionState(List.of(0, 1), A, 5, 9, List.of(LOG_A, LOG_B), 2, 0);
        assertEquals(refused(Refusal.BELOW_MIN), Reassignments.removeReplica(two, 1, null));

        PartitionState lowered = assertInstanceOf(Granted.class, Reassignments.setMin(two, 1)).next();

        assertEquals(new Granted(new PartitionState(List.of(0), A, 5, 11, List.of(LOG_A), 1, 0)), Reassignments.removeReplica(lowered, 1, null));
    }

    @Test
    void beforeTheFirstLeaderReplicasComeAndGoFreely() {
        PartitionState placed = PartitionState.placed(List.of(0, 1), 2);

        assertEquals(new Granted(new PartitionState(List.of(0, 1, 2), null, 0, 1, List.of(), 2, 0)), Reassignments.addReplica(placed, 2));
        assertEquals(new Granted(new PartitionState(List.of(1), null, 0, 1, List.of(), 2, 0)), Reassignments.removeReplica(placed, 0, B));
        assertEquals(refused(Refusal.LAST_IN_SYNC), Reassignments.removeReplica(PartitionState.placed(List.of(0), 1), 0, null));
    }
}
