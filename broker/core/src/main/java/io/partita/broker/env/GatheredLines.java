package io.partita.broker.env;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;

/**
 * What happens to thousands of partitions at once is one line of the log for each second and way in which it happens, with how many there are and the names of some; each by itself is told
 * at debug. Any thread.
 */
public final class GatheredLines {

    static final long GATHER_MILLIS = 1_000;
    static final int NAMED_MAX = 5;

    private final Consumer<String> lines;
    private final Consumer<String> each;
    /** What happened to whom since the last line, in order. Guarded by this. */
    private final Map<String, Gathered> gathered = new LinkedHashMap<>();

    private static final class Gathered {
        private final List<String> names = new ArrayList<>();
        private int count;
    }

    public GatheredLines(Logger log) {
        this(log::info, log::debug);
    }

    /** @param each told of everything by itself */
    GatheredLines(Consumer<String> lines, Consumer<String> each) {
        this.lines = lines;
        this.each = each;
    }

    /**
     * Something happens to somebody.
     *
     * @param loop keeps the time until it is said
     * @param what the same for all to whom the same happens, a sentence that ends with whom it happens to
     */
    public void add(EventLoop loop, String what, Object whom) {
        each.accept(what + " " + whom + ".");
        boolean isFirst;
        synchronized (this) {
            isFirst = gathered.isEmpty();
            Gathered like = gathered.computeIfAbsent(what, ignored -> new Gathered());
            if (like.names.size() < NAMED_MAX) {
                like.names.add(whom.toString());
            }
            like.count++;
        }
        if (isFirst) {
            loop.schedule(GATHER_MILLIS, this::tell);
        }
    }

    private void tell() {
        Map<String, Gathered> told;
        synchronized (this) {
            told = new LinkedHashMap<>(gathered);
            gathered.clear();
        }
        told.forEach((what, like) -> lines.accept(line(what, like)));
    }

    private static String line(String what, Gathered like) {
        int more = like.count - like.names.size();
        return what + " " + String.join(", ", like.names) + (more > 0 ? " and " + more + " more." : ".");
    }
}
