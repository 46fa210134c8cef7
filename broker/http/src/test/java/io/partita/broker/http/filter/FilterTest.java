package io.partita.broker.http.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTest {

    private static final List<String> NAMES = List.of("key", "value", "headers", "offset");
    private static final Map<String, Object> RECORD = new HashMap<>();

    static {
        Map<String, Object> value = new HashMap<>(Map.of("item", "green tea", "amount", 12L, "price", 2.5, "paid", true, "tags", List.of("hot", "eu"),
                "customer", Map.of("name", "Ada", "first name", "A")));
        value.put("note", null);
        RECORD.putAll(Map.of("key", "eu-42", "value", value, "headers", Map.of("source", "web"), "offset", 7L));
    }

    private static boolean isTrue(String text) {
        return Filter.of(text, NAMES).isTrue(RECORD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "value.amount > 10", "value.amount >= 12 && value.amount <= 12", "value.price * 2.0 == 5.0", "value.item == 'green tea'",
        "value.item != \"black tea\"", "key.startsWith('eu-')", "key.endsWith('42')", "value.item.contains('tea')", "value.item.matches('^g.*a$')",
        "matches(key, '[0-9]+')", "headers[\"source\"] == 'web'", "headers.source in ['web', 'shop']", "'hot' in value.tags", "'item' in value",
        "value.tags[1] == 'eu'", "size(value.tags) == 2", "value.item.size() == 9", "has(value.item)", "!has(value.other)", "value.note == null",
        "value.customer.name == 'Ada' || false", "value.customer['first name'] == 'A'", "value.paid ? offset == 7 : false", "!(value.paid && offset > 7)",
        "offset % 2 == 1 && 7 / 2 == 3 && -offset == -7 && 2 + 3 * 4 == 14 && (2 + 3) * 4 == 20", "int('12') == value.amount", "double(value.amount) > 11.5",
        "string(value.amount) + '!' == '12!'", "value.item.lowerAscii() == 'green tea'", "'a\\n\"' == \"a\\n\\\"\"", "1 == 1.0", "1.5e1 == 15",
        // What cannot be said does not matter where the other side decides.
        "value.other == 1 || true", "true || value.other == 1", "!(false && value.other == 1)"})
    void isTrueOf(String text) {
        assertTrue(isTrue(text), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "value.amount > 12", "value.other == 1", "value.other != 1", "value.item > 3", "value.item.name == 'x'", "key.contains(3)",
        "value.tags[2] == 'x'", "size(offset) == 1", "offset / 0 == 1", "offset + 9223372036854775807 > 0", "int(key) == 1", "has(key.x)", "value",
        "key + 1 == 'x'",
        "string(value) == ''", "value.other == 1 && true", "null in value.tags", "!value.item"})
    void isNotTrueOf(String text) {
        assertFalse(isTrue(text), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "value.", "value..x", "(value", "value.amount >", "> 3", "value.amount = 3", "'open", "value.item.upper()", "other == 1",
        "has(value)",
        "value.tags.exists(t, t == 'x')", "key.matches(value.item)", "key.matches('(')", "1 2", "99999999999999999999", "key.contains()", "#", "'\\q'", "[1, 2",
        "f(1)",
        "1 ? 2", "a ? b : c"})
    void whatIsNoFilterIsToldWithItsPlace(String text) {
        FilterException problem = assertThrows(FilterException.class, () -> Filter.of(text, NAMES));
        assertTrue(problem.getMessage().matches("The filter cannot be read at character [0-9]+: .+\\."), problem.getMessage());
    }

    @Test
    void whatIsTooLargeIsRefused() {
        assertThrows(FilterException.class, () -> Filter.of("!".repeat(500) + "true", NAMES));
        assertThrows(FilterException.class, () -> Filter.of("(".repeat(500), NAMES));
        assertThrows(FilterException.class, () -> Filter.of("true ||".repeat(200) + "true", NAMES));
    }

    @Test
    void oneThatIsMadeOfAnythingIsEitherReadOrRefused() {
        List<String> pieces = List.of("value", ".item", "key", "(", ")", "[", "]", "&&", "||", "!", "-", "1", "2.5", "'x'", "==", "<", "in", "+", "?", ":", ",",
                ".size()",
                "has(", "matches(", " ", "true", "null");
        int read = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 1 + random.nextInt(9); i++) {
                text.append(pieces.get(random.nextInt(pieces.size())));
            }
            try {
                isTrue(text.toString());
                read++;
            } catch (FilterException refused) {
                assertFalse(refused.getMessage().isEmpty());
            }
        }
        assertTrue(read > 100, read + " were read");
    }

    @Test
    void textsGrowOnlySoFar() {
        Map<String, Object> large = Map.of("key", "x".repeat(40_000));
        assertTrue(Filter.of("key + 'y' != ''", NAMES).isTrue(large));
        assertFalse(Filter.of("key + key != ''", NAMES).isTrue(large));
        assertEquals(false, Filter.of("key + key == ''", NAMES).isTrue(large));
    }
}
