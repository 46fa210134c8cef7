package io.partita.broker.link;

import io.netty.buffer.ByteBuf;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.replication.ReplicaFetch;
import io.partita.broker.replication.ReplicaLink;
import java.util.function.Consumer;

/** Something that this broker wants of another one, until it is answered or lost. */
sealed interface Wanted {

    /** Writes its frame, without length and type. */
    void write(int id, ByteBuf out);

    FrameType type();

    /** There will be no answer. */
    void lost();

    /** A follower's fetch. */
    record Fetch(PartitionKey partition, ReplicaFetch fetch, ReplicaLink.Outcome outcome) implements Wanted {

        @Override
        public FrameType type() {
            return FrameType.FETCH;
        }

        @Override
        public void write(int id, ByteBuf out) {
            out.writeInt(id).writeLong(partition.topicId().getMostSignificantBits()).writeLong(partition.topicId().getLeastSignificantBits());
            out.writeInt(partition.partition()).writeInt(fetch.epoch()).writeLong(fetch.offset()).writeInt(fetch.lastEpoch());
            out.writeLong(fetch.highWatermark()).writeLong(fetch.logStartOffset());
            new MessageWriter(out).string(fetch.incarnation(), true);
        }

        @Override
        public void lost() {
            outcome.lost();
        }
    }

    /** A request of Kafka's protocol. The connection's loop. */
    final class Call implements Wanted {

        private final ApiKey key;
        private final short version;
        private final Message request;
        private final Message response;
        private final Consumer<Message> answer;
        private EventLoop.Timer deadline;
        private boolean done;

        /**
         * @param response is filled with what comes
         * @param answer told once: of the response, or of {@code null} when there is none
         */
        Call(ApiKey key, short version, Message request, Message response, Consumer<Message> answer) {
            this.key = key;
            this.version = version;
            this.request = request;
            this.response = response;
            this.answer = answer;
        }

        /** Answers it with nothing when nothing has come in time. */
        void expireIn(long millis, EventLoop loop) {
            deadline = loop.schedule(millis, this::lost);
        }

        boolean isDone() {
            return done;
        }

        ApiKey key() {
            return key;
        }

        short version() {
            return version;
        }

        /** What the response's bytes are read into. */
        Message response() {
            return response;
        }

        @Override
        public FrameType type() {
            return FrameType.CALL;
        }

        @Override
        public void write(int id, ByteBuf out) {
            out.writeInt(id).writeShort(key.id()).writeShort(version);
            request.write(new MessageWriter(out), version);
        }

        /** The response was read. */
        void answered() {
            complete(response);
        }

        @Override
        public void lost() {
            complete(null);
        }

        private void complete(Message outcome) {
            if (!done) {
                done = true;
                if (deadline != null) {
                    deadline.cancel();
                }
                answer.accept(outcome);
            }
        }
    }
}
