package io.partita.broker.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.partita.broker.api.ApiRegistry;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogSlice;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.replication.ReplicaAnswer;
import io.partita.broker.replication.ReplicaFetch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that another broker made to this one: its fetches are handed to the leaders of the partitions, which acknowledges what it has, and answered as the
 * leaders say. What stands before a short answer on its way into the socket is bounded; what does not fit there waits as a piece of a file, and where those are many,
 * as nothing at all.
 *
 * <p>Threads: its event loop, where nothing else is said.
 */
final class AcceptedConnection extends LinkConnection implements LeaderAnswer.Sender {

    private static final Logger LOG = LoggerFactory.getLogger(AcceptedConnection.class);

    /** Records up to so many bytes go with their frame in one buffer; larger pieces go from the file to the socket. */
    private static final int COPIED_BYTES_MAX = 16 * 1024;
    /** Bytes of long answers that may stand before a short one. The last of them may exceed it. */
    private static final int LONG_BYTES_AHEAD_MAX = 512 * 1024;
    /** The same of all answers that go from files: no more than the system is likely to take at once. */
    private static final int FILE_BYTES_AHEAD_MAX = 2 * 1024 * 1024;
    /** Files that waiting answers may keep open. */
    private static final int FILES_MAX = 128;
    /** Leaders that are asked again at a time. */
    private static final int ASKED_AGAIN_MAX = 8;
    /** Answers that may wait before the connection is not read. More than any follower has partitions. */
    private static final int ANSWERS_MAX = 200_000;
    /** Bytes that wait for the socket before the connection is not read: those of answers to calls, as the others are not handed over before there is room. */
    private static final int UNSENT_BYTES_MAX = 8 * 1024 * 1024;
    /** Calls that may be served at a time; one more is not. */
    private static final int CALLS_MAX = 1_000;

    private final Function<AcceptedConnection, Peer> peers;
    /** Answers from their partitions' owners. From any thread. */
    private final Queue<LeaderAnswer> incoming = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AnswerQueue answers = new AnswerQueue();
    private final Set<PeerRequest> calls = new HashSet<>();
    private volatile BrokerProcess process;
    private Peer from;
    private String incarnation = "";
    private long longBytesAhead;
    private long fileBytesAhead;
    private int askedAgain;
    private int counted;

    /** @param peers gives the broker that a connection is from, now that this is known */
    AcceptedConnection(LinkContext link, Channel channel, EventLoop loop, Function<AcceptedConnection, Peer> peers) {
        super(link, channel, loop, link.tls() == null ? null : link.tls().accepting(channel.alloc()));
        this.peers = peers;
    }

    @Override
    void begun() {
        // The one that made the connection speaks first.
    }

    @Override
    String problemOf(Hello hello) {
        Hello own = link.hello(hello.self().broker());
        return own == null ? "this broker does not know yet who it is; try again" : own.problem(hello, -1);
    }

    @Override
    void identified(Hello hello) {
        process = hello.self();
        link.meter().accepted.incrementAndGet();
        from = peers.apply(this);
        List<AcceptedConnection> before = from.accepted(this);
        // Nothing that the process sent by an earlier connection is done after what it sends by this one: it may have asked again for what got lost.
        AtomicInteger open = new AtomicInteger(before.size() + 1);
        Runnable ended = () -> {
            if (open.decrementAndGet() == 0) {
                loop.run(this::answerHello);
            }
        };
        before.forEach(other -> other.replaced(ended));
        ended.run();
    }

    private void answerHello() {
        if (!isClosed()) {
            hello(link.hello(process.broker()));
        }
    }

    /** Any thread. */
    BrokerProcess process() {
        return process;
    }

    /** Any thread. */
    boolean isFrom(BrokerProcess other) {
        return other.equals(process);
    }

    /** The same process has made another connection: this one is of no use to it any more. Any thread. */
    void replaced(Runnable done) {
        loop.run(() -> {
            end(Ending.OURS, "the other end has made another connection");
            done.run();
        });
    }

    /** Too many have come of whom it is not known who they are, and this one has had the most time to say so. Any thread. */
    void crowdedOut() {
        loop.run(() -> {
            if (from == null) {
                end(Ending.BROKEN, "too many connect at once, and it has not said who it is");
            }
        });
    }

    // ---- fetches

