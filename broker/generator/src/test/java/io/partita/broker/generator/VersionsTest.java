package io.partita.broker.generator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class VersionsTest {

    @Test
    void readsAndWritesAllSpellings() {
        for (String text : new String[] {"none", "3", "0-5", "2+"}) {
            assertEquals(text, Versions.parse(text).toString());
        }
    }

    @Test
    void asksOnlyWhatIsNotKnown() {
        Versions known = Versions.parse("2-9");
        assertEquals("true", Versions.parse("0+").conditionWithin(known));
        assertEquals("true", Versions.parse("2-9").conditionWithin(known));
        assertEquals("false", Versions.parse("0-1").conditionWithin(known));
        assertEquals("false", Versions.NONE.conditionWithin(known));
        assertEquals("version >= 4", Versions.parse("4+").conditionWithin(known));
        assertEquals("version <= 4", Versions.parse("0-4").conditionWithin(known));
        assertEquals("version >= 3 && version <= 4", Versions.parse("3-4").conditionWithin(known));
        assertEquals("version == 9", Versions.parse("9+").conditionWithin(known));
    }

    @Test
    void computesWithRanges() {
        assertEquals("3-5", Versions.parse("0-5").intersect(Versions.parse("3+")).toString());
        assertTrue(Versions.parse("0-1").intersect(Versions.parse("3+")).isEmpty());
        assertEquals("0-7", Versions.parse("0-1").span(Versions.parse("5-7")).toString());
        assertEquals("0-2", Versions.parse("0-5").before(Versions.parse("3+")).toString());
        assertEquals("0-5", Versions.parse("0-5").before(Versions.NONE).toString());
        assertTrue(Versions.parse("3-5").before(Versions.parse("3+")).isEmpty());
        assertThrows(IllegalArgumentException.class, () -> Versions.parse("0-5").before(Versions.parse("2-3")));
        assertTrue(Versions.parse("0-5").contains(Versions.NONE));
        assertFalse(Versions.parse("0-5").contains(Versions.parse("5-6")));
    }
}
