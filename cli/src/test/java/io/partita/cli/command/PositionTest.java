package io.partita.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class PositionTest {

    private static final long NOW = 1_000_000_000_000L;

    @Test
    void placesAreReadAsPeopleWriteThem() {
        assertEquals(new Position.Beginning(), Position.parse("earliest", NOW));
        assertEquals(new Position.End(), Position.parse("End", NOW));
        assertEquals(new Position.Offset(17), Position.parse("17", NOW));
        assertEquals(new Position.Last(3), Position.parse("-3", NOW));
        assertEquals(new Position.Time(12345), Position.parse("@12345", NOW));
        assertEquals(new Position.Time(NOW - 600_000), Position.parse("10m", NOW));
        assertEquals(new Position.Time(NOW - 2 * 86_400_000), Position.parse("2d", NOW));
        assertEquals(new Position.Time(Instant.parse("2026-01-31T08:00:00Z").toEpochMilli()), Position.parse("2026-01-31T09:00:00+01:00", NOW));
    }

    @Test
    void nonsenseIsToldWithWhatCanBeWritten() {
        for (String text : new String[] {"", "x", "10y", "@", "-", "2026-13-01", "99999999999999999999", "99999999999999999999d", "999999999999999d",
            "9223372036854775807w",
            "+999999999-01-01T00:00Z"}) {
            assertEquals("'" + text
                    + "' is no position. Write beginning, end, an offset, -N for the last N, 10m for ten minutes ago, 2026-01-31T08:00 or @EPOCHMILLIS.",
                    assertThrows(IllegalArgumentException.class, () -> Position.parse(text, NOW)).getMessage());
        }
    }
}
