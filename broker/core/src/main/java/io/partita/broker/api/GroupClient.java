package io.partita.broker.api;

import io.partita.broker.group.Answer;
import io.partita.broker.group.Client;
import io.partita.broker.protocol.Message;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What requests about groups have in common. */
final class GroupClient {

    private static final Logger LOG = LoggerFactory.getLogger(GroupClient.class);

    private GroupClient() {}

    /** The sender of a request, as the group coordinator wants to know it. */
    static Client of(RequestContext context) {
        ClientInfo client = context.client();
        return new Client(context.clientId(), "/" + client.address().getHostAddress(), client.softwareName(), client.softwareVersion());
    }

    /** Where a result goes that {@code answer} responds with. What goes wrong there is not the group's fault, which goes on: the connection ends. */
    static <T> Answer<T> guarded(RequestContext context, Answer<T> answer) {
        return result -> {
            try {
                answer.give(result);
            } catch (RuntimeException | Error defect) {
                LOG.error("The answer to a {} request could not be made. This is a defect of the broker; please report it.", context.apiKey(), defect);
                context.disconnect("its request could not be answered");
            }
        };
    }

    /** Where a result goes that may be held back until the next request arrives on the connection; {@code response} makes the response of it. */
    static <T> Answer<T> answer(RequestContext context, Function<T, Message> response) {
        return new Answer<>() {
            @Override
            public void give(T result) {
                GroupClient.<T>guarded(context, given -> context.respond(response.apply(given))).give(result);
            }

            @Override
            public void held(Runnable release) {
                context.eventLoop().run(() -> context.onNextRequest(release));
            }
        };
    }
}
