package io.partita.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.crds.Elections.Outcome;
import io.partita.crds.PartitionStatus.InSyncReplica;
import io.partita.crds.PartitionStatus.Leader;
import java.util.List;
import org.junit.jupiter.api.Test;

class ElectionsTest {

    private final PartitionStatus fresh = PartitionStatus.placed(0, List.of(1, 2, 3));
    private final PartitionStatus led = new PartitionStatus(
            0, new Leader(1, "a"), 5, 9, List.of(1, 2, 3), List.of(new InSyncReplica(1, "x"), new InSyncReplica(2, "y"), new InSyncReplica(3, "z")));

    @Test
    void theFirstLeaderBringsTheFirstIsr() {
        assertEquals(
                new Outcome.Elected(new PartitionStatus(0, new Leader(1, "a"), 1, 1, List.of(1, 2, 3), List.of(new InSyncReplica(1, "x")))),
                Elections.elect(fresh, new Leader(1, "a"), "x", 1, -1));
    }

    @Test
    void whereRecordsAreGivenUpAnyReplicaLeadsInAHigherEpochThanBefore() {
        // Given
        PartitionStatus anew = led.begunAnew(List.of(2));
        // Then
        assertEquals(
                new Outcome.Elected(new PartitionStatus(0, new Leader(2, "c"), 6, 11, List.of(2), List.of(new InSyncReplica(2, "new")))),
                Elections.elect(anew, new Leader(2, "c"), "new", 1, -1));
    }

    @Test
    void theSameProcessLeadsOn() {
        assertEquals(new Outcome.Leads(), Elections.elect(led, new Leader(1, "a"), "x", 2, -1));
    }

    @Test
    void aRestartNeedsANewEpochAndKeepsTheIsr() {
        assertEquals(
                new Outcome.Elected(new PartitionStatus(0, new Leader(1, "b"), 6, 10, led.replicas(), led.isr())),
                Elections.elect(led, new Leader(1, "b"), "x", 2, -1));
    }

    @Test
    void theOldLeaderLeavesTheIsrWhileEnoughRemain() {
        assertEquals(
                new Outcome.Elected(new PartitionStatus(0, new Leader(2, "c"), 6, 10, led.replicas(), led.isr().subList(1, 3))),
                Elections.elect(led, new Leader(2, "c"), "y", 2, -1));
        assertEquals(
                new Outcome.Elected(new PartitionStatus(0, new Leader(2, "c"), 6, 10, led.replicas(), led.isr())),
                Elections.elect(led, new Leader(2, "c"), "y", 3, -1));
    }

    @Test
    void aLogThatMayLackSomethingDoesNotLead() {
        assertEquals(new Outcome.LogLost("y"), Elections.elect(led, new Leader(2, "c"), "new", 1, -1));
        PartitionStatus without3 = new PartitionStatus(0, led.leader(), 5, 10, led.replicas(), led.isr().subList(0, 2));
        assertEquals(new Outcome.NotInSync(), Elections.elect(without3, new Leader(3, "d"), "z", 1, -1));
        assertEquals(new Outcome.NotReplica(), Elections.elect(led, new Leader(4, "e"), "q", 1, -1));
    }

    @Test
    void aPartitionWhoseLogsAreAllGoneIsNotTakenForANewOne() {
        PartitionStatus nobody = new PartitionStatus(0, null, 7, 12, List.of(1), List.of());
        assertEquals(new Outcome.NotInSync(), Elections.elect(nobody, new Leader(1, "a"), "x", 1, -1));
    }

    @Test
    void whereALossIsAcceptedALogLeadsThatMayLackSomethingAndIsTheOnlyOneInSync() {
        assertEquals(
                new Outcome.Elected(new PartitionStatus(0, new Leader(2, "c"), 6, 10, led.replicas(), List.of(new InSyncReplica(2, "new")))),
                Elections.electUnclean(led, new Leader(2, "c"), "new", -1));
        assertEquals(new Outcome.Leads(), Elections.electUnclean(led, led.leader(), "new", -1));
        assertEquals(new Outcome.NotReplica(), Elections.electUnclean(led, new Leader(4, "e"), "q", -1));
    }

    @Test
    void whoResignsLeavesNobodyAndTheEpochIsNotUsedAgain() {
        // When
        PartitionStatus nobody = Elections.resign(led, new Leader(1, "a"));
        // Then
        assertEquals(new PartitionStatus(0, null, 5, 10, led.replicas(), led.isr()), nobody);
        assertEquals(new Outcome.Elected(new PartitionStatus(0, new Leader(1, "b"), 6, 11, led.replicas(), led.isr())),
                Elections.elect(nobody, new Leader(1, "b"), "x", 2, -1));
        // Only the very process that leads can
        assertEquals(led, Elections.resign(led, new Leader(1, "b")));
    }

    @Test
    void whereTheNextProcessOfALeaderMayNotLeadNobodyDoes() {
        assertEquals(new PartitionStatus(0, null, 5, 10, led.replicas(), led.isr()), Elections.vacate(led, 1));
        // Others are none of its business
        assertEquals(led, Elections.vacate(led, 2));
        assertEquals(PartitionStatus.placed(0, List.of(1)), Elections.vacate(PartitionStatus.placed(0, List.of(1)), 1));
    }

    @Test
    void anEpochThatIsInTheLogIsNotUsedAgain() {
        assertEquals(
                new Outcome.Elected(new PartitionStatus(0, new Leader(1, "b"), 9, 10, led.replicas(), led.isr())),
                Elections.elect(led, new Leader(1, "b"), "x", 2, 8));
    }
}
