package io.partita.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.RequestContext;
import io.partita.broker.env.Workers;
import io.partita.broker.link.BrokerCalls;
import io.partita.broker.log.LogSlice;
import io.partita.broker.net.Caller;
import io.partita.broker.net.LocalRequest;
import io.partita.broker.net.NettyEventLoops;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.EnvelopeRequest;
import io.partita.broker.protocol.message.EnvelopeResponse;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.quota.Quotas;
import io.partita.broker.security.Authorizer;
import io.partita.broker.security.Principal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Clients without a connection: requests of Kafka's protocol from within this process, served by the handlers of the clients' port with the caller's own rights and
 * quotas, here or by the broker that is to be asked. That one gets them over the link between brokers, in an Envelope (KIP-590), and believes who the caller is, as brokers
 * believe each other what clients they speak for may do. Any thread.
 */
public final class InProcessClients {

    /** Longest that a broker may take; handlers have shorter bounds of their own. */
    private static final long CALL_MILLIS = 60_000;
    /** What a request has on the wire beside its records, about. */
    private static final int REQUEST_BYTES = 100;

    private final int nodeId;
    private final ApiRegistry registry;
    private final Authorizer authorizer;
    private final Quotas quotas;
    private final NettyEventLoops loops;
    private final Workers workers;
    private final BrokerCalls calls;

    InProcessClients(
            int nodeId, ApiRegistry registry, Authorizer authorizer, Quotas quotas, NettyEventLoops loops, Workers workers, BrokerCalls calls) {
        this.nodeId = nodeId;
        this.registry = registry;
        this.authorizer = authorizer;
        this.quotas = quotas;
        this.loops = loops;
        this.workers = workers;
        this.calls = calls;
    }

    /** A broker did not answer in time, or cannot be reached. The request may have been served all the same. */
    public static final class NoAnswerException extends RuntimeException {
        NoAnswerException(int broker) {
            super("Broker " + broker + " did not answer.");
        }
    }

    /**
     * Asks a broker.
     *
     * @param version one that the key is served in
     * @return completes on any thread with the answer, whose records are the caller's, {@code null} where the protocol has none, or exceptionally:
     *     with {@link NoAnswerException} where the broker does not answer
     */
    public CompletableFuture<Message> call(Caller caller, int broker, ApiKey key, int version, Message request) {
        return broker == nodeId ? here(caller, key, (short) version, request, sizeOf(request)) : there(caller, broker, key, (short) version, request);
    }

    private static int sizeOf(Message request) {
        long[] bytes = {REQUEST_BYTES};
        request.forEachRecords(records -> bytes[0] += records == null ? 0 : records.sizeInBytes());
        return (int) Math.min(Integer.MAX_VALUE, bytes[0]);
    }

    private CompletableFuture<Message> here(Caller caller, ApiKey key, short version, Message request, int bytes) {
        ApiRegistry.Entry entry = registry.find(key.id());
        if (entry == null || !entry.serves(version)) {
            return CompletableFuture.failedFuture(new IllegalArgumentException(key + " version " + version + " is not served"));
        }
        return LocalRequest.serve(entry, version, request, caller, authorizer, quotas, loops.next(), bytes).thenCompose(this::owned);
    }

    /** Pieces of logs are read into memory, by a thread that may wait for the disk. */
    private CompletableFuture<Message> owned(Message response) {
        if (!(response instanceof FetchResponse fetched)) {
            return CompletableFuture.completedFuture(response);
        }
        return CompletableFuture.supplyAsync(() -> {
            try {
                copyRecords(fetched);
                return fetched;
            } finally {
                fetched.forEachRecords(records -> {
                    if (records instanceof LogSlice slice) {
                        slice.release();
                    }
                });
            }
        }, workers.of(Workers.Kind.READ)::execute);
    }

