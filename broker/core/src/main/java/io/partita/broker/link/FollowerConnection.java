package io.partita.broker.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.collection.IntObjectHashMap;
import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.replication.ReplicaAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A connection that this broker made to another one: its fetches and calls go out by it, each is answered on its own as soon as there is an answer. Records that
 * nobody has appended yet have a bound, beyond which the connection is not read.
 *
 * <p>Threads: its event loop.
 */
final class FollowerConnection extends LinkConnection implements ReceivedRecords.Held {

    /** Records of up to so many bytes get memory of their own, so that they do not keep all that came with them. */
    private static final int COPIED_BYTES_MAX = FrameCutter.READ_BYTES / 2;

    /** Whoever made it. */
    interface Owner {

        /** The other end is who it should be; what is wanted may be sent. */
        void opened(FollowerConnection connection);

        /** It is no more, or never came to be open. What was wanted by it is lost, and was told so. */
        void ended(FollowerConnection connection, Ending ending, String reason);
    }

    private final Owner owner;
    private final int broker;
    private final IntObjectHashMap<Wanted> outstanding = new IntObjectHashMap<>();
    private final AtomicLong heldBytes = new AtomicLong();
    private boolean open;
    private int nextId;

    FollowerConnection(LinkContext link, Channel channel, EventLoop loop, int broker, Owner owner) {
        super(link, channel, loop, link.tls() == null ? null : link.tls().connecting(channel.alloc()));
        this.broker = broker;
        this.owner = owner;
    }

    @Override
    void begun() {
        Hello hello = link.hello(broker);
        if (hello == null) {
            end(Ending.OURS, "this broker does not know yet who it is");
        } else {
            hello(hello);
        }
    }

    @Override
    int expected() {
        return broker;
    }

    @Override
    String problemOf(Hello hello) {
        return link.hello(broker).problem(hello, broker);
    }

    @Override
    void identified(Hello hello) {
        open = true;
        link.meter().connections.incrementAndGet();
        owner.opened(this);
    }

    // ---- asking

    /** Writes it; {@link #flush} sends it. */
    void send(Wanted wanted) {
        if (wanted instanceof Wanted.Call call && call.isDone()) {
            return;
        }
        int id = nextId++;
        int at = begin(wanted.type());
        try {
            wanted.write(id, out());
        } catch (RuntimeException | Error e) {
            abandon(at);
            wanted.lost();
            throw e;
        }
        finish(at);
        outstanding.put(id, wanted);
        link.meter().outstanding.incrementAndGet();
    }

    private Wanted take(int id) {
        Wanted wanted = outstanding.remove(id);
        if (wanted == null) {
            throw new MalformedMessageException("an answer came to what was not asked (" + id + ")");
        }
        link.meter().outstanding.decrementAndGet();
        return wanted;
    }

    private Wanted.Fetch takeFetch(int id) {
        Wanted wanted = take(id);
        if (wanted instanceof Wanted.Fetch fetch) {
            return fetch;
        }
        wanted.lost();
        throw new MalformedMessageException("records came in answer to a call");
    }

    // ---- answers

    @Override
    void received(FrameType type, ByteBuf content) {
        MessageReader in = new MessageReader(content);
        int id = in.int32();
        switch (type) {
            case RECORDS -> records(id, in, content);
            case DIVERGING -> {
                int endEpoch = in.int32();
                long endOffset = notNegative(in.int64());
                Wanted.Fetch asked = takeFetch(id);
                asked.outcome().answered(new ReplicaAnswer.Diverging<>(asked.fetch().epoch(), asked.fetch().offset(), endEpoch, endOffset));
            }
            case BEFORE_START -> {
                long start = notNegative(in.int64());
                Wanted.Fetch asked = takeFetch(id);
                asked.outcome().answered(new ReplicaAnswer.BeforeStart<>(asked.fetch().epoch(), asked.fetch().offset(), start));
            }
            case REFUSED, UNSERVED -> take(id).lost();
            case RESULT -> result(id, content.skipBytes(Integer.BYTES));
            default -> throw new MalformedMessageException("a frame " + type + " is none that a leader sends");
        }
    }

    private void records(int id, MessageReader in, ByteBuf content) {
        long highWatermark = notNegative(in.int64());
        long start = notNegative(in.int64());
        Wanted.Fetch asked = takeFetch(id);
        content.readerIndex(in.position());
        int bytes = ReceivedRecords.wholeBatches(content);
        ByteBuf records = Unpooled.EMPTY_BUFFER;
        if (bytes > 0) {
            records = ReceivedRecords.of(channel.alloc(), content, bytes, bytes <= COPIED_BYTES_MAX, this);
            heldBytes.addAndGet(bytes);
            link.meter().recordBytesReceived.add(bytes);
        }
        asked.outcome().answered(new ReplicaAnswer.Records<>(asked.fetch().epoch(), asked.fetch().offset(), records, highWatermark, start));
    }

    private void result(int id, ByteBuf body) {
        Wanted wanted = take(id);
        if (!(wanted instanceof Wanted.Call call)) {
            wanted.lost();
            throw new MalformedMessageException("a response came in answer to a fetch");
        }
        try {
            call.response().read(new MessageReader(body), call.version());
        } catch (MalformedMessageException | IndexOutOfBoundsException e) {
            call.lost();
            throw e;
        }
        call.answered();
    }

    private static long notNegative(long offset) {
        if (offset < 0) {
            throw new MalformedMessageException("an offset of " + offset);
        }
        return offset;
    }

    @Override
    public void released(int bytes) {
        long left = heldBytes.addAndGet(-bytes);
        int bound = link.options().heldBytesMax();
        if (left < bound && left + bytes >= bound && !isClosed()) {
            loop.execute(this::updateReading);
        }
    }

    @Override
    public boolean takes() {
        return heldBytes.get() < link.options().heldBytesMax();
    }

    @Override
    void writable() {
        // Nothing waits here: what is wanted is small.
    }

    // ---- life

    @Override
    void ended(Ending ending, String reason) {
        if (open) {
            link.meter().connections.decrementAndGet();
        }
        List<Wanted> lost = new ArrayList<>(outstanding.values());
        outstanding.clear();
        link.meter().outstanding.addAndGet(-lost.size());
        lost.forEach(Wanted::lost);
        owner.ended(this, ending, reason);
    }
}
