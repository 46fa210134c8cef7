package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyOffsetsTest {

    @Test
    void itHasWhatAMapHas() {
        Random random = new Random(5);
        KeyOffsets offsets = new KeyOffsets(10 << 20, 0.9, new KeyHash(1, 2));
        Map<Integer, Long> model = new HashMap<>();
        for (long offset = 0; offset < 200_000; offset++) {
            int key = random.nextInt(60_000);
            assertTrue(offsets.put(key(key), offset));
            model.put(key, offset);
        }
        assertEquals(model.size(), offsets.keys());
        for (int key = 0; key < 61_000; key++) {
            assertEquals(model.getOrDefault(key, -1L), offsets.get(key(key)));
        }
    }

    @Test
    void itIsFullWhenItsMemoryIs() {
        KeyOffsets offsets = new KeyOffsets(100 * 24, 0.5, new KeyHash(1, 2));
        int keys = 0;
        while (offsets.put(key(keys), keys)) {
            keys++;
        }
        assertEquals(50, keys);
        assertTrue(offsets.put(key(7), 1000), "a known key still finds its place");
        assertEquals(1000, offsets.get(key(7)));
        assertFalse(offsets.put(key(keys), 1001));
        assertEquals(-1, offsets.get(key(keys)));
    }

    @Test
    void growingNeverTakesMoreThanTheBound() {
        KeyOffsets offsets = new KeyOffsets(3000 * 24, 0.5, new KeyHash(1, 2));
        int keys = 0;
        while (offsets.put(key(keys), keys)) {
            keys++;
        }
        // 512 slots, then 1024; beside these there is room for 1976.
        assertEquals(1976 / 2, keys);
    }

    private static ByteBuf key(int key) {
        return Unpooled.copiedBuffer("key" + key, java.nio.charset.StandardCharsets.UTF_8);
    }
}
