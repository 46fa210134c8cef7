package io.partita.broker.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.partita.broker.Broker;
import io.partita.broker.BrokerStartException;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.net.NettyEventLoops;
import io.partita.broker.net.Tls;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The socket of a broker that no application serves HTTP for: on the broker's event loops, which read and write and no more; requests are answered on virtual threads.
 * Encrypts as the listener does whose users it takes.
 */
public final class HttpServer implements AutoCloseable {

    private static final int DEFAULT_PORT = 8080;
    private static final int BACKLOG = 128;
    /** Connections open at once; one more is closed. */
    private static final int CONNECTIONS_MAX = 2_000;
    private static final int IDLE_SECONDS = 60;
    private static final int LINE_BYTES_MAX = 16 * 1024;
    private static final int HEADER_BYTES_MAX = 16 * 1024;
    private static final int CHUNK_BYTES_MAX = 8 * 1024;
    private static final long HANDSHAKE_MILLIS = 10_000;
    private static final long CLOSE_SECONDS = 2;
    /** A reader who takes nothing for so long is given up, and so is one of whom nothing is heard at all: whose machine is gone without a word. */
    private static final int STALLED_MILLIS = 30_000;

    private final HttpService service;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final List<Channel> servers = new ArrayList<>();
    private final ExecutorService requests = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("partita-http-", 0).factory());
    private final int stalledMillis;
    private String host;
    private int port;

    private HttpServer(HttpService service, int stalledMillis) {
        this.service = service;
        this.stalledMillis = stalledMillis;
    }

    /**
     * Begins to listen where the settings say.
     *
     * @throws BrokerStartException when that cannot be
     */
    public static HttpServer start(Broker broker) {
        return start(broker, STALLED_MILLIS);
    }

    static HttpServer start(Broker broker, int stalledMillis) {
        HttpServer server = new HttpServer(HttpService.of(broker), stalledMillis);
        BrokerConfig config = broker.config();
        String where = config.value("http.listener");
        if (where != null) {
            int colon = where.lastIndexOf(':');
            try {
                server.bind(colon < 0 ? "" : where.substring(0, colon), Integer.parseInt(where.substring(colon + 1)));
            } catch (NumberFormatException e) {
                throw new BrokerStartException("http.listener is host:port, as localhost:8080, not " + where + ".", e);
            }
            return server;
        }
        try {
            server.bind("localhost", DEFAULT_PORT);
        } catch (BrokerStartException inUse) {
            // Nobody asked for this very port.
            server.bind("localhost", 0);
        }
        return server;
    }

    private void bind(String wanted, int wantedPort) {
        host = wanted.startsWith("[") && wanted.endsWith("]") ? wanted.substring(1, wanted.length() - 1) : wanted;
        NettyEventLoops loops = service.broker().eventLoops();
        Tls tls = service.security().tls();
        ServerBootstrap bootstrap = new ServerBootstrap().group(loops.group()).channel(loops.serverChannel()).option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true).childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        admit(channel, tls);
                    }
                });
        loops.giveUpSilent(bootstrap, stalledMillis);
        port = wantedPort;
        try {
            for (InetAddress address : InetAddress.getAllByName(host.isEmpty() ? "0.0.0.0" : host)) {
                var bound = bootstrap.bind(new InetSocketAddress(address, port)).awaitUninterruptibly();
                if (bound.isSuccess()) {
                    servers.add(bound.channel());
                    port = ((InetSocketAddress) bound.channel().localAddress()).getPort();
                } else if (servers.isEmpty()) {
                    throw new BrokerStartException("HTTP cannot be served on port " + port + " of " + (host.isEmpty() ? "this machine" : host) + " ("
                            + bound.cause().getMessage() + "): stop what uses the port, or choose another (http.listener, or --http on the command line).",
                            bound.cause());
                }
            }
        } catch (UnknownHostException e) {
            throw new BrokerStartException("The host " + host + " of http.listener is not known: give an address of this machine.", e);
        }
    }

    private void admit(Channel channel, Tls tls) {
        if (connections.size() >= CONNECTIONS_MAX) {
            channel.close();
            return;
        }
        connections.add(channel);
        SslHandler encryption = null;
        if (tls != null) {
            encryption = tls.handler(channel.alloc(), HANDSHAKE_MILLIS);
            channel.pipeline().addLast(encryption);
        }
        BodyGate bodies = new BodyGate(service.bounds());
        channel.pipeline().addLast(new IdleStateHandler(0, 0, IDLE_SECONDS), new HttpServerCodec(LINE_BYTES_MAX, HEADER_BYTES_MAX, CHUNK_BYTES_MAX), bodies,
                new Bodies(), new HttpConnection(service, requests, tls, encryption, isLocal(), bodies, stalledMillis));
    }

    /** Whether only this machine reaches it: then it answers to names of this machine alone, so that no page's own host name can stand for it. */
    private boolean isLocal() {
        return host.equals("localhost") || host.equals("127.0.0.1") || host.equals("::1");
    }

    HttpService service() {
        return service;
    }

    public int port() {
        return port;
    }

    /** What people give their browser. */
    public String address() {
        String name = host.isEmpty() || host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return (service.security().tls() == null ? "http://" : "https://") + name + ":" + port;
    }

    /** What a browser asks for in its first seconds, of whoever serves HTTP on {@code port} of this machine: while the JDK records which classes that takes. */
    public static void exercise(int port) throws IOException {
        String json = "Content-Type: application/json\r\n";
        String topic = "{\"name\":\"training\",\"partitions\":2}";
        String record = "{\"key\":\"k\",\"value\":{\"n\":1}}";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            ask(socket, "POST", "/api/v1/topics", json, topic);
            ask(socket, "POST", "/api/v1/topics/training/records", json, record);
            for (String path : List.of("/", "/console/style.css", "/api/v1/login", "/api/v1/session", "/api/v1/cluster?include=records",
                    "/api/v1/topics?include=records,size,lag", "/api/v1/topics/training", "/api/v1/topics/training/records", "/api/v1/topics/training/configs",
                    "/api/v1/groups?include=lag", "/api/v1/brokers", "/api/v1/events", "/api/v1/nothing")) {
                ask(socket, "GET", path, "Accept-Encoding: gzip\r\n", "");
            }
            ask(socket, "DELETE", "/api/v1/topics/training", "", "");
        }
    }

    private static void ask(Socket socket, String method, String path, String headers, String body) throws IOException {
        socket.getOutputStream()
                .write((method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("no answer to " + method + " " + path);
            }
            head.append((char) next);
        }
        String lower = head.toString().toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length: ");
        int length = at < 0 ? 0 : Integer.parseInt(lower.substring(at + 16, lower.indexOf('\r', at)));
        in.readNBytes(length);
    }

    /** Stops listening and ends what is under way. */
    @Override
    public void close() {
        servers.forEach(server -> server.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS));
        connections.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        requests.shutdownNow();
        try {
            requests.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
