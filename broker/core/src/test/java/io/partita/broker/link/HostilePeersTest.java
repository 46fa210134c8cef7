package io.partita.broker.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.link.LinkFixture.Ended;
import io.partita.broker.link.RawPeer.Frame;
import io.partita.broker.protocol.MessageWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes from the other end is not believed: it ends that connection, with a sentence, and nothing else. */
class HostilePeersTest {

    @TempDir
    Path directory;

    private LinkFixture brokers;
    private LinkFixture.Node leader;

    @BeforeEach
    void start() throws IOException {
        brokers = new LinkFixture(directory);
        leader = brokers.node(1);
        leader.led.lead(0);
        leader.led.append(0, 100, 1);
    }

    @AfterEach
    void stop() throws Exception {
        // Whatever happened, an honest follower is served.
        var follower = brokers.node(2);
        assertArrayEquals(leader.led.content(0), follower.answer(1, 0, 0).bytes());
        brokers.close();
    }

    @Test
    void whoDoesNotBeginAsABrokerIsClosed() throws IOException {
        for (String greeting : List.of("GET / HTTP/1.1\r\n\r\n", "\u0000\u0000\u0000\u0020\u0000\u0012\u0000\u0003 a Kafka client asks which versions")) {
            try (RawPeer client = new RawPeer(leader.port)) {
                client.sendBytes(greeting.getBytes(StandardCharsets.ISO_8859_1));
                assertTrue(!client.farewell().isEmpty(), "it is told why");
            }
        }
    }

    /** The reason why a connection is closed goes into the log, too. */
    @Test
    void whatIsSaidIsNoLineOfTheLog() throws IOException {
        ByteBuf hello = Unpooled.buffer().writeInt(0x5054424c).writeShort(1);
        MessageWriter writer = new MessageWriter(hello);
        writer.string("cluster", true);
        writer.int32(5);
        writer.string("a\nERROR the disk is on fire", true);
        writer.int32(1);
        try (RawPeer client = new RawPeer(leader.port)) {
            client.send(FrameType.HELLO, hello);
            String said = client.farewell();
            assertTrue(said.contains("a?ERROR the disk is on fire"), said);
        }
    }

    @Test
    void nothingIsServedBeforeItIsSaidWhoAsks() throws IOException {
        try (RawPeer client = new RawPeer(leader.port)) {
            client.send(FrameType.FETCH, RawPeer.fetch(1, 0, 0));
            assertEquals("a frame could not be read: a frame FETCH came before it was said who sends it", client.farewell());
        }
        assertTrue(leader.led.fetches.isEmpty());
    }

    @Test
    void aFrameThatIsTooLongIsRefusedBeforeItsMemoryIsTaken() throws IOException {
        try (RawPeer client = new RawPeer(leader.port).introduced(5, 1)) {
            client.sendBytes(Unpooled.buffer().writeInt(Integer.MAX_VALUE).writeByte(FrameType.CALL.id()).array());
            assertTrue(client.farewell().contains("2147483647 bytes"), "it says what was announced");
        }
        try (RawPeer client = new RawPeer(leader.port).introduced(5, 1)) {
            client.sendBytes(Unpooled.buffer().writeInt(5_000).writeByte(FrameType.FETCH.id()).array());
            assertTrue(client.farewell().contains("1024 are taken"));
        }
        try (RawPeer client = new RawPeer(leader.port)) {
            client.sendBytes(Unpooled.buffer().writeInt(5_000).writeByte(FrameType.CALL.id()).array());
            assertTrue(client.farewell().contains("1024 are taken"), "before it is known who it is nothing large is taken");
        }
    }

