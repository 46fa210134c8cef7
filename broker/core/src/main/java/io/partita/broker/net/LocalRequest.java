package io.partita.broker.net;

import io.partita.broker.api.ApiRegistry;
import io.partita.broker.api.ClientInfo;
import io.partita.broker.api.RequestContext;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.quota.ClientBudget;
import io.partita.broker.quota.Quotas;
import io.partita.broker.security.Access;
import io.partita.broker.security.Authorizer;
import io.partita.broker.security.Principal;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;

/**
 * A request that comes by no connection: served by the handlers of the clients' port, with the rights and quotas of its {@link Caller}. For how long he is to wait stands
 * in the answer, and is his to keep.
 */
public final class LocalRequest implements RequestContext, ClientInfo {

    private final ApiRegistry.Entry entry;
    private final short version;
    private final Caller caller;
    private final Access access;
    private final ClientBudget budget;
    private final EventLoop loop;
    private final int bytes;
    private final CompletableFuture<Message> answer = new CompletableFuture<>();
    private long handledNanos;

    private LocalRequest(ApiRegistry.Entry entry, short version, Caller caller, Authorizer authorizer, Quotas quotas, EventLoop loop, int bytes) {
        this.entry = entry;
        this.version = version;
        this.caller = caller;
        this.access = authorizer.of(caller.principal(), caller.address());
        this.budget = quotas.of(caller.principal().name(), caller.clientId());
        this.loop = loop;
        this.bytes = bytes;
    }

    /**
     * Serves a request. Any thread.
     *
     * @param entry of its key, which serves its version
     * @param bytes it would take on the wire, about
     * @return completes on any thread: with the answer, {@code null} where there is none, or with what went wrong
     */
    public static CompletableFuture<Message> serve(
            ApiRegistry.Entry entry, short version, Message request, Caller caller, Authorizer authorizer, Quotas quotas, EventLoop loop, int bytes) {
        var local = new LocalRequest(entry, version, caller, authorizer, quotas, loop, bytes);
        loop.run(() -> local.handle(request));
        return local.answer;
    }

    private void handle(Message request) {
        long began = System.nanoTime();
        try {
            entry.handler().handle(this, request);
        } catch (RuntimeException | Error failure) {
            answer.completeExceptionally(failure);
        }
        handledNanos = System.nanoTime() - began;
    }

    // ---- RequestContext

    @Override
    public ApiKey apiKey() {
        return entry.key();
    }

    @Override
    public short version() {
        return version;
    }

    @Override
    public String clientId() {
        return caller.clientId();
    }

    @Override
    public ClientInfo client() {
        return this;
    }

    @Override
    public Access access() {
        return access;
    }

    @Override
    public ClientBudget budget() {
        return budget;
    }

    @Override
    public EventLoop eventLoop() {
        return loop;
    }

    @Override
    public void respond(Message response) {
        loop.run(() -> {
            Throttle.charge(this, handledNanos, bytes, response);
            answer.complete(response);
        });
    }

    @Override
    public void respondNothing() {
        answer.complete(null);
    }

    @Override
    public void onNextRequest(Runnable task) {
        // No answer waits behind this one, so it may be held until it comes by itself.
    }

    @Override
    public void onClose(Runnable task) {
        // There is no connection that could end before it is answered.
    }

    @Override
    public void onCrowded(Runnable task) {
        // Nothing waits behind it.
    }

    @Override
    public void disconnect(String reason) {
        answer.completeExceptionally(new IllegalStateException("the request cannot be answered: " + reason));
    }

    // ---- ClientInfo

    @Override
    public Principal principal() {
        return caller.principal();
    }

    @Override
    public InetAddress address() {
        return caller.address();
    }

    @Override
    public String listenerName() {
        return caller.listener();
    }

    @Override
    public String softwareName() {
        return caller.clientId();
    }

    @Override
    public String softwareVersion() {
        return "";
    }

    @Override
    public boolean isPassing() {
        return true;
    }

    @Override
    public void identify(String softwareName, String softwareVersion) {
        // Its process says who it is.
    }
}
