package io.partita.broker.group.streams;

import java.util.function.BiPredicate;

/**
 * A member's next step from what it has to what it is to have, as {@code Reconciliation} of consumer groups: first it gives up what it is not to have, in the
 * epoch it is in; then it goes over to the epoch of the target, and gets what others have let go of, the rest later.
 */
final class TaskReconciliation {

    private TaskReconciliation() {}

    /**
     * @param target what it is to have in {@code targetEpoch}
     * @param owned what it says it has; null when it does not say
     * @param isFree whether nothing stands in the way of a task that it does not have yet
     */
    static CurrentTasks next(CurrentTasks now, int targetEpoch, Tasks target, Tasks owned, BiPredicate<TaskRole, TaskId> isFree) {
        return switch (now.state()) {
            case STABLE -> now.epoch() == targetEpoch ? now : towards(now, targetEpoch, target, owned, isFree);
            // Not before it says that it has given them up.
            case UNREVOKED_TASKS -> owns(owned, now.revoking()) ? now : towards(released(now), targetEpoch, target, owned, isFree);
            case UNRELEASED_TASKS, UNKNOWN -> towards(now, targetEpoch, target, owned, isFree);
        };
    }

    private static CurrentTasks released(CurrentTasks now) {
        return new CurrentTasks(now.epoch(), now.previousEpoch(), StreamsMemberState.STABLE, now.assigned(), now.since(), Tasks.NONE);
    }

    private static CurrentTasks towards(CurrentTasks now, int targetEpoch, Tasks target, Tasks owned, BiPredicate<TaskRole, TaskId> isFree) {
        Tasks kept = now.assigned().and(target);
        Tasks revoking = now.assigned().minus(kept);
        if (!revoking.isEmpty() && owns(owned, revoking)) {
            return now.next(now.epoch(), StreamsMemberState.UNREVOKED_TASKS, kept, revoking);
        }
        Tasks missing = target.minus(kept);
        Tasks free = missing.filter((role, task) -> isFree.test(role, task));
        StreamsMemberState state = free.size() == missing.size() ? StreamsMemberState.STABLE : StreamsMemberState.UNRELEASED_TASKS;
        CurrentTasks next = now.next(targetEpoch, state, kept.plus(free), Tasks.NONE);
        return next.equals(now) ? now : next;
    }

    /** Whether a member holds some of {@code tasks} for all that it says. */
    private static boolean owns(Tasks owned, Tasks tasks) {
        return owned == null ? !tasks.isEmpty() : !owned.and(tasks).isEmpty();
    }
}
