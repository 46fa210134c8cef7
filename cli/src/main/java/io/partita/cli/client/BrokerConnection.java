package io.partita.cli.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.DecoderLimits;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import io.partita.broker.protocol.message.RequestHeader;
import io.partita.broker.protocol.message.ResponseHeader;
import io.partita.cli.Version;
import io.partita.cli.client.ClientSettings.HostPort;
import io.partita.cli.client.Failure.Kind;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** One connection to one broker, one request at a time. Versions are agreed on when it is opened. One thread. */
public final class BrokerConnection implements AutoCloseable {

    /** Answers beyond this are taken for another protocol's bytes. */
    private static final int ANSWER_BYTES_MAX = 512 << 20;
    /** What a cluster of many partitions takes; the broker is trusted more than a client is. */
    private static final DecoderLimits LIMITS = new DecoderLimits(1L << 30, 10_000_000, 10_000);
    private static final short API_VERSIONS_VERSION = 3;
    /** A broker says within this what it speaks, unless it is busy; a server of another protocol may wait for more for ever. */
    private static final int DOUBT_MILLIS = 1_000;
    private static final String HTTP = "HTTP/";

    private record Served(short lowest, short highest) {}

    private final HostPort address;
    private final ClientSettings settings;
    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final Map<Short, Served> served = new HashMap<>();
    private int correlation;

