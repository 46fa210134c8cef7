package io.partita.examples.weblog;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.testing.EmbeddedBroker;
import io.partita.testing.Topic;
import io.partita.testing.quarkus.WithPartita;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The whole application with a broker beside it: what it counts from the topics is what the sample log says. */
@QuarkusTest
@WithPartita(topics = {@Topic(name = "web_log"), @Topic(name = "page_views", partitions = 3)})
class WebLogIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    EmbeddedBroker broker;

    @TestHTTPResource("/counts")
    URL counts;

    @Test
    void countsThePagesOfTheLog() {
        List<PageCount> expected = new ArrayList<>();
        int rejected = countDirectly(AccessLog.sample(), expected);

        await().atMost(PATIENCE).untilAsserted(() -> assertEquals(expected, current()));
        assertEquals(AccessLog.sample().size(), endOffset("web_log", 0));
        assertEquals(rejected, endOffset("web_log_rejected", 0));
    }

    /** Adds to {@code counts} what the lines say, without a topic in between; returns how many lines were none. */
    private static int countDirectly(List<String> lines, List<PageCount> counts) {
        Map<String, PageCount> byPage = new HashMap<>();
        int rejected = 0;
        for (String line : lines) {
            try {
                PageView view = PageView.parse(line);
                byPage.merge(view.page(), PageCount.of(view), PageCount::plus);
            } catch (IllegalArgumentException e) {
                rejected++;
            }
        }
        counts.addAll(byPage.values());
        counts.sort(Comparator.comparingLong(PageCount::views).reversed().thenComparing(PageCount::page));
        return rejected;
    }

    private List<PageCount> current() {
        return List.of(RestAssured.get(counts).as(PageCount[].class));
    }

    private long endOffset(String topic, int partition) {
        return broker.broker().partitions().find(topic, partition).log().logEndOffset();
    }
}
