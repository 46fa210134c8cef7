package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;

/** A request that goes through its bytes in the version at hand, as its answer does, so that what a version cannot say is lost, and what it needs must be there. */
class EncodedRequest extends TestRequest {

    private final String listener;
    private Message response;

    EncodedRequest(EventLoop loop, ApiKey key, int version, String listener) {
        super(loop, key, version);
        this.listener = listener;
    }

    /** Has a handler serve a request. */
    void serve(ApiRegistry.Entry entry, Message request) {
        Message received = apiKey().newRequest();
        copy(request, received);
        entry.handler().handle(this, received);
    }

    private void copy(Message from, Message to) {
        ByteBuf bytes = Unpooled.buffer();
        from.write(new MessageWriter(bytes), version());
        to.read(new MessageReader(bytes), version());
    }

    @Override
    public void respond(Message message) {
        assertNull(response, "answered twice");
        response = apiKey().newResponse();
        copy(message, response);
    }

    boolean isAnswered() {
        return response != null;
    }

    /** The answer, which must be there. */
    @SuppressWarnings("unchecked")
    <R extends Message> R response() {
        if (response == null) {
            throw new AssertionError("not answered");
        }
        return (R) response;
    }

    @Override
    public String listenerName() {
        return listener;
    }
}
