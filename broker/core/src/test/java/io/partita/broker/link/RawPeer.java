package io.partita.broker.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.replication.ReplicaFetch;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;

/** The other end of a connection, as a test speaks for it, right or wrong. */
final class RawPeer implements Closeable {

    private static final int TIMEOUT_MILLIS = 20_000;

    /** A frame that came. */
    record Frame(FrameType type, ByteBuf content) {}

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    RawPeer(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    RawPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    void sendBytes(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    static byte[] frame(FrameType type, ByteBuf content) {
        ByteBuf frame = Unpooled.buffer().writeInt(content.readableBytes() + 1).writeByte(type.id()).writeBytes(content);
        return ByteBufUtil.getBytes(frame);
    }

    void send(FrameType type, ByteBuf content) throws IOException {
        sendBytes(frame(type, content));
    }

    static ByteBuf hello(String clusterId, int broker, int addressee) {
        ByteBuf content = Unpooled.buffer();
        new Hello(Hello.VERSION, clusterId, new BrokerProcess(broker, "raw-" + broker), addressee).write(content);
        return content;
    }

    /** Says that it is a broker of the cluster, and waits to be told the same. */
    RawPeer introduced(int broker, int addressee) throws IOException {
        send(FrameType.HELLO, hello("cluster", broker, addressee));
        Frame answer = receive();
        if (answer.type != FrameType.HELLO) {
            throw new AssertionError("answered with " + answer.type);
        }
        return this;
    }

    static ByteBuf fetch(int id, int partition, long offset) {
        ByteBuf content = Unpooled.buffer();
        new Wanted.Fetch(LedLogs.partition(partition), new ReplicaFetch(5, "raw-log", LedLogs.EPOCH, offset, -1, 0, 0), null).write(id, content);
        return content;
    }

    /** The next frame that is no ping. */
    Frame receive() throws IOException {
        while (true) {
            byte[] frame = new byte[in.readInt()];
            in.readFully(frame);
            FrameType type = FrameType.of(frame[0]);
            if (type != FrameType.PING) {
                return new Frame(type, Unpooled.wrappedBuffer(frame, 1, frame.length - 1));
            }
        }
    }

    /** Why the connection is closed, as the other end says it last; empty when it says nothing. */
    String farewell() throws IOException {
        String said = "";
        try {
            while (true) {
                Frame frame = receive();
                if (frame.type == FrameType.FAREWELL) {
                    MessageReader reader = new MessageReader(frame.content);
                    reader.int8();
                    said = reader.string(true);
                }
            }
        } catch (EOFException | SocketException closed) {
            return said;
        }
    }

    static ByteBuf text(String text) {
        ByteBuf content = Unpooled.buffer();
        new MessageWriter(content).string(text, true);
        return content;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
