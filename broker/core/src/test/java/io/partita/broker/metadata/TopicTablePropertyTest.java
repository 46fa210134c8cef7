package io.partita.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TopicTablePropertyTest {

    @Test
    void behavesLikeAMapAndLeavesEarlierTablesAlone() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Map<String, TopicImage> model = new HashMap<>();
            TopicTable table = TopicTable.EMPTY;
            List<TopicTable> earlier = new ArrayList<>();
            List<Map<String, TopicImage>> earlierModels = new ArrayList<>();
            for (int step = 0; step < 300; step++) {
                TopicTable.Edit edit = table.edit();
                for (int i = random.nextInt(6); i > 0; i--) {
                    change(random, model, edit);
                }
                table = edit.done();
                if (step % 50 == 0) {
                    earlier.add(table);
                    earlierModels.add(new HashMap<>(model));
                }
            }
            earlier.add(table);
            earlierModels.add(model);
            for (int i = 0; i < earlier.size(); i++) {
                assertHolds(earlierModels.get(i), earlier.get(i), "seed " + seed);
            }
        }
    }

    private static void change(Random random, Map<String, TopicImage> model, TopicTable.Edit edit) {
        String name = "t" + random.nextInt(400) + (random.nextBoolean() ? "." : "_");
        TopicImage old = model.get(name);
        switch (random.nextInt(3)) {
            case 0 -> {
                if (old == null) {
                    old = new TopicImage(name, new UUID(random.nextLong(), random.nextLong()), List.of(), Map.of());
                    model.put(name, old);
                    edit.put(old);
                }
            }
            case 1 -> {
                if (old != null) {
                    TopicImage changed = old.withConfigs(Map.of("step", Integer.toString(random.nextInt())));
                    model.put(name, changed);
                    edit.put(changed);
                }
            }
            default -> {
                if (old != null && random.nextInt(3) == 0) {
                    model.remove(name);
                    assertSame(old, edit.remove(old.id()));
                }
            }
        }
    }

    private static void assertHolds(Map<String, TopicImage> model, TopicTable table, String seed) {
        assertEquals(model.size(), table.size(), seed);
        assertEquals(Set.copyOf(model.values()), Set.of(table.toArray()), seed);
        for (TopicImage topic : model.values()) {
            assertSame(topic, table.find(topic.name()), seed);
            assertSame(topic, table.find(topic.id()), seed);
            String other = topic.name().endsWith(".") ? topic.name().replace('.', '_') : topic.name().replace('_', '.');
            assertSame(model.get(other), table.collision(topic.name()), seed);
        }
        assertNull(table.find("nothing"), seed);
        assertNull(table.find(new UUID(1, 1)), seed);
    }
}
