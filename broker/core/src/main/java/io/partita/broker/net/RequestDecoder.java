package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.RetiredVersions;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/**
 * Reads the requests of one connection: first the header, by which the session decides whether there is to be a body. Keeps the client id, which is the
 * same from request to request. Lives on its connection's event loop.
 */
final class RequestDecoder {

    private final ApiRegistry registry;
    private byte[] clientIdBytes = new byte[0];
    private String clientId = "";
    /** Null as long as there is none. */
    private Map<ApiKey, Short> retired;

    RequestDecoder(ApiRegistry registry) {
        this.registry = registry;
    }

    /**
     * Reads the request in {@code frame} and tells {@code request} what it is. Returns its body.
     *
     * @throws RefusedRequestException when it is none that may come now
     * @throws MalformedMessageException when its bytes are wrong, as is {@link IndexOutOfBoundsException}
     */
    Message read(ByteBuf frame, InFlightRequest request, Session session) {
        ApiRegistry.Entry entry = registry.find(frame.readShort());
        short version = frame.readShort();
        int correlationId = frame.readInt();
        if (entry == null) {
            throw new RefusedRequestException("it asked for an API key that is not served");
        }
        String refusal = session.refusal(entry.key());
        if (refusal != null) {
            throw new RefusedRequestException(refusal);
        }
        // KIP-511: ApiVersions in a version this broker does not know is answered in version 0, by its handler; its body is not read.
        boolean served = entry.serves(version);
        if (!served && entry.key() != ApiKey.API_VERSIONS) {
            throw new RefusedRequestException(entry.key() + " version " + version + " is not served");
        }
        Message body = entry.key().newRequest();
        if (served) {
            String client = readClientId(frame);
            MessageReader in = new MessageReader(frame, session.limits().decoder());
            if (entry.key().isFlexible(version)) {
                in.skipTaggedFields();
            }
            body.read(in, version);
            request.decoded(entry, version, correlationId, client, in.heapBytes());
            if (RetiredVersions.contains(entry.key(), version)) {
                retired(entry.key(), version);
            }
        } else {
            request.decoded(entry, InFlightRequest.UNKNOWN_VERSION, correlationId, clientId, 0);
        }
        return body;
    }

    private void retired(ApiKey key, short version) {
        if (retired == null) {
            retired = new EnumMap<>(ApiKey.class);
        }
        retired.merge(key, version, (before, now) -> before < now ? before : now);
    }

    /** The lowest version of each request that came in one which Kafka 4 does not serve any more. */
    Map<ApiKey, Short> retired() {
        return retired == null ? Map.of() : Map.copyOf(retired);
    }

    /** The client id of the last request; empty where it had none. */
    String clientId() {
        return clientId;
    }

    private String readClientId(ByteBuf frame) {
        int length = frame.readShort();
        if (length < 0) {
            return "";
        }
        if (length > frame.readableBytes()) {
            throw new MalformedMessageException("a client id of " + length + " bytes is announced, " + frame.readableBytes() + " are left");
        }
        if (!sameAsLastClientId(frame, length)) {
            clientIdBytes = new byte[length];
            frame.getBytes(frame.readerIndex(), clientIdBytes);
            clientId = new String(clientIdBytes, StandardCharsets.UTF_8);
        }
        frame.skipBytes(length);
        return clientId;
    }

    private boolean sameAsLastClientId(ByteBuf frame, int length) {
        if (length != clientIdBytes.length) {
            return false;
        }
        int start = frame.readerIndex();
        for (int i = 0; i < length; i++) {
            if (frame.getByte(start + i) != clientIdBytes[i]) {
                return false;
            }
        }
        return true;
    }
}
