package io.partita.broker.api;

import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.quota.ClientBudget;
import io.partita.broker.security.Access;

/** One request under way: its header, its connection, and the way to answer it. */
public interface RequestContext {

    ApiKey apiKey();

    /** The request's version, within the range the registry serves. */
    short version();

    /** The client id of the request header; empty when the client sent none. */
    String clientId();

    ClientInfo client();

    /** What the client may do. From any thread. */
    Access access();

    /** How much the client may take. From any thread. */
    ClientBudget budget();

    /** The event loop of the connection, on which the handler was called. */
    EventLoop eventLoop();

    /**
     * Answers the request. Exactly once, from any thread; the response must not be changed afterwards. Responses leave the connection in the
     * order of its requests, whatever the order in which they are given. An answer to a connection that is gone is dropped (and what it holds released).
     */
    void respond(Message response);

    /** Ends the request without a response, as Produce with acks=0 asks for. Exactly once, instead of {@link #respond}. */
    void respondNothing();

    /**
     * Runs {@code task} on the connection's event loop when the next request arrives on it, or when the connection closes, unless this
     * request was answered before; at once when that has happened already. A held answer must be given then, because later responses wait
     * behind it. To be called on the connection's event loop; at most one task per request.
     */
    void onNextRequest(Runnable task);

    /**
     * Runs {@code task} on the connection's event loop when the connection closes before the request was answered; at once when it is closed
     * already. A request that waits for something stops waiting then, and needs no answer any more. To be called on the connection's event loop;
     * at most one task per request.
     */
    void onClose(Runnable task);

    /**
     * Runs {@code task} on the connection's event loop when answers that wait behind this one take memory that others need, unless this request was
     * answered before. A request that merely waits for more to come is to be answered then with what there is. To be called on the connection's
     * event loop; at most one task per request.
     */
    void onCrowded(Runnable task);

    /** Closes the connection; {@code reason} goes into the log. */
    void disconnect(String reason);
}
