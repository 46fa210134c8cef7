package io.partita.operator.topic;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.partita.operator.OperatorConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * When statuses are written that only tell people how partitions stand: a while after they began to differ, and a few in a second. So a broker's death does not cost a write for each topic while the
 * API server has elections to store. A topic that is new is told of sooner, for somebody looks at it. For any thread.
 */
@ApplicationScoped
class LateStatuses {

    private static final int A_SECOND_MAX = 5;
    /** Its replicas are in sync by then, as a rule. */
    private static final Duration DELAY_OF_NEW = Duration.ofSeconds(3);

    private final Duration delay;
    /** When their time has come, in nanoseconds. */
    private final Map<ResourceID, Long> waiting = new LinkedHashMap<>();
    private final Set<ResourceID> due = ConcurrentHashMap.newKeySet();

    @Inject
    LateStatuses(OperatorConfig config) {
        this(config.statusDelay());
    }

    LateStatuses(Duration delay) {
        this.delay = delay;
    }

    /** Has topics looked at whose time has come, from now on. */
    void tell(Consumer<ResourceID> look) {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("late-statuses").factory());
        timer.scheduleWithFixedDelay(() -> dueNow(System.nanoTime()).forEach(look), 1, 1, TimeUnit.SECONDS);
    }

    /** Those whose time has come. */
    synchronized Set<ResourceID> dueNow(long nanos) {
        Set<ResourceID> now = new HashSet<>();
        for (Iterator<Map.Entry<ResourceID, Long>> all = waiting.entrySet().iterator(); all.hasNext() && now.size() < A_SECOND_MAX;) {
            Map.Entry<ResourceID, Long> next = all.next();
            if (nanos - next.getValue() >= 0) {
                now.add(next.getKey());
                all.remove();
            }
        }
        due.addAll(now);
        return now;
    }

    /**
     * Whether a status that differs may be written now; else its time is noted.
     *
     * @param isNew whether the topic was made lately
     */
    synchronized boolean mayWrite(ResourceID topic, boolean isNew, long nanos) {
        if (due.contains(topic)) {
            return true;
        }
        waiting.putIfAbsent(topic, nanos + (isNew && DELAY_OF_NEW.compareTo(delay) < 0 ? DELAY_OF_NEW : delay).toNanos());
        return false;
    }

    /** A status was written, or does not differ. */
    synchronized void settled(ResourceID topic) {
        waiting.remove(topic);
        due.remove(topic);
    }
}
