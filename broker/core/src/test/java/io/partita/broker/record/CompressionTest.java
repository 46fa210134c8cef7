package io.partita.broker.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.Snappy;

class CompressionTest {
    private static final int BOUND = 10_000_000;

    /** lz4 -BD -B4 -BX --content-size: blocks that refer back to earlier ones, all checksums. */
    private static final String LZ4_LINKED = "BCJNGFxAPCcBAAAAAAB3mAIAAPEDbGluZSAwIG9mIHRoZSBsb2cKEgAdMRIAHTISAB0zEgAdNBIAHTUSAB02EgAdNxIAHTgSAB45ogAeMBMAHjETAB4y"
            + "EwAeMxMAHjQTAB41EwAeNhMAHjcTAB44EwAeOU4BHjATAB4xEwAeMhMAHjMTAB40EwAeNRMAHjYTAB43EwAeOBMAHjn6AR4wEwAeMRMAHjITAB4zEwAe"
            + "NBMAHjUTAB42EwAeNxMAHjgTAB45pgIeMBMAHjETAB4yEwAeMxMAHjQTAB41EwAeNhMAHjcTAB44EwAeOVIDHjATAB4xEwAeMhMAHjMTAB40EwAeNRMA"
            + "HjYTAB43EwAeOBMAHjn+Ax4wEwAeMRMAHjITAB4zEwAeNBMAHjUTAB42EwAeNxMAHjgTAB45qgQeMBMAHjETAB4yEwAeMxMAHjQTAB41EwAeNhMAHjcT"
            + "AB44EwAeOVYFHjATAB4xEwAeMhMAHjMTAB40EwAeNRMAHjYTAB43EwAeOBMAHjkCBh4wEwAeMRMAHjITAB4zEwAeNBMAHjUTAA2+AA8pB///////////"
            + "////////////////////////////////////////////////////////////////////////////////////////////////////////////////////"
            + "////////////////////////////////////////////////////////////////////////////////////////////////////////////////////"
            + "/////////////////////////////////////////////////////////////////////////////////////////7RQCmxpbmVK+GoSMQAAAA8pB///"
            + "/////////////////////////////////////////////////0tQIGxvZwo9bLDMAAAAABo/Ilo=";

    /** zstd --ultra -22 --long=27 from a pipe: no content size, and a header that asks for a window of 128 MB. */
    private static final String ZSTD_LONG = "KLUv/QSINQQAMgcTEsAbDnaF2m0VO1JKKVNKvzjnBsDd3d2ZmZmZmVVVVVVVERERERHNzMzMzPz///+2bdt227ZtS5IkSZ4VzV0ChYIEg7EEhBIIwZAc"
            + "SGKoEeDv3wHAo8o1EkgQWEFgGP7+/38HECAst4xSklI+uED+pI894dFOdMxJnAvW4kPMxChAqwKi/SPE";

    /** Two gzip members, the first with a file name. */
    private static final String GZIP_TWO_MEMBERS = "H4sICFeuAGsAA24udHh0AMvJzEtVMFDIT1MoyUhVyMlP58oBiRhiiBihiQAA6rllvjkAAAAfiwgAAAAAAAADy8nMS1UwUMhPUyjJ"
            + "SFXIyU/nygGJGGKIGKGJAADquWW+OQAAAA==";