    private BrokerConnection(HostPort address, ClientSettings settings, Socket socket) throws IOException {
        this.address = address;
        this.settings = settings;
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    /** Connects, learns what the broker speaks, and says who we are. */
    static BrokerConnection open(HostPort address, ClientSettings settings, Sockets sockets) {
        Socket socket = sockets.open(address);
        try {
            BrokerConnection connection = new BrokerConnection(address, settings, socket);
            connection.learnVersions();
            if (settings.sasl()) {
                new SaslLogin(settings).perform(connection);
            }
            return connection;
        } catch (IOException | RuntimeException e) {
            try {
                socket.close();
            } catch (IOException ignored) {
                // What went wrong first counts.
            }
            throw e instanceof RuntimeException known ? known : new Failure(Kind.UNREACHABLE, address + " cannot be reached: " + e.getMessage() + ".");
        }
    }

    public HostPort address() {
        return address;
    }

    private void learnVersions() {
        ApiVersionsRequest request = new ApiVersionsRequest();
        request.clientSoftwareName = "partita";
        request.clientSoftwareVersion = Version.text();
        ByteBuf body = exchange(ApiKey.API_VERSIONS, API_VERSIONS_VERSION, request);
        // Who does not know this version says so in version 0 (KIP-511).
        boolean older = ErrorCode.forCode(body.getShort(body.readerIndex())) == ErrorCode.UNSUPPORTED_VERSION;
        if (older) {
            body = exchange(ApiKey.API_VERSIONS, (short) 0, request);
        }
        ApiVersionsResponse response = new ApiVersionsResponse();
        read(response, body, older ? (short) 0 : API_VERSIONS_VERSION);
        for (ApiVersionsResponse.ApiVersion version : response.apiKeys) {
            served.put(version.apiKey, new Served(version.minVersion, version.maxVersion));
        }
    }

    /** Whether the broker serves some version between these. */
    public boolean serves(ApiKey key, int lowest, int highest) {
        Served versions = served.get(key.id());
        return versions != null && versions.lowest <= highest && versions.highest >= lowest;
    }

    /**
     * Sends the request in the newest version that the broker serves, and waits for the answer.
     *
     * @param lowest the oldest version that says what {@code request} does
     * @param highest the newest version that the caller understands
     */
    public <R extends Message> R call(ApiKey key, int lowest, int highest, Message request, R response) {
        short version = version(key, lowest, highest);
        read(response, exchange(key, version, request), version);
        return response;
    }

    private short version(ApiKey key, int lowest, int highest) {
        Served versions = served.get(key.id());
        if (versions == null) {
            throw new Failure(Kind.REFUSED, "The broker " + address + " does not serve " + key.title() + ".",
                    "It may be too old for this command, or of another kind.");
        }
        if (!serves(key, lowest, highest)) {
            throw new Failure(Kind.REFUSED, "The broker " + address + " serves " + key.title() + " in versions " + versions.lowest + " to " + versions.highest
                    + ", and this command needs one of " + lowest + " to " + highest + ".", "Take a version of partita that fits the broker.");
        }
        return (short) Math.min(highest, versions.highest);
    }

    private ByteBuf exchange(ApiKey key, short version, Message request) {
        try {
            ByteBuf frame = Unpooled.buffer(256);
            frame.writeInt(0);
            RequestHeader header = new RequestHeader();
            header.requestApiKey = key.id();
            header.requestApiVersion = version;
            header.correlationId = ++correlation;
            header.clientId = settings.clientId();
            MessageWriter writer = new MessageWriter(frame);
            header.write(writer, key.requestHeaderVersion(version));
            request.write(writer, version);
            frame.setInt(0, frame.readableBytes() - Integer.BYTES);
            out.write(frame.array(), frame.arrayOffset(), frame.readableBytes());
            int first = first();
            if (first < 0) {
                throw new EOFException();
            }
            int size = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
            if (size < Integer.BYTES || size > ANSWER_BYTES_MAX) {
                throw notKafka();
            }
            ByteBuf answer = Unpooled.wrappedBuffer(in.readNBytes(size));
            if (answer.readableBytes() < size) {
                throw new EOFException();
            }
            ResponseHeader responseHeader = new ResponseHeader();
            read(responseHeader, answer, key.responseHeaderVersion(version));
            if (responseHeader.correlationId != correlation) {
                throw notKafka();
            }
            return answer;
        } catch (SocketTimeoutException e) {
            throw new Failure(Kind.UNREACHABLE,
                    "The broker " + address + " has not answered " + key.title() + " within " + settings.requestTimeoutMillis() + " ms.",
                    "Is it well? -X request.timeout.ms=60000 waits longer.");
        } catch (EOFException e) {
            throw new Failure(Kind.UNREACHABLE, "The broker " + address + " closed the connection instead of answering " + key.title() + ".",
                    settings.tls() ? null : "If it wants TLS or a login: --config names a file with security.protocol, sasl.mechanism and so on.");
        } catch (IOException e) {
            throw new Failure(Kind.UNREACHABLE, "The connection to " + address + " broke: " + e.getMessage() + ".");
        }
    }

    /** The first byte of an answer. */
    private int first() throws IOException {
        boolean isDoubtful = served.isEmpty() && !settings.tls() && settings.requestTimeoutMillis() > DOUBT_MILLIS;
        if (!isDoubtful) {
            return in.read();
        }
        try {
            socket.setSoTimeout(DOUBT_MILLIS);
            return in.read();
        } catch (SocketTimeoutException nothingYet) {
            if (speaksHttp()) {
                throw new Failure(Kind.UNREACHABLE, address + " speaks HTTP, not Kafka's protocol.",
                        "It may be the port of the REST interface and the console, or of metrics; the one for Kafka's clients is another, 9092 unless said otherwise.");
            }
            socket.setSoTimeout(settings.requestTimeoutMillis() - DOUBT_MILLIS);
            return in.read();
        } finally {
            socket.setSoTimeout(settings.requestTimeoutMillis());
        }
    }

    /** Whether whoever is there answers a request of HTTP. */
    private boolean speaksHttp() {
        try (Socket other = new Socket()) {
            other.setSoTimeout(DOUBT_MILLIS);
            other.connect(socket.getRemoteSocketAddress(), DOUBT_MILLIS);
            other.getOutputStream().write("HEAD / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(other.getInputStream().readNBytes(HTTP.length()), StandardCharsets.US_ASCII).equals(HTTP);
        } catch (IOException other) {
            return false;
        }
    }

    private Failure notKafka() {
        return new Failure(Kind.UNREACHABLE, address + " does not speak Kafka's protocol as expected.",
                "Is it the port for clients? If it wants TLS, set security.protocol=SSL or SASL_SSL.");
    }

    private void read(Message message, ByteBuf bytes, short version) {
        MessageReader reader = new MessageReader(bytes, LIMITS);
        try {
            message.read(reader, version);
        } catch (MalformedMessageException e) {
            throw notKafka();
        }
        bytes.readerIndex(reader.position());
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException ignored) {
            // Nothing is lost with it: every request has been answered.
        }
    }
}
