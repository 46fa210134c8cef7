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
import io.partita.broker.protocol.Records;
import io.partita.broker.protocol.message.FetchResponse;
import io.partita.broker.protocol.message.ShareFetchResponse;
import io.partita.broker.quota.Quotas;
import io.partita.broker.security.Authorizer;
import io.partita.broker.security.Operation;
import io.partita.broker.security.Principal;
import io.partita.broker.security.ResourceType;
import io.vertx.core.json.JsonObject;
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
    /** In place of an API key: what a broker knows of its clients ({@link ClientInsight}). Brokers of before know no such key, and refuse. */
    private static final short INSIGHT = -1;
    /** What a request has on the wire beside its records, about. */
    private static final int REQUEST_BYTES = 100;

    private final int nodeId;
    private final ApiRegistry registry;
    private final Authorizer authorizer;
    private final Quotas quotas;
    private final NettyEventLoops loops;
    private final Workers workers;
    private final BrokerCalls calls;
    private final ClientInsight insight;

    InProcessClients(
            int nodeId, ApiRegistry registry, Authorizer authorizer, Quotas quotas, NettyEventLoops loops, Workers workers, BrokerCalls calls,
            ClientInsight insight) {
        this.nodeId = nodeId;
        this.registry = registry;
        this.authorizer = authorizer;
        this.quotas = quotas;
        this.loops = loops;
        this.workers = workers;
        this.calls = calls;
        this.insight = insight;
    }

    /** A broker did not answer in time, or cannot be reached. The request may have been served all the same. */
    public static final class NoAnswerException extends RuntimeException {
        NoAnswerException(int broker) {
            super("Broker " + broker + " did not answer.");
        }
    }

    /** The caller may not do that. */
    public static final class NotAllowedException extends RuntimeException {
        NotAllowedException() {
            super("The cluster may not be described");
        }
    }

    /**
     * What a broker knows of its clients, for who may describe the cluster: {@code connections}, and in {@code usage} what is taken of quotas.
     *
     * @return completes exceptionally with {@link NoAnswerException} or {@link NotAllowedException}
     */
    public CompletableFuture<JsonObject> insight(Caller caller, int broker) {
        if (broker == nodeId) {
            return insightHere(caller);
        }
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        calls.call(broker, ApiKey.ENVELOPE, (short) 0, envelope(caller, INSIGHT, (short) 0, null), new EnvelopeResponse(), CALL_MILLIS, told -> {
            if (told instanceof EnvelopeResponse response && response.errorCode == ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code()) {
                answer.completeExceptionally(new NotAllowedException());
            } else if (told instanceof EnvelopeResponse response && response.errorCode == ErrorCode.NONE.code()) {
                answer.complete(response.responseData);
            } else {
                answer.completeExceptionally(new NoAnswerException(broker));
            }
        });
        return answer.thenApply(bytes -> new JsonObject(new String(bytes, StandardCharsets.UTF_8)));
    }

    private CompletableFuture<JsonObject> insightHere(Caller caller) {
        boolean isAllowed = authorizer.of(caller.principal(), caller.address()).allows(Operation.DESCRIBE, ResourceType.CLUSTER, ResourceType.CLUSTER_NAME);
        return isAllowed ? insight.look() : CompletableFuture.failedFuture(new NotAllowedException());
    }

    private void serveInsight(RequestContext context, Caller caller) {
        insightHere(caller).whenComplete((told, failure) -> {
            if (failure != null) {
                refuse(context, failure instanceof NotAllowedException ? ErrorCode.CLUSTER_AUTHORIZATION_FAILED : ErrorCode.UNKNOWN_SERVER_ERROR);
                return;
            }
            var response = new EnvelopeResponse();
            response.responseData = told.encode().getBytes(StandardCharsets.UTF_8);
            context.respond(response);
        });
    }

    /** What decides what the callers may do. */
    public Authorizer authorizer() {
        return authorizer;
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
        if (!(response instanceof FetchResponse) && !(response instanceof ShareFetchResponse)) {
            return CompletableFuture.completedFuture(response);
        }
        return CompletableFuture.supplyAsync(() -> {
            try {
                if (response instanceof FetchResponse fetched) {
                    fetched.responses.forEach(topic -> topic.partitions.forEach(partition -> partition.records = copied(partition.records)));
                } else if (response instanceof ShareFetchResponse fetched) {
                    fetched.responses.forEach(topic -> topic.partitions.forEach(partition -> partition.records = copied(partition.records)));
                }
                return response;
            } finally {
                response.forEachRecords(records -> {
                    if (records instanceof LogSlice slice) {
                        slice.release();
                    }
                });
            }
        }, workers.of(Workers.Kind.READ)::execute);
    }

    private static Records copied(Records records) {
        if (!(records instanceof LogSlice slice)) {
            return records;
        }
        ByteBuf copy = Unpooled.buffer(Math.max(1, slice.sizeInBytes()));
        try {
            slice.copyTo(copy);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        slice.release();
        return new BufferRecords(copy);
    }

    private CompletableFuture<Message> there(Caller caller, int broker, ApiKey key, short version, Message request) {
        EnvelopeRequest envelope = envelope(caller, key.id(), version, request);
        CompletableFuture<Message> answer = new CompletableFuture<>();
        calls.call(broker, ApiKey.ENVELOPE, (short) 0, envelope, new EnvelopeResponse(), CALL_MILLIS, told -> opened(broker, key, version, told, answer));
        return answer;
    }

    /** @param request null for none */
    private static EnvelopeRequest envelope(Caller caller, short key, short version, Message request) {
        ByteBuf data = Unpooled.buffer();
        data.writeShort(key).writeShort(version);
        MessageWriter header = new MessageWriter(data);
        header.string(caller.clientId(), true);
        header.string(caller.listener(), true);
        if (request != null) {
            request.write(new MessageWriter(data), version);
        }
        var envelope = new EnvelopeRequest();
        envelope.requestData = ByteBufUtil.getBytes(data);
        envelope.requestPrincipal = caller.principal().toString().getBytes(StandardCharsets.UTF_8);
        envelope.clientHostAddress = caller.address().getAddress();
        return envelope;
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
            short key = data.readShort();
            entry = registry.find(key);
            version = data.readShort();
            MessageReader header = new MessageReader(data);
            String clientId = header.string(true);
            String listener = header.string(true);
            data.readerIndex(header.position());
            Principal principal = Principal.parse(new String(envelope.requestPrincipal, StandardCharsets.UTF_8));
            caller = new Caller(principal, InetAddress.getByAddress(envelope.clientHostAddress), listener, clientId);
            if (key == INSIGHT) {
                serveInsight(context, caller);
                return;
            }
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