    @Override
    void received(FrameType type, ByteBuf content) {
        MessageReader in = new MessageReader(content);
        int id = in.int32();
        switch (type) {
            case FETCH -> fetch(id, in);
            case CALL -> call(id, in, content);
            default -> throw new MalformedMessageException("a frame " + type + " is none that a follower sends");
        }
    }

    private void fetch(int id, MessageReader in) {
        var topicId = in.uuid();
        int index = in.int32();
        int epoch = in.int32();
        long offset = in.int64();
        int lastEpoch = in.int32();
        long highWatermark = in.int64();
        long logStartOffset = in.int64();
        String name = in.string(true);
        if (index < 0 || epoch < 0 || offset < 0 || lastEpoch < -1 || highWatermark > offset || logStartOffset > offset) {
            throw new MalformedMessageException("a fetch of partition " + index + " at offset " + offset + " in epoch " + epoch + " after " + lastEpoch);
        }
        if (!name.equals(incarnation)) {
            // A broker's logs go by one name, mostly; so it is kept once.
            incarnation = name;
        }
        // A broker speaks for its own logs alone.
        var fetch = new ReplicaFetch(process.broker(), incarnation, epoch, offset, lastEpoch, highWatermark, logStartOffset);
        var partition = new PartitionKey(topicId, index);
        link.followed().fetch(partition, fetch, link.options().recordsBytesMax(), new LeaderAnswer(this, id, partition, fetch));
    }

    @Override
    public boolean isOpen() {
        return !isClosed();
    }

    @Override
    public void answered(LeaderAnswer answer) {
        incoming.add(answer);
        // What several partitions answer in one turn of a loop leaves together.
        if (scheduled.compareAndSet(false, true)) {
            loop.execute(this::pump);
        }
    }

    private void pump() {
        scheduled.set(false);
        for (LeaderAnswer answer = incoming.poll(); answer != null; answer = incoming.poll()) {
            if (isClosed()) {
                answer.release();
                continue;
            }
            if (answer.wasAskedAgain()) {
                askedAgain--;
            }
            answers.add(answer);
        }
        if (isClosed()) {
            return;
        }
        while (channel.isWritable() && fileBytesAhead < FILE_BYTES_AHEAD_MAX) {
            LeaderAnswer next = answers.next(longBytesAhead < LONG_BYTES_AHEAD_MAX && askedAgain < ASKED_AGAIN_MAX);
            if (next == null) {
                break;
            }
            send(next);
        }
        answers.shed(FILES_MAX);
        link.meter().unsent.addAndGet(answers.size() - counted);
        counted = answers.size();
        flush();
        updateReading();
    }

    private void pumpLater() {
        if (!isClosed() && scheduled.compareAndSet(false, true)) {
            loop.execute(this::pump);
        }
    }

    private void send(LeaderAnswer answer) {
        if (answer.isShed()) {
            answer.askAgain();
            askedAgain++;
            link.followed().fetch(answer.partition(), answer.fetch(), link.options().recordsBytesMax(), answer);
            return;
        }
        switch (answer.content()) {
            case null -> refuse(answer);
            case ReplicaAnswer.Diverging<LogSlice> diverging -> {
                int at = begin(FrameType.DIVERGING);
                out().writeInt(answer.id()).writeInt(diverging.endEpoch()).writeLong(diverging.endOffset());
                finish(at);
            }
            case ReplicaAnswer.BeforeStart<LogSlice> old -> {
                int at = begin(FrameType.BEFORE_START);
                out().writeInt(answer.id()).writeLong(old.logStartOffset());
                finish(at);
            }
            case ReplicaAnswer.Records<LogSlice> found when found.records().likelyCached() -> write(answer, found);
            case ReplicaAnswer.Records<LogSlice> found -> verify(answer, found);
        }
    }

    private void refuse(LeaderAnswer answer) {
        answer.release();
        int at = begin(FrameType.REFUSED);
        out().writeInt(answer.id());
        finish(at);
    }

