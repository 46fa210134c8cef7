package io.partita.examples.weblog;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.util.List;

/** The counts over HTTP: {@code GET /counts}. */
@Path("/counts")
public class CountsResource {

    private final PageCounts counts;

    public CountsResource(PageCounts counts) {
        this.counts = counts;
    }

    @GET
    public List<PageCount> counts() {
        return counts.mostViewed();
    }
}
