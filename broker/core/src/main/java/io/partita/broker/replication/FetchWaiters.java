package io.partita.broker.replication;

import java.util.ArrayList;
import java.util.List;

/** Who waits for more of a partition to be committed. Threads: the partition's owner. */
final class FetchWaiters {

    private List<Replica.FetchWaiter> waiters = new ArrayList<>();

    void add(Replica.FetchWaiter waiter) {
        waiters.add(waiter);
    }

    void remove(Replica.FetchWaiter waiter) {
        waiters.remove(waiter);
    }

    int size() {
        return waiters.size();
    }

    /** Wakes all, who may wait anew at once. */
    void wake(Replica replica) {
        if (waiters.isEmpty()) {
            return;
        }
        List<Replica.FetchWaiter> woken = waiters;
        waiters = new ArrayList<>();
        for (Replica.FetchWaiter waiter : woken) {
            waiter.wake(replica);
        }
    }
}
