package io.partita.broker.link;

import io.partita.broker.api.ClientInfo;
import io.partita.broker.api.RequestContext;
import io.partita.broker.env.EventLoop;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.quota.ClientBudget;
import io.partita.broker.security.Access;
import io.partita.broker.security.Principal;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A request of another broker, served by the same handlers as a client's. Answers go back as they come, in any order. Records in a request
 * are slices of a buffer that is gone when the handler returns.
 */
final class PeerRequest implements RequestContext, ClientInfo {

    private final AcceptedConnection connection;
    private final int id;
    private final ApiKey key;
    private final short version;
    private Runnable onClose;
    private boolean closed;

    PeerRequest(AcceptedConnection connection, int id, ApiKey key, short version) {
        this.connection = connection;
        this.id = id;
        this.key = key;
        this.version = version;
    }

    @Override
    public ApiKey apiKey() {
        return key;
    }

    @Override
    public short version() {
        return version;
    }

    @Override
    public String clientId() {
        return "broker-" + connection.process().broker();
    }

    @Override
    public ClientInfo client() {
        return this;
    }

    /** Brokers do what they were asked to by clients who may. */
    @Override
    public ClientBudget budget() {
        return ClientBudget.UNLIMITED;
    }

    @Override
    public Access access() {
        return Access.EVERYTHING;
    }

    @Override
    public EventLoop eventLoop() {
        return connection.loop;
    }

    @Override
    public void respond(Message response) {
        end(response);
    }

    @Override
    public void respondNothing() {
        end(null);
    }

    private void end(Message response) {
        connection.loop.run(() -> connection.served(this, id, version, response));
    }

    @Override
    public void onNextRequest(Runnable task) {
        // No other answer waits behind this one, so it may be held until it comes by itself.
        onClose(task);
    }

    @Override
    public void onClose(Runnable task) {
        if (closed) {
            task.run();
        } else {
            onClose = task;
        }
    }

    @Override
    public void onCrowded(Runnable task) {
        // Nothing waits behind it.
    }

    @Override
    public void disconnect(String reason) {
        connection.loop.run(() -> connection.refuse(reason));
    }

    /** The one who asked is gone. The request is answered all the same by whoever serves it. */
    void connectionClosed() {
        closed = true;
        if (onClose != null) {
            onClose.run();
        }
    }

    // ---- ClientInfo

    @Override
    public Principal principal() {
        return Principal.ANONYMOUS;
    }

    @Override
    public InetAddress address() {
        return ((InetSocketAddress) connection.channel.remoteAddress()).getAddress();
    }

    @Override
    public String listenerName() {
        return BrokerImage.REPLICATION;
    }

    @Override
    public String softwareName() {
        return "partita-broker";
    }

    @Override
    public String softwareVersion() {
        return "";
    }

    @Override
    public void identify(String softwareName, String softwareVersion) {
        // It is a broker, whatever it says of itself.
    }
}