    @Test
    void whatCannotBeAFetchEndsTheConnection() throws IOException {
        List<ByteBuf> wrong = new ArrayList<>();
        ByteBuf short1 = RawPeer.fetch(1, 0, 0);
        wrong.add(short1.slice(0, short1.readableBytes() - 3));
        wrong.add(RawPeer.fetch(1, 0, 0).setInt(20, -1));
        wrong.add(RawPeer.fetch(1, 0, 0).setLong(28, -5));
        wrong.add(RawPeer.fetch(1, 0, 0).setInt(24, -5));
        wrong.add(RawPeer.fetch(1, 0, 0).setInt(36, -2));
        wrong.add(Unpooled.EMPTY_BUFFER);
        for (ByteBuf fetch : wrong) {
            try (RawPeer client = new RawPeer(leader.port).introduced(5, 1)) {
                client.send(FrameType.FETCH, fetch);
                assertTrue(client.farewell().startsWith("a frame could not be read"));
            }
        }
        assertTrue(leader.led.fetches.isEmpty());
    }

    @Test
    void nobodySpeaksForAnothersLog() throws Exception {
        try (RawPeer client = new RawPeer(leader.port).introduced(6, 1)) {
            client.send(FrameType.FETCH, RawPeer.fetch(1, 0, 0));
            assertEquals(FrameType.RECORDS, client.receive().type());
        }
        assertEquals(6, LinkFixture.next(leader.led.fetches).broker());
    }

