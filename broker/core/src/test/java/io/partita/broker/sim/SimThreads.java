package io.partita.broker.sim;

import io.partita.broker.env.EventLoop;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.Workers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Event loops and worker threads that are one thread: which of them goes on next is drawn, so what real threads do once in a million runs happens here
 * in every run with the same seed. Each loop keeps its own order; between loops, and among the tasks of workers, there is none.
 */
final class SimThreads implements Workers {

    /** Of the tasks that wait for a worker, which may overtake each other: those that the threads of a pool can have begun. */
    private static final int WORKERS = 3;

    private static final int SETTLED_AFTER = 20_000;

    final TestClock clock = new TestClock();
    private final Random random;
    private final List<SimLoop> loops = new ArrayList<>();
    private final List<Runnable> workerTasks = new ArrayList<>();
    private SimLoop current;
    private long timersMade;

    SimThreads(Random random, int loopCount) {
        this.random = random;
        for (int i = 0; i < loopCount; i++) {
            loops.add(new SimLoop());
        }
    }

    EventLoop loop(int index) {
        return loops.get(index % loops.size());
    }

    /** Does something as {@code loop}'s thread would. */
    void on(EventLoop loop, Runnable task) {
        SimLoop before = current;
        current = (SimLoop) loop;
        try {
            task.run();
        } finally {
            current = before;
        }
    }

    @Override
    public void execute(Runnable task) {
        workerTasks.add(task);
    }

    /** Lets one of the threads that have something to do go on by one task. Returns false when none has. */
    boolean step() {
        List<SimLoop> ready = new ArrayList<>();
        for (SimLoop loop : loops) {
            if (loop.isReady()) {
                ready.add(loop);
            }
        }
        int choices = ready.size() + Math.min(WORKERS, workerTasks.size());
        if (choices == 0) {
            return false;
        }
        int choice = random.nextInt(choices);
        if (choice < ready.size()) {
            SimLoop loop = ready.get(choice);
            on(loop, loop.next());
        } else {
            Runnable task = workerTasks.remove(choice - ready.size());
            on(null, task);
        }
        return true;
    }

    /** Until nobody has anything to do; fails when that does not come, because somebody asks for the same again and again. */
    void settle() {
        int steps = 0;
        while (step()) {
            if (++steps > SETTLED_AFTER) {
                throw new AssertionError("after " + SETTLED_AFTER + " tasks there are still more, without the clock having moved");
            }
        }
    }

    /** Moves the clock from timer to timer. */
    void advance(long millis) {
        long end = clock.monotonicMillis() + millis;
        settle();
        while (true) {
            long next = end + 1;
            for (SimLoop loop : loops) {
                next = Math.min(next, loop.nextTimerMillis());
            }
            if (next > end) {
                break;
            }
            clock.advance(Math.max(0, next - clock.monotonicMillis()));
            settle();
        }
        clock.advance(end - clock.monotonicMillis());
        settle();
    }

    /** The process is gone, its threads with it. */
    void forget() {
        workerTasks.clear();
        for (SimLoop loop : loops) {
            loop.tasks.clear();
            loop.timers.clear();
        }
    }

    private final class SimLoop implements EventLoop {

        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        private final PriorityQueue<SimTimer> timers = new PriorityQueue<>(
                Comparator.comparingLong((SimTimer t) -> t.dueMillis).thenComparingLong(t -> t.number));

        @Override
        public boolean inEventLoop() {
            return current == this;
        }

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        @Override
        public Timer schedule(long delayMillis, Runnable task) {
            // Added up as the clock of a machine does: a delay of centuries does not wrap around.
            long due = Math.max(clock.monotonicMillis(), clock.monotonicMillis() + Math.max(0, delayMillis));
            SimTimer timer = new SimTimer(due, timersMade++, task);
            timers.add(timer);
            return () -> timers.remove(timer);
        }

        boolean isReady() {
            return !tasks.isEmpty() || nextTimerMillis() <= clock.monotonicMillis();
        }

        long nextTimerMillis() {
            return timers.isEmpty() ? Long.MAX_VALUE : timers.peek().dueMillis;
        }

        Runnable next() {
            Runnable task = tasks.poll();
            return task != null ? task : timers.poll().task;
        }
    }

    private record SimTimer(long dueMillis, long number, Runnable task) {}
}