    @ParameterizedTest
    @EnumSource
    void kafkaOpensWhatWePack(Compression codec) throws IOException {
        for (var seed = 0; seed < 60; seed++) {
            // Given
            var content = content(new Random(seed));
            for (var level : levels(codec)) {
                // When
                var packed = Unpooled.buffer();
                codec.compress(Unpooled.wrappedBuffer(content), level, packed);

                // Then
                assertArrayEquals(content, kafkaOpens(codec, packed), codec + " level " + level + " seed " + seed);
                assertArrayEquals(content, open(codec, packed, BOUND), codec + " level " + level + " seed " + seed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void weOpenWhatKafkaPacks(Compression codec) throws IOException {
        for (var magic = 0; magic <= 2; magic++) {
            for (var seed = 0; seed < 60; seed++) {
                // Given: magic 0 has the LZ4 header checksum of old producers
                var content = content(new Random(seed));
                var packed = kafkaPacks(codec, content, (byte) magic);

                // When / Then: on the heap, off it, and as a part of more
                assertArrayEquals(content, open(codec, packed, BOUND), codec + " seed " + seed);
                var padded = Unpooled.directBuffer().writeZero(3).writeBytes(packed, 0, packed.readableBytes()).writeZero(4);
                var opened = codec.decompress(padded, 3, packed.readableBytes(), BOUND);
                assertArrayEquals(content, ByteBufUtil.getBytes(opened), codec + " seed " + seed);
                padded.release();
            }
        }
    }

    @Test
    void ourLz4BlocksAreTheirs() {
        // Given: long runs, long literals, overlapping copies at all small distances
        for (var distance = 1; distance < 40; distance++) {
            var content = new byte[70_000];
            new Random(distance).nextBytes(content);
            for (var i = 300 + distance; i < content.length; i++) {
                content[i] = content[i - distance];
            }
            var packed = Unpooled.buffer();
            Compression.LZ4.compress(Unpooled.wrappedBuffer(content), 17, packed);

            // When / Then
            assertArrayEquals(content, open(Compression.LZ4, packed, content.length));
        }
    }

    @Test
    void framesOfTheCommandLineToolsOpen() {
        var lines = new StringBuilder();
        for (var i = 0; i < 4000; i++) {
            lines.append("line ").append(i % 97).append(" of the log\n");
        }
        var content = lines.toString();
        assertEquals(content, text(open(Compression.LZ4, decode(LZ4_LINKED), BOUND)));
        assertEquals(content, text(open(Compression.ZSTD, decode(ZSTD_LONG), BOUND)));
        var members = content.substring(0, 57);
        assertEquals(members + members, text(open(Compression.GZIP, decode(GZIP_TWO_MEMBERS), BOUND)));
    }

    @Test
    void bareAndJoinedSnappyOpens() throws IOException {
        // Given: a bare block as librdkafka sends it, and two streams of snappy-java one after the other
        var content = "a bare block of snappy, a bare block of snappy".getBytes(StandardCharsets.UTF_8);
        var bare = Unpooled.wrappedBuffer(Snappy.compress(content));
        var joined = Unpooled.buffer();
        Compression.SNAPPY.compress(Unpooled.wrappedBuffer(content), Compression.DEFAULT_LEVEL, joined);
        Compression.SNAPPY.compress(Unpooled.wrappedBuffer(content), Compression.DEFAULT_LEVEL, joined);

        // When / Then
        assertArrayEquals(content, open(Compression.SNAPPY, bare, BOUND));
        assertEquals(text(content) + text(content), text(open(Compression.SNAPPY, joined, BOUND)));
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void whatOpensToTooMuchIsRefused(Compression codec) {
        for (var size : new int[] {1, 100, 4096, 5000, 65_536, 65_537, 1_000_000}) {
            // Given
            var packed = Unpooled.buffer();
            codec.compress(Unpooled.wrappedBuffer(new byte[size]), Compression.DEFAULT_LEVEL, packed);

            // When / Then
            assertEquals(size, open(codec, packed, size).length);
            var refused = assertThrows(BatchFormatException.class, () -> open(codec, packed, size - 1));
            assertEquals(BatchDefect.UNREADABLE_COMPRESSION, refused.defect());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void aBombTakesNoMoreMemoryThanTheBound(Compression codec) {
        // Given: a gigabyte of zeros, in members or blocks that each are small
        var bomb = Unpooled.buffer();
        if (codec == Compression.LZ4 || codec == Compression.SNAPPY) {
            codec.compress(Unpooled.wrappedBuffer(new byte[64 << 20]), Compression.DEFAULT_LEVEL, bomb);
        } else {
            var part = Unpooled.buffer();
            codec.compress(Unpooled.wrappedBuffer(new byte[64 << 20]), Compression.DEFAULT_LEVEL, part);
            for (var i = 0; i < 16; i++) {
                bomb.writeBytes(part, 0, part.readableBytes());
            }
        }
        var bound = 1 << 20;
        var array = ByteBufUtil.getBytes(bomb);

        // When
        var before = allocatedBytes();
        assertThrows(BatchFormatException.class, () -> codec.decompress(Unpooled.wrappedBuffer(array), 0, array.length, bound));

        // Then: growing by doubling takes twice the bound in all
        assertTrue(allocatedBytes() - before < 3L * bound + 200_000);
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void damagedDataIsRefusedOrOpensToSomethingBounded(Compression codec) throws IOException {
        for (var seed = 0; seed < 3000; seed++) {
            // Given
            var random = new Random(seed);
            var packed = ByteBufUtil.getBytes(kafkaPacks(codec, content(new Random(seed % 50)), (byte) 2));
            var damaged = Arrays.copyOf(packed, random.nextInt(3) == 0 ? random.nextInt(packed.length + 1) : packed.length);
            for (var i = random.nextInt(6); i > 0 && damaged.length > 0; i--) {
                damaged[random.nextInt(Math.min(damaged.length, random.nextBoolean() ? 24 : damaged.length))] = (byte) random.nextInt();
            }

            // When / Then: no other exception, no endless loop
            try {
                assertTrue(open(codec, Unpooled.wrappedBuffer(damaged), 300_000).length <= 300_000, "seed " + seed);
            } catch (BatchFormatException e) {
                assertEquals(BatchDefect.UNREADABLE_COMPRESSION, e.defect(), "seed " + seed);
            }
        }
    }

    @Test
    void namesAndIds() {
        for (var codec : Compression.values()) {
            assertEquals(codec, Compression.forId(codec.id()));
            assertEquals(codec, Compression.forConfigName(codec.configName()));
        }
        assertEquals(null, Compression.forId(5));
        assertEquals(null, Compression.forId(-1));
        assertEquals(null, Compression.forConfigName("producer"));
    }

    private static int[] levels(Compression codec) {
        return switch (codec) {
            case NONE, SNAPPY -> new int[] {Compression.DEFAULT_LEVEL};
            case GZIP -> new int[] {Compression.DEFAULT_LEVEL, 1, 9};
            case LZ4 -> new int[] {Compression.DEFAULT_LEVEL, 1, 9, 17};
            case ZSTD -> new int[] {Compression.DEFAULT_LEVEL, -5, 1, 19};
        };
    }

    /** Up to some blocks of every codec; compressible in part. */
    private static byte[] content(Random random) {
        var content = new byte[random.nextInt(10) == 0 ? random.nextInt(200_000) : random.nextInt(3000)];
        var i = 0;
        while (i < content.length) {
            var end = Math.min(content.length, i + 1 + random.nextInt(5000));
            if (random.nextBoolean()) {
                Arrays.fill(content, i, end, (byte) random.nextInt());
            } else {
                for (var j = i; j < end; j++) {
                    content[j] = (byte) random.nextInt(random.nextBoolean() ? 256 : 3);
                }
            }
            i = end;
        }
        return content;
    }

    private static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static byte[] open(Compression codec, ByteBuf packed, int bound) {
        return ByteBufUtil.getBytes(codec.decompress(packed, 0, packed.readableBytes(), bound));
    }

    private static byte[] kafkaOpens(Compression codec, ByteBuf packed) throws IOException {
        try (var in = KafkaFormat.compression(codec)
                .wrapForInput(ByteBuffer.wrap(ByteBufUtil.getBytes(packed)), (byte) 2, BufferSupplier.NO_CACHING)) {
            return in.readAllBytes();
        }
    }

    private static ByteBuf kafkaPacks(Compression codec, byte[] content, byte magic) throws IOException {
        var bytes = new ByteBufferOutputStream(64);
        try (var out = KafkaFormat.compression(codec).wrapForOutput(bytes, magic)) {
            out.write(content);
        }
        return Unpooled.wrappedBuffer(bytes.buffer().flip());
    }

    private static ByteBuf decode(String base64) {
        return Unpooled.wrappedBuffer(Base64.getDecoder().decode(base64));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