    @Test
    void answersToWhatWasNotAskedAndOtherNonsenseOfALeaderEndTheConnectionAndLoseWhatIsOutstanding() throws Exception {
        var follower = brokers.node(3);
        List<byte[]> answers = List.of(
                RawPeer.frame(FrameType.REFUSED, Unpooled.buffer().writeInt(77)),
                RawPeer.frame(FrameType.RECORDS, Unpooled.buffer().writeInt(0).writeLong(-1).writeLong(0)),
                RawPeer.frame(FrameType.RECORDS, Unpooled.buffer().writeInt(0).writeLong(1)),
                RawPeer.frame(FrameType.DIVERGING, Unpooled.buffer().writeInt(0).writeInt(1).writeLong(-7)),
                RawPeer.frame(FrameType.FETCH, RawPeer.fetch(0, 0, 0)),
                RawPeer.frame(FrameType.RESULT, Unpooled.buffer().writeInt(0)),
                RawPeer.frame(FrameType.HELLO, RawPeer.hello("cluster", 9, 3)),
                Unpooled.buffer().writeInt(Integer.MIN_VALUE).writeByte(FrameType.RECORDS.id()).array(),
                Unpooled.buffer().writeInt(9).writeByte(200).array());
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            brokers.at(9, server.getLocalPort());
            for (byte[] answer : answers) {
                follower.fetch(9, 0, 0);
                try (RawPeer liar = new RawPeer(server.accept())) {
                    assertEquals(FrameType.HELLO, liar.receive().type());
                    liar.send(FrameType.HELLO, RawPeer.hello("cluster", 9, 3));
                    assertEquals(FrameType.FETCH, liar.receive().type());
                    liar.sendBytes(answer);
                    assertTrue(!liar.farewell().isEmpty(), "it is told why");
                }
                assertNull(follower.next().answer());
            }
        }
    }

    @Test
    void recordsThatAreNoBatchesAreLeftToWhoeverAppendsThem() throws Exception {
        var follower = brokers.node(3);
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            brokers.at(9, server.getLocalPort());
            follower.fetch(9, 0, 0);
            try (RawPeer liar = new RawPeer(server.accept())) {
                liar.receive();
                liar.send(FrameType.HELLO, RawPeer.hello("cluster", 9, 3));
                liar.receive();
                liar.send(FrameType.RECORDS, Unpooled.buffer().writeInt(0).writeLong(1).writeLong(0).writeZero(100));
                assertArrayEquals(new byte[100], follower.next().bytes());
            }
        }
    }

    @Test
    void aFollowerThatDoesNotReadHoldsUpNobodyElse() throws Exception {
        for (int i = 1; i <= 300; i++) {
            leader.led.lead(i);
            leader.led.append(i, 200_000, i);
        }
        try (RawPeer lazy = new RawPeer(leader.port).introduced(5, 1)) {
            for (int i = 1; i <= 300; i++) {
                lazy.send(FrameType.FETCH, RawPeer.fetch(i, i, 0));
            }
            for (int i = 1; i <= 300; i++) {
                LinkFixture.next(leader.led.fetches);
            }
            // Given that sixty megabytes wait for somebody who does not read
            var follower = brokers.node(3);
            for (int i = 1; i <= 300; i += 10) {
                assertArrayEquals(leader.led.content(i), follower.answer(1, i, 0).bytes());
            }
            // Then they are all there once it reads, though few were kept open meanwhile
            boolean[] got = new boolean[301];
            for (int i = 1; i <= 300; i++) {
                Frame frame = lazy.receive();
                assertEquals(FrameType.RECORDS, frame.type());
                int partition = frame.content().readInt();
                frame.content().skipBytes(16);
                byte[] records = new byte[frame.content().readableBytes()];
                frame.content().readBytes(records);
                assertArrayEquals(leader.led.content(partition), records);
                assertTrue(!got[partition], "answered once");
                got[partition] = true;
            }
        }
    }

    @Test
    void aSecondConnectionOfOneProcessTakesThePlaceOfTheFirst() throws Exception {
        try (RawPeer first = new RawPeer(leader.port).introduced(5, 1); RawPeer second = new RawPeer(leader.port).introduced(5, 1)) {
            // When the second is answered, nothing is done any more that the first sends
            try {
                first.send(FrameType.FETCH, RawPeer.fetch(9, 0, 0));
            } catch (IOException closed) {
                // It is closed already.
            }
            first.farewell();
            second.send(FrameType.FETCH, RawPeer.fetch(1, 0, 0));
            assertEquals(FrameType.RECORDS, second.receive().type());
            assertTrue(leader.suspected.isEmpty());
            assertEquals(1, leader.led.fetches.size());
        }
    }

    /** Whatever is sent by whoever is known, the broker goes on, and each connection is either served or closed. */
    @Test
    void framesWithFlippedAndMissingAndRepeatedBytesEndTheirConnectionAtMost() throws Exception {
        Random random = new Random(11);
        for (int round = 0; round < 300; round++) {
            try (RawPeer client = new RawPeer(leader.port)) {
                ByteBuf sent = Unpooled.buffer();
                sent.writeBytes(RawPeer.frame(FrameType.HELLO, RawPeer.hello("cluster", 5, 1)));
                for (int i = random.nextInt(4); i >= 0; i--) {
                    switch (random.nextInt(4)) {
                        case 0 -> sent.writeBytes(RawPeer.frame(FrameType.FETCH, RawPeer.fetch(i, random.nextInt(3), random.nextInt(3))));
                        case 1 -> sent.writeBytes(RawPeer.frame(FrameType.PING, Unpooled.EMPTY_BUFFER));
                        case 2 -> sent.writeBytes(RawPeer.frame(FrameType.CALL,
                                Unpooled.buffer().writeInt(i).writeShort(12).writeShort(random.nextInt(5)).writeZero(random.nextInt(20))));
                        default -> {
                            byte[] noise = new byte[random.nextInt(60)];
                            random.nextBytes(noise);
                            sent.writeBytes(noise);
                        }
                    }
                }
                for (int i = random.nextInt(3); i > 0; i--) {
                    sent.setByte(random.nextInt(sent.writerIndex()), random.nextInt());
                }
                byte[] bytes = new byte[sent.writerIndex() - random.nextInt(Math.min(4, sent.writerIndex()))];
                sent.readBytes(bytes);
                try {
                    client.sendBytes(bytes);
                } catch (IOException closed) {
                    // It was refused before it was sent.
                }
            }
            if (round % 50 == 0) {
                var follower = brokers.node(10 + round);
                Ended end = follower.answer(1, 0, 0);
                assertArrayEquals(leader.led.content(0), end.bytes());
            }
        }
    }
}
