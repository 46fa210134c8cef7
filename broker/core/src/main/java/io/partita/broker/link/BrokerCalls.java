package io.partita.broker.link;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import java.util.function.Consumer;

/** Requests of Kafka's protocol from one broker to another. Any thread. */
@FunctionalInterface
public interface BrokerCalls {

    /** To nobody. */
    BrokerCalls NONE = (broker, key, version, request, response, timeoutMillis, answer) -> answer.accept(null);

    /**
     * Asks another broker.
     *
     * @param response is filled with what comes
     * @param timeoutMillis after which there is no answer
     * @param answer told once, on an event loop: of the response, or of {@code null} when there is none; the request may have been served all the same
     */
    void call(int broker, ApiKey key, short version, Message request, Message response, long timeoutMillis, Consumer<Message> answer);
}
