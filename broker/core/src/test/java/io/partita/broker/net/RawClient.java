package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A blocking client that sends what a test tells it to, right or wrong. */
public final class RawClient implements Closeable {

    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private java.util.concurrent.ExecutorService pump;
    private int sendMillis = TIMEOUT_MILLIS;

    public RawClient(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** By a connection that is there already, for example one that encrypts. */
    public RawClient(Socket connected) throws IOException {
        socket = connected;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    public void sendBytes(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    public void send(ApiKey key, int version, int correlationId, Message request) throws IOException {
        sendBytes(frame(key, version, correlationId, request));
    }

    /** A request as it stands on the wire, length included. */
    public static byte[] frame(ApiKey key, int version, int correlationId, Message request) {
        ByteBuf buffer = Unpooled.buffer();
        buffer.writeInt(0);
        buffer.writeShort(key.id()).writeShort(version).writeInt(correlationId);
        byte[] client = "raw-client".getBytes(StandardCharsets.UTF_8);
        buffer.writeShort(client.length).writeBytes(client);
        if (key.isFlexible(version)) {
            buffer.writeByte(0);
        }
        if (key.knows(version)) {
            request.write(new MessageWriter(buffer), (short) version);
        }
        buffer.setInt(0, buffer.readableBytes() - 4);
        return ByteBufUtil.getBytes(buffer);
    }

    /** The next response frame, without its length. */
    public ByteBuf receive() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return Unpooled.wrappedBuffer(frame);
    }

    /** The next response's correlation id; its body is read into {@code response}. */
    public int receive(ApiKey key, int version, Message response) throws IOException {
        ByteBuf frame = receive();
        int correlationId = frame.readInt();
        if (key.responseHeaderVersion(version) == 1) {
            frame.skipBytes(1);
        }
        response.read(new MessageReader(frame), (short) version);
        return correlationId;
    }

    /** Sends a request and reads its response. */
    public <R extends Message> R call(ApiKey key, int version, Message request, R response) throws IOException {
        send(key, version, 1, request);
        receive(key, version, response);
        return response;
    }

    /** Whether something is there to be received. Does not wait. */
    public boolean hasSomething() throws IOException {
        return in.available() > 0;
    }

    /** Whether the broker has closed the connection; waits for it. */
    public boolean isClosedByPeer() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException reset) {
            return true;
        }
    }

    /** Says that nothing more comes. */
    public void endOfSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Reads and forgets until the broker closes the connection. */
    public void drain() throws IOException {
        in.transferTo(OutputStream.nullOutputStream());
    }

    /** Makes {@link #trySend} wait for so long at most. */
    public void giveUpSendingAfter(int millis) {
        sendMillis = millis;
    }

    /** Sends, and returns false when the broker has not taken it in time. The client can send no more then. */
    public boolean trySend(byte[] bytes) {
        var done = new java.util.concurrent.CompletableFuture<Void>();
        if (pump == null) {
            pump = java.util.concurrent.Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
        }
        pump.execute(() -> {
            try {
                sendBytes(bytes);
                done.complete(null);
            } catch (IOException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            done.get(sendMillis, java.util.concurrent.TimeUnit.MILLISECONDS);
            return true;
        } catch (java.util.concurrent.TimeoutException | java.util.concurrent.ExecutionException | InterruptedException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        if (pump != null) {
            pump.shutdownNow();
        }
    }
}
