package io.partita.broker.sim;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import java.util.function.Consumer;

/** What simulated clients send requests to: one broker, or a cluster in which whoever is responsible is found. */
public interface SimTransactionTarget {

    /** The topic that is written to. */
    String topic();

    int partitions();

    /**
     * Sends a request on a connection of the client's.
     *
     * @param answer given the response, if there is one
     */
    void request(int connection, ApiKey key, int version, Message message, Consumer<Message> answer);
}
