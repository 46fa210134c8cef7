package io.partita.broker.api;

import io.partita.broker.group.Answer;
import io.partita.broker.group.Client;
import io.partita.broker.protocol.Message;
import java.util.function.Function;

/** What requests about groups have in common. */
final class GroupClient {

    private GroupClient() {}

    /** The sender of a request, as the group coordinator wants to know it. */
    static Client of(RequestContext context) {
        ClientInfo client = context.client();
        return new Client(context.clientId(), "/" + client.address().getHostAddress(), client.softwareName(), client.softwareVersion());
    }

    /** Where a result goes that may be held back until the next request arrives on the connection; {@code response} makes the response of it. */
    static <T> Answer<T> answer(RequestContext context, Function<T, Message> response) {
        return new Answer<>() {
            @Override
            public void give(T result) {
                context.respond(response.apply(result));
            }

            @Override
            public void held(Runnable release) {
                context.eventLoop().run(() -> context.onNextRequest(release));
            }
        };
    }
}
