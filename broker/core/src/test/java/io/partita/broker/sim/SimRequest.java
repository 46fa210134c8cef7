package io.partita.broker.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.Invariant;
import io.partita.broker.api.TestRequest;
import io.partita.broker.env.EventLoop;
import io.partita.broker.log.LogSlice;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.FetchResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/** A request of a simulated client, on a connection of its own that is one event loop's. */
public final class SimRequest extends TestRequest {

    private final EventLoop loop;
    /** Given the response, or null when there is none. */
    private final Consumer<Message> answer;
    private boolean answered;
    private boolean closed;
    private Runnable closeTask;

    /** @param answer given the response, or null when there is none to come */
    public SimRequest(EventLoop loop, ApiKey key, int version, Consumer<Message> answer) {
        super(loop, key, version);
        this.loop = loop;
        this.answer = answer;
    }

    boolean isAnswered() {
        return answered;
    }

    /** The client goes away. */
    void close() {
        if (!closed) {
            closed = true;
            if (!answered && closeTask != null) {
                closeTask.run();
            }
        }
    }

    @Override
    public void respond(Message response) {
        loop.run(() -> {
            Invariant.check(!answered, "a request was answered twice");
            answered = true;
            if (response instanceof FetchResponse fetch) {
                takeRecords(fetch);
            }
            if (!closed) {
                answer.accept(response);
            }
        });
    }

    /** Reads log pieces and gives them back, as a connection does. */
    private static void takeRecords(FetchResponse response) {
        for (FetchResponse.FetchableTopicResponse topic : response.responses) {
            for (FetchResponse.PartitionData data : topic.partitions) {
                if (data.records instanceof LogSlice slice) {
                    ByteBuf copy = Unpooled.buffer();
                    try {
                        slice.copyTo(copy);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    } finally {
                        slice.release();
                    }
                    data.records = new BufferRecords(copy);
                }
            }
        }
    }

    @Override
    public void respondNothing() {
        respond(null);
    }

    @Override
    public void onClose(Runnable task) {
        closeTask = task;
    }

    @Override
    public void onCrowded(Runnable task) {
        // These connections have one request each.
    }

    @Override
    public void disconnect(String reason) {
        loop.run(this::close);
    }
}
