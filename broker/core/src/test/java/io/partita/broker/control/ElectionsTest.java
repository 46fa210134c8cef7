package io.partita.broker.control;

import static io.partita.broker.control.Decision.refused;
import static io.partita.broker.control.States.A;
import static io.partita.broker.control.States.A2;
import static io.partita.broker.control.States.B;
import static io.partita.broker.control.States.C;
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

class ElectionsTest {

    private static Decision led(BrokerProcess leader, int epoch, InSyncReplica... isr) {
        return new Granted(new PartitionState(LED.replicas(), leader, epoch, 10, List.of(isr), 2, 0));
    }

    @Test
    void theFirstLeaderBringsTheFirstInSyncSet() {
        PartitionState placed = PartitionState.placed(List.of(0, 1, 2), 2);

        assertEquals(new Granted(new PartitionState(placed.replicas(), B, 1, 1, List.of(LOG_B), 2, 0)), Elections.elect(placed, B, "y", -1));
        assertEquals(refused(Refusal.NOT_IN_SYNC), Elections.electOnBehalf(placed, B), "of a log that nobody has named nobody else can say that it is whole");
    }

    @Test
    void theProcessThatLeadsLeadsOn() {
        assertEquals(refused(Refusal.NOTHING_TO_DO), Elections.elect(LED, A, "x", 5));
        assertEquals(refused(Refusal.NOTHING_TO_DO), Elections.electOnBehalf(LED, A));
        assertEquals(refused(Refusal.NOTHING_TO_DO), Elections.handOver(LED, A, A2));
    }

    @Test
    void aRestartedLeaderNeedsANewEpochAndKeepsTheInSyncSet() {
        assertEquals(led(A2, 6, LOG_A, LOG_B, LOG_C), Elections.elect(LED, A2, "x", 5));
        assertEquals(led(A2, 6, LOG_A, LOG_B, LOG_C), Elections.electOnBehalf(LED, A2));
    }

    @Test
    void theOldLeaderLeavesTheInSyncSetWhileTheMinimumRemains() {
        assertEquals(led(B, 6, LOG_B, LOG_C), Elections.elect(LED, B, "y", 5));
        assertEquals(led(B, 6, LOG_B, LOG_C), Elections.electOnBehalf(LED, B));
        assertEquals(led(B, 6, LOG_A, LOG_B), Elections.elect(inSync(LOG_A, LOG_B), B, "y", 5), "one alone could not commit, and A may be complete");
    }

    @Test
    void aLogThatMayLackSomethingDoesNotLead() {
        assertEquals(refused(Refusal.LOG_LOST), Elections.elect(LED, B, "new", 5));
        assertEquals(refused(Refusal.NOT_IN_SYNC), Elections.elect(inSync(LOG_A, LOG_B), C, "z", 5));
        assertEquals(refused(Refusal.NOT_IN_SYNC), Elections.electOnBehalf(inSync(LOG_A, LOG_B), C));
        assertEquals(refused(Refusal.NOT_A_REPLICA), Elections.elect(LED, new BrokerProcess(7, "p"), "x", 5));
        assertEquals(refused(Refusal.NOT_A_REPLICA), Elections.electOnBehalf(LED, new BrokerProcess(7, "p")));
    }

    @Test
    void whoIsElectedByOthersKeepsTheNameOfItsLog() {
        // Given a survivor that takes B for alive, whatever log B has by now
        // When it elects B; then only B can tell whether it is the log that is named
        assertEquals(led(B, 6, LOG_B, LOG_C), Elections.electOnBehalf(LED, new BrokerProcess(1, "b")));
    }

    @Test
    void anEpochThatTheLogKnowsIsNotUsedAgain() {
        assertEquals(led(B, 13, LOG_B, LOG_C), Elections.elect(LED, B, "y", 12));
    }

    @Test
    void whoHandsOverStaysInSync() {
        assertEquals(led(B, 6, LOG_A, LOG_B, LOG_C), Elections.handOver(LED, A, B));
        assertEquals(refused(Refusal.NOT_THE_LEADER), Elections.handOver(LED, A2, B));
        assertEquals(refused(Refusal.NOT_IN_SYNC), Elections.handOver(inSync(LOG_A, LOG_B), A, C));
    }

    @Test
    void whoResignsLeavesTheInSyncSetAsItIs() {
        assertEquals(led(null, 5, LOG_A, LOG_B, LOG_C), Elections.resign(LED, A));
        assertEquals(refused(Refusal.NOT_THE_LEADER), Elections.resign(LED, A2));
    }

    @Test
    void anUncleanElectionLeavesTheElectedAloneInSyncAndSaysWhen() {
        PartitionState two = inSync(LOG_A, LOG_B);

        assertEquals(new Granted(new PartitionState(LED.replicas(), C, 6, 10, List.of(LOG_C), 2, 6)), Elections.electUnclean(two, C, "z", 5));
        assertEquals(new Granted(new PartitionState(LED.replicas(), B, 6, 10, List.of(LOG_A, LOG_B), 2, 0)), Elections.electUnclean(two, B, "y", 5),
                "it is in sync, so nothing is given up");
        assertEquals(refused(Refusal.NOT_A_REPLICA), Elections.electUnclean(two, new BrokerProcess(7, "p"), "z", 5));
    }
}
