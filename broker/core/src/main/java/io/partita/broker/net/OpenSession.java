package io.partita.broker.net;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;

/** Of clients that need not say more about themselves: everything is served. Has no state, so that one is enough for all connections. */
final class OpenSession implements Session {

    private final RequestLimits limits;

    OpenSession(RequestLimits limits) {
        this.limits = limits;
    }

    @Override
    public RequestLimits limits() {
        return limits;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public String refusal(ApiKey key) {
        return null;
    }

    @Override
    public void serve(InFlightRequest request, Message body) {
        request.handle(body);
    }
}
