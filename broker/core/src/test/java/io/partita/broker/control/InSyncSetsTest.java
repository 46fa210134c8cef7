package io.partita.broker.control;

import static io.partita.broker.control.Decision.refused;
import static io.partita.broker.control.States.A;
import static io.partita.broker.control.States.A2;
import static io.partita.broker.control.States.LED;
import static io.partita.broker.control.States.LOG_A;
import static io.partita.broker.control.States.LOG_B;
import static io.partita.broker.control.States.LOG_C;
import static io.partita.broker.control.States.inSync;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.control.Decision.Granted;
import io.partita.broker.control.Decision.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

class InSyncSetsTest {

    private static Decision set(BrokerProcess leader, InSyncReplica... isr) {
        return new Granted(new PartitionState(LED.replicas(), leader, 5, 10, List.of(isr), 2, 0));
    }

    @Test
    void theLeaderTakesAReplicaInUnderTheLogThatFetched() {
        assertEquals(set(A, LOG_A, new InSyncReplica(1, "new"), LOG_C), InSyncSets.add(inSync(LOG_A, LOG_C), A, 1, "new"));
        assertEquals(refused(Refusal.NOTHING_TO_DO), InSyncSets.add(LED, A, 1, "new"));
        assertEquals(refused(Refusal.NOT_A_REPLICA), InSyncSets.add(LED, A, 7, "new"));
        assertEquals(refused(Refusal.NOT_THE_LEADER), InSyncSets.add(inSync(LOG_A, LOG_C), A2, 1, "new"));
    }

    @Test
    void aFollowerIsTakenOutWhileTheMinimumRemains() {
        assertEquals(set(A, LOG_A, LOG_C), InSyncSets.remove(LED, A, 1, false));
        assertEquals(set(A, LOG_A, LOG_C), InSyncSets.dropOnBehalf(LED, 1));
        assertEquals(refused(Refusal.BELOW_MIN), InSyncSets.remove(inSync(LOG_A, LOG_B), A, 1, false));
        assertEquals(refused(Refusal.BELOW_MIN), InSyncSets.dropOnBehalf(inSync(LOG_A, LOG_B), 1));
        assertEquals(refused(Refusal.NOT_THE_LEADER), InSyncSets.remove(LED, A2, 1, false));
        assertEquals(refused(Refusal.NOTHING_TO_DO), InSyncSets.dropOnBehalf(inSync(LOG_A, LOG_B), 2));
    }

    @Test
    void aLogThatIsKnownToBeGoneIsWaitedForNoLonger() {
        assertEquals(set(A, LOG_A), InSyncSets.remove(inSync(LOG_A, LOG_B), A, 1, true));
        assertEquals(set(A, LOG_A), InSyncSets.dropLost(inSync(LOG_A, LOG_B), 1, "new"));
        assertEquals(refused(Refusal.NOTHING_TO_DO), InSyncSets.dropLost(LED, 1, "y"));
    }

    @Test
    void aLeaderWhoseLogIsGoneLeadsNoMore() {
        assertEquals(set(null, LOG_B, LOG_C), InSyncSets.dropLost(LED, 0, "new"));
    }

    @Test
    void theLeaderIsNotTakenOutAndTheLastStaysNamed() {
        assertEquals(refused(Refusal.IS_THE_LEADER), InSyncSets.dropOnBehalf(LED, 0));
        assertEquals(refused(Refusal.LAST_IN_SYNC), InSyncSets.dropLost(inSync(LOG_A), 0, "new"));
    }

    @Test
    void ofTheMinimumOnlyAsMuchCountsAsThereAreReplicas() {
        PartitionState two = new PartitionState(List.of(0, 1), A, 5, 9, List.of(LOG_A, LOG_B), 3, 0);

        assertEquals(2, two.effectiveMin());
        assertEquals(refused(Refusal.BELOW_MIN), InSyncSets.remove(two, A, 1, false));
    }
}
