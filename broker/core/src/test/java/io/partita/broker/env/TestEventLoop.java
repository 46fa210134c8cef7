package io.partita.broker.env;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * An event loop without a thread: tasks run when the test says so, timers when the test moves the clock, in the same order every time. The
 * thread that made it counts as the loop's own, so tests may call owned objects directly.
 */
public final class TestEventLoop implements EventLoop {

    private final Thread owner = Thread.currentThread();
    private final TestClock clock;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<TestTimer> timers = new PriorityQueue<>(
            Comparator.comparingLong((TestTimer t) -> t.dueMillis).thenComparingLong(t -> t.number));
    private long timersMade;

    public TestEventLoop(TestClock clock) {
        this.clock = clock;
    }

    public TestClock clock() {
        return clock;
    }

    @Override
    public boolean inEventLoop() {
        return Thread.currentThread() == owner;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
        var timer = new TestTimer(clock.monotonicMillis() + Math.max(0, delayMillis), timersMade++, task);
        timers.add(timer);
        return timer;
    }

    /** Runs the tasks handed over, those they hand over in turn, and the timers due, without moving the clock. */
    public void runTasks() {
        while (true) {
            Runnable task = tasks.poll();
            if (task == null) {
                TestTimer timer = timers.peek();
                if (timer == null || timer.dueMillis > clock.monotonicMillis()) {
                    return;
                }
                task = timers.poll().task;
            }
            task.run();
        }
    }

    /** Runs one task that was handed over, or else one timer that is due; nothing when there is neither. */
    public void runOne() {
        Runnable task = tasks.poll();
        if (task == null && !timers.isEmpty() && timers.peek().dueMillis <= clock.monotonicMillis()) {
            task = timers.poll().task;
        }
        if (task != null) {
            task.run();
        }
    }

    /** Moves the clock on by {@code millis}, stopping at each timer on the way to run it and what follows from it. */
    public void advance(long millis) {
        long end = clock.monotonicMillis() + millis;
        runTasks();
        while (!timers.isEmpty() && timers.peek().dueMillis <= end) {
            clock.advance(timers.peek().dueMillis - clock.monotonicMillis());
            runTasks();
        }
        clock.advance(end - clock.monotonicMillis());
        runTasks();
    }

    /** How many timers wait to run. */
    public int timerCount() {
        return timers.size();
    }

    private final class TestTimer implements Timer {
        private final long dueMillis;
        private final long number;
        private final Runnable task;

        private TestTimer(long dueMillis, long number, Runnable task) {
            this.dueMillis = dueMillis;
            this.number = number;
            this.task = task;
        }

        @Override
        public void cancel() {
            timers.remove(this);
        }
    }
}
