package io.partita.examples.weblog;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** The counts, in memory: the topic keeps the views, and every start counts them anew from its beginning. */
@ApplicationScoped
public class PageCounts {

    private final Map<String, PageCount> counts = new ConcurrentHashMap<>();

    @Incoming("views-to-count")
    public void count(PageView view) {
        counts.merge(view.page(), PageCount.of(view), PageCount::plus);
    }

    /** The pages seen so far, the most viewed first. */
    List<PageCount> mostViewed() {
        return counts.values().stream().sorted(Comparator.comparingLong(PageCount::views).reversed().thenComparing(PageCount::page)).toList();
    }
}