    /** Cold pages are read and checked by a worker, so that no bad batch is sent and sending them later does not stop the event loop. */
    private void verify(LeaderAnswer answer, ReplicaAnswer.Records<LogSlice> found) {
        int bytes = found.records().sizeInBytes();
        longBytesAhead += bytes;
        link.workers().of(Workers.Kind.READ).call(() -> {
            found.records().verify();
            return null;
        }, loop, (ignored, failure) -> {
            longBytesAhead -= bytes;
            if (isClosed()) {
                answer.release();
                return;
            }
            if (failure == null) {
                write(answer, found);
            } else {
                LOG.error("Partition {} could not be read for a follower. This is a defect of the broker; please report it.", answer.partition(), failure);
                refuse(answer);
            }
            pumpLater();
        });
    }

    private void write(LeaderAnswer answer, ReplicaAnswer.Records<LogSlice> found) {
        LogSlice records = found.records();
        if (records.error() != ErrorCode.NONE) {
            // Why was said where it was found.
            refuse(answer);
            return;
        }
        int bytes = records.sizeInBytes();
        int at = begin(FrameType.RECORDS);
        out().writeInt(answer.id()).writeLong(found.highWatermark()).writeLong(found.logStartOffset());
        if (bytes > COPIED_BYTES_MAX && records.channel() != null) {
            finish(at, bytes);
            handOver();
            writeFile(records, bytes);
        } else {
            try {
                records.copyTo(out());
            } catch (IOException e) {
                LOG.warn("Partition {} cannot be read for a follower: {}. Its disk needs a look.", answer.partition(), Failures.said(e));
                abandon(at);
                refuse(answer);
                return;
            }
            records.release();
            finish(at);
        }
        link.meter().recordBytesSent.add(bytes);
    }

    private void writeFile(LogSlice records, int bytes) {
        boolean isLong = bytes > AnswerQueue.SHORT_BYTES_MAX;
        fileBytesAhead += bytes;
        longBytesAhead += isLong ? bytes : 0;
        channel.write(new FollowerSlice(records, () -> {
            fileBytesAhead -= bytes;
            longBytesAhead -= isLong ? bytes : 0;
            pumpLater();
        }), channel.voidPromise());
    }

    @Override
    void writable() {
        pump();
    }

    @Override
    public boolean takes() {
        return answers.size() < ANSWERS_MAX && channel.bytesBeforeWritable() + waitingBytes() < UNSENT_BYTES_MAX;
    }

    // ---- calls

    private void call(int id, MessageReader in, ByteBuf content) {
        ApiRegistry.Entry entry = link.registry().get().find(in.int16());
        short version = in.int16();
        if (entry == null || !entry.serves(version) || calls.size() >= CALLS_MAX) {
            unserved(id);
            return;
        }
        Message request = entry.key().newRequest();
        content.readerIndex(in.position());
        request.read(new MessageReader(content), version);
        var context = new PeerRequest(this, id, entry.key(), version);
        calls.add(context);
        entry.handler().handle(context, request);
    }

    /** A call is done with. @param response {@code null} for none */
    void served(PeerRequest call, int id, short version, Message response) {
        if (!calls.remove(call) || isClosed()) {
            return;
        }
        if (response == null) {
            unserved(id);
        } else {
            int at = begin(FrameType.RESULT);
            out().writeInt(id);
            response.write(new io.partita.broker.protocol.MessageWriter(out()), version);
            finish(at);
        }
        pumpLater();
    }

    private void unserved(int id) {
        int at = begin(FrameType.UNSERVED);
        out().writeInt(id);
        finish(at);
        pumpLater();
    }

    // ---- life

    @Override
    void ended(Ending ending, String reason) {
        for (LeaderAnswer answer = incoming.poll(); answer != null; answer = incoming.poll()) {
            answer.release();
        }
        answers.clear();
        link.meter().unsent.addAndGet(-counted);
        counted = 0;
        List<PeerRequest> open = new ArrayList<>(calls);
        calls.clear();
        open.forEach(PeerRequest::connectionClosed);
        if (from == null) {
            if (link.strangers().mayWrite()) {
                LOG.info("A connection from {} was closed before it was known who made it: {}", channel.remoteAddress(), reason);
            }
            return;
        }
        link.meter().accepted.decrementAndGet();
        if (ending == Ending.BROKEN || ending == Ending.SILENT) {
            link.meter().breaks.increment();
            LOG.info("The connection from {} ended: {}", this, reason);
        } else if (ending == Ending.REFUSED) {
            LOG.warn("The connection from {} is closed: {}", this, reason);
        }
        from.acceptedEnded(this, ending, reason);
    }
}
