package io.partita.examples.weblog;

import io.smallrye.reactive.messaging.kafka.Record;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Outgoing;

/**
 * Turns raw lines into page views, keyed by page, so that all views of one page are in one partition and in order. A line that is none fails its
 * record, and the channel's failure strategy puts that aside (see application.properties).
 */
@ApplicationScoped
public class LineParser {

    @Incoming("raw-lines")
    @Outgoing("page-views")
    public Record<String, PageView> parse(String line) {
        PageView view = PageView.parse(line);
        return Record.of(view.page(), view);
    }
}
