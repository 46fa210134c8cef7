package io.partita.broker.api;

import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.quota.ClientBudget;
import io.partita.broker.security.Access;
import io.partita.broker.security.Principal;
import java.net.InetAddress;

/** A request of a client without a name, who may do everything, on a connection that is asked for nothing but an answer. Tests say what else is. */
public abstract class TestRequest implements RequestContext, ClientInfo {

    private final EventLoop loop;
    private final ApiKey key;
    private final short version;

    protected TestRequest(EventLoop loop, ApiKey key, int version) {
        this.loop = loop;
        this.key = key;
        this.version = (short) version;
    }

    // ---- RequestContext

    @Override
    public final ApiKey apiKey() {
        return key;
    }

    @Override
    public final short version() {
        return version;
    }

    @Override
    public final EventLoop eventLoop() {
        return loop;
    }

    @Override
    public String clientId() {
        return "test";
    }

    @Override
    public final ClientInfo client() {
        return this;
    }

    @Override
    public Access access() {
        return Access.EVERYTHING;
    }

    @Override
    public ClientBudget budget() {
        return ClientBudget.UNLIMITED;
    }

    @Override
    public void respondNothing() {
        throw new AssertionError(key + " has an answer");
    }

    @Override
    public void onNextRequest(Runnable task) {
        throw new AssertionError(key + " is not held");
    }

    @Override
    public void onCrowded(Runnable task) {
        throw new AssertionError(key + " does not wait for what may be crowded out");
    }

    @Override
    public void onClose(Runnable task) {
        throw new AssertionError(key + " does not wait for the end of its connection");
    }

    @Override
    public void disconnect(String reason) {
        throw new AssertionError(reason);
    }

    // ---- ClientInfo

    @Override
    public Principal principal() {
        return Principal.ANONYMOUS;
    }

    @Override
    public InetAddress address() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public String listenerName() {
        return "PLAINTEXT";
    }

    @Override
    public String softwareName() {
        return "";
    }

    @Override
    public String softwareVersion() {
        return "";
    }

    @Override
    public void identify(String softwareName, String softwareVersion) {
        throw new AssertionError("not asked for here");
    }
}
