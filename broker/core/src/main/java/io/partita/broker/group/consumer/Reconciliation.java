package io.partita.broker.group.consumer;

import java.util.UUID;
import java.util.function.BiPredicate;

/**
 * A member's next step from what it has to what it is to have. First it gives up what it is not to have, in the epoch it is in; then it goes over to the
 * epoch of the target, and gets what others have let go of, the rest later.
 */
final class Reconciliation {

    private Reconciliation() {}

    /**
     * @param target what it is to have in {@code targetEpoch}
     * @param owned what it says it has; null when it does not say
     * @param isFree whether nobody holds a partition
     */
    static CurrentAssignment next(
            CurrentAssignment now, int targetEpoch, Partitions target, Partitions owned, BiPredicate<UUID, Integer> isFree) {
        return switch (now.state()) {
            case STABLE -> now.epoch() == targetEpoch ? now : towards(now, targetEpoch, target, owned, isFree);
            // Not before it says that it has given them up.
            case UNREVOKED_PARTITIONS -> owns(owned, now.revoking()) ? now : towards(released(now), targetEpoch, target, owned, isFree);
            case UNRELEASED_PARTITIONS, UNKNOWN -> towards(now, targetEpoch, target, owned, isFree);
        };
    }

    /** What it had to give up is nobody's, unless it is to have it now: then it is still its own. */
    private static CurrentAssignment released(CurrentAssignment now) {
        return new CurrentAssignment(now.epoch(), now.previousEpoch(), MemberState.STABLE, now.assigned(), now.since(), Partitions.NONE);
    }

    private static CurrentAssignment towards(
            CurrentAssignment now, int targetEpoch, Partitions target, Partitions owned, BiPredicate<UUID, Integer> isFree) {
        Partitions kept = now.assigned().and(target);
        Partitions revoking = now.assigned().minus(kept);
        if (!revoking.isEmpty() && owns(owned, revoking)) {
            return now.next(now.epoch(), MemberState.UNREVOKED_PARTITIONS, kept, revoking);
        }
        Partitions missing = target.minus(kept);
        Partitions free = missing.filter(isFree);
        MemberState state = free.size() == missing.size() ? MemberState.STABLE : MemberState.UNRELEASED_PARTITIONS;
        CurrentAssignment next = now.next(targetEpoch, state, kept.plus(free), Partitions.NONE);
        return next.equals(now) ? now : next;
    }

    /** Whether a member holds some of {@code partitions} for all that it says. */
    private static boolean owns(Partitions owned, Partitions partitions) {
        return owned == null ? !partitions.isEmpty() : !owned.and(partitions).isEmpty();
    }
}