    private static void copyRecords(FetchResponse fetched) {
        for (var topic : fetched.responses) {
            for (var partition : topic.partitions) {
                if (partition.records instanceof LogSlice slice) {
                    ByteBuf copy = Unpooled.buffer(Math.max(1, slice.sizeInBytes()));
                    try {
                        slice.copyTo(copy);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    slice.release();
                    partition.records = new BufferRecords(copy);
                }
            }
        }
    }

    private CompletableFuture<Message> there(Caller caller, int broker, ApiKey key, short version, Message request) {
        ByteBuf data = Unpooled.buffer();
        data.writeShort(key.id()).writeShort(version);
        MessageWriter header = new MessageWriter(data);
        header.string(caller.clientId(), true);
        header.string(caller.listener(), true);
        request.write(new MessageWriter(data), version);
        var envelope = new EnvelopeRequest();
        envelope.requestData = ByteBufUtil.getBytes(data);
        envelope.requestPrincipal = caller.principal().toString().getBytes(StandardCharsets.UTF_8);
        envelope.clientHostAddress = caller.address().getAddress();
        CompletableFuture<Message> answer = new CompletableFuture<>();
        calls.call(broker, ApiKey.ENVELOPE, (short) 0, envelope, new EnvelopeResponse(), CALL_MILLIS, told -> opened(broker, key, version, told, answer));
        return answer;
    }

    private static void opened(int broker, ApiKey key, short version, Message told, CompletableFuture<Message> answer) {
        if (!(told instanceof EnvelopeResponse response) || response.errorCode != ErrorCode.NONE.code()) {
            answer.completeExceptionally(new NoAnswerException(broker));
        } else if (response.responseData == null) {
            answer.complete(null);
        } else {
            Message opened = key.newResponse();
            try {
                opened.read(new MessageReader(Unpooled.wrappedBuffer(response.responseData)), version);
                answer.complete(opened);
            } catch (MalformedMessageException | IndexOutOfBoundsException e) {
                answer.completeExceptionally(e);
            }
        }
    }

    /** Serves what another broker sends on behalf of its callers. On the event loop of the link. */
    void serve(RequestContext context, EnvelopeRequest envelope) {
        Message request;
        ApiRegistry.Entry entry;
        short version;
        Caller caller;
        try {
            ByteBuf data = Unpooled.wrappedBuffer(envelope.requestData);
            entry = registry.find(data.readShort());
            version = data.readShort();
            MessageReader header = new MessageReader(data);
            String clientId = header.string(true);
            String listener = header.string(true);
            data.readerIndex(header.position());
            Principal principal = Principal.parse(new String(envelope.requestPrincipal, StandardCharsets.UTF_8));
            caller = new Caller(principal, InetAddress.getByAddress(envelope.clientHostAddress), listener, clientId);
            if (entry == null || !entry.serves(version)) {
                refuse(context, ErrorCode.UNSUPPORTED_VERSION);
                return;
            }
            request = entry.key().newRequest();
            request.read(new MessageReader(data), version);
        } catch (MalformedMessageException | IndexOutOfBoundsException | UnknownHostException | NullPointerException e) {
            refuse(context, ErrorCode.INVALID_REQUEST);
            return;
        }
        here(caller, entry.key(), version, request, envelope.requestData.length)
                .thenApply(response -> response == null ? null : bytes(response, version))
                .whenComplete((bytes, failure) -> {
                    if (failure != null) {
                        refuse(context, failure instanceof CompletionException ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.UNKNOWN_SERVER_ERROR);
                        return;
                    }
                    var response = new EnvelopeResponse();
                    response.responseData = bytes;
                    context.respond(response);
                });
    }

    private static byte[] bytes(Message response, short version) {
        ByteBuf out = Unpooled.buffer();
        response.write(new MessageWriter(out), version);
        return ByteBufUtil.getBytes(out);
    }

    private static void refuse(RequestContext context, ErrorCode error) {
        var response = new EnvelopeResponse();
        response.errorCode = error.code();
        context.respond(response);
    }
}
