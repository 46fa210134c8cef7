package io.partita.broker.net;

import io.partita.broker.protocol.ApiKey;

/** Told of what happens on the network, for metrics. Called on event loops: must be quick and must not block or throw. */
public interface RequestObserver {

    /**
     * A request has been answered: its response (if it has one) is handed to the socket.
     *
     * @param nanos from the request's arrival as a whole to its response
     */
    void completed(ApiKey key, long nanos, int requestBytes, long responseBytes);

    /** A client took more than its quotas let it: its connection is not read for so many milliseconds. */
    default void throttled(ApiKey key, long millis) {}

    /** A connection was accepted. */
    void connectionOpened();

    /** A connection is gone. */
    void connectionClosed();

    RequestObserver NONE = new RequestObserver() {
        @Override
        public void completed(ApiKey key, long nanos, int requestBytes, long responseBytes) {}

        @Override
        public void connectionOpened() {}

        @Override
        public void connectionClosed() {}
    };
}
