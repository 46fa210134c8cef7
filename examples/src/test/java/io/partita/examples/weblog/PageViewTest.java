package io.partita.examples.weblog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageViewTest {

    @Test
    void readsTheCombinedFormat() {
        PageView view = PageView.parse("192.0.2.7 - alice [08/Feb/2020:03:30:24 +0100] \"GET /search?q=lamp HTTP/1.1\" 200 2780 \"-\" \"curl/7.88.1\"");

        assertEquals(new PageView("/search", Instant.parse("2020-02-08T02:30:24Z"), "192.0.2.7", 200, 2780), view);
    }

    @Test
    void readsTheCommonFormatAndAnAnswerWithoutBody() {
        PageView view = PageView.parse("2001:db8::1 - - [08/Feb/2020:03:30:24 +0000] \"POST /cart HTTP/2.0\" 503 -");

        assertEquals("/cart", view.page());
        assertEquals(0, view.bytes());
        assertTrue(view.failed());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "",
        "203.0.113.9 - - [08/Feb/2020:03:4",
        "192.0.2.7 - - [08/Feb/2020:03:30:24 +0000] \"\\x16\\x03\\x01\" 400 157 \"-\" \"-\"",
        "192.0.2.7 - - [99/Feb/2020:03:30:24 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\""
    })
    void refusesWhatIsNoLine(String line) {
        assertThrows(IllegalArgumentException.class, () -> PageView.parse(line));
    }
}
