package io.partita.broker.net;

/**
 * How the system is asked to treat a listener's sockets.
 *
 * @param backlog connections that may wait to be accepted ({@code socket.listen.backlog.size})
 * @param sendBufferBytes {@code socket.send.buffer.bytes}; -1 leaves it to the system
 * @param receiveBufferBytes {@code socket.receive.buffer.bytes}; -1 leaves it to the system
 */
public record SocketOptions(int backlog, int sendBufferBytes, int receiveBufferBytes) {

    public static final SocketOptions DEFAULTS = new SocketOptions(1024, -1, -1);
}
