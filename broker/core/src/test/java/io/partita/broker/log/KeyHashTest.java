package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class KeyHashTest {

    /** The authors' test vectors: the key is 00 … 0f, the input the first bytes of 00 01 02 … */
    @Test
    void itIsSipHash() {
        assertEquals("a3817f04ba25a8e66df67214c7550293", hash(0));
        assertEquals("da87c1d86b99af44347659119b22fc45", hash(1));
        assertEquals("8177228da4a45dc7fca38bdef60affe4", hash(2));
        assertEquals("9c70b60c5267a94e5f33b6b02985ed51", hash(3));
        assertEquals("5493e99933b0a8117e08ec0f97cfc3d9", hash(15));
    }

    private static String hash(int length) {
        ByteBuf input = Unpooled.buffer().writeByte(-1);
        for (int i = 0; i < length; i++) {
            input.writeByte(i);
        }
        KeyHash hash = new KeyHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        hash.compute(input.skipBytes(1));
        ByteBuf result = Unpooled.buffer().writeLongLE(hash.high).writeLongLE(hash.low);
        return HexFormat.of().formatHex(result.array(), 0, 16);
    }
}
