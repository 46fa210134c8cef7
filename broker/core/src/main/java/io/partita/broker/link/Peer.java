package io.partita.broker.link;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.partita.broker.env.EventLoop;
import io.partita.broker.metadata.BrokerImage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Another broker, as this one reaches it and is reached by it. A connection is made when something is wanted, and again when one breaks; each attempt ends at once
 * what waits for it. Whether the broker is there is judged from both kinds of connections:
 *
 * <ul>
 * <li>one on which nothing is heard for three pings means that it is gone, unless it is heard on another;
 * <li>so does one that broke and cannot be made anew at once; where it was never there, somebody may just be starting, and three pings' time is given;
 * <li>so does its own word that it stops.
 * </ul>
 *
 * <p>Threads: its event loop, where nothing else is said.
 */
final class Peer implements FollowerConnection.Owner {

    private static final Logger LOG = LoggerFactory.getLogger(Peer.class);

    /** Between two attempts, doubled with each. */
    private static final long BACK_OFF_MIN_MILLIS = 5;
    static final long BACK_OFF_MAX_MILLIS = 500;

    private enum State {
        /** Nothing is wanted. */
        IDLE,
        /** A connection is being made. */
        CONNECTING,
        /** What is wanted is sent at once. */
        OPEN,
        /** An attempt failed, the next one follows after a while, if something is wanted then. */
        PAUSING,
        /** This broker stops. */
        CLOSED
    }

    private final LinkContext link;
    private final int broker;
    private final EventLoop loop;
    private final PeerAddress address;
    /** From any thread. */
    private final Queue<Wanted> incoming = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    /** Made by the other broker. From any thread. */
    private final Set<AcceptedConnection> accepted = ConcurrentHashMap.newKeySet();
    private List<Wanted> waiting = new ArrayList<>();
    private State state = State.IDLE;
    private FollowerConnection connection;
    private long backOffMillis = BACK_OFF_MIN_MILLIS;
    /** Whether it was connected when the attempts began. */
    private boolean wasThere;
    private boolean failing;
    private long failingSinceMillis;
    /** Whether it was said that it cannot be reached. */
    private boolean told;
    private boolean suspected;
    private long suspectedMillis;

    Peer(LinkContext link, int broker, EventLoop loop) {
        this.link = link;
        this.broker = broker;
        this.loop = loop;
        this.address = new PeerAddress(loop, PeerAddress.Names.SYSTEM, link.options().patienceMillis());
    }

    // ---- what is wanted

    /** Sends it as soon as there is a connection; lost when there is none to be had. Any thread. */
    void want(Wanted wanted) {
        incoming.add(wanted);
        // What several partitions want in one turn of a loop leaves together.
        if (scheduled.compareAndSet(false, true)) {
            loop.execute(this::drain);
        }
    }

    /** Calls, for so long at most. Any thread. */
    void call(Wanted.Call call, long timeoutMillis) {
        loop.run(() -> call.expireIn(timeoutMillis, loop));
        want(call);
    }

    private void drain() {
        scheduled.set(false);
        boolean sent = false;
        for (Wanted wanted = incoming.poll(); wanted != null; wanted = incoming.poll()) {
            if (state == State.CLOSED) {
                wanted.lost();
            } else if (state == State.OPEN) {
                connection.send(wanted);
                sent = true;
            } else {
                waiting.add(wanted);
            }
        }
        if (sent && state == State.OPEN) {
            connection.flush();
        }
        if (state == State.IDLE && !waiting.isEmpty()) {
            connect();
        }
    }

    private void loseWaiting() {
        List<Wanted> lost = waiting;
        waiting = new ArrayList<>();
        lost.forEach(Wanted::lost);
    }

    // ---- connecting

    private void connect() {
        state = State.CONNECTING;
        BrokerImage there = link.image().get().broker(broker);
        BrokerImage.Endpoint endpoint = there == null ? null : there.endpoint(BrokerImage.REPLICATION);
        if (endpoint == null) {
            failed("it is not known where it is", Word.NONE);
            return;
        }
        address.find(endpoint.host(), (found, failure) -> {
            if (failure == null) {
                connect(found, endpoint.port());
            } else {
                failed("the name " + endpoint.host() + " is not known (" + failure.getMessage() + ")", Word.AWAY);
            }
        });
    }

    private void connect(byte[] found, int port) {
        if (state == State.CLOSED) {
            return;
        }
        InetSocketAddress target;
        try {
            target = new InetSocketAddress(InetAddress.getByAddress(found), port);
        } catch (java.net.UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
        Bootstrap bootstrap = new Bootstrap()
                .group(link.loops().netty(loop))
                .channel(link.loops().clientChannel())
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, link.options().patienceMillis())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connection = new FollowerConnection(link, channel, loop, broker, Peer.this);
                        connection.install();
                    }
                });
        if (link.options().sockets().receiveBufferBytes() > 0) {
            bootstrap.option(ChannelOption.SO_RCVBUF, link.options().sockets().receiveBufferBytes());
        }
        bootstrap.connect(target).addListener((ChannelFutureListener) this::connected);
    }

    private void connected(ChannelFuture attempt) {
        if (!attempt.isSuccess()) {
            failed(attempt.cause().getMessage(), Word.AWAY);
        } else if (state == State.CLOSED) {
            attempt.channel().close();
        }
    }

    @Override
    public void opened(FollowerConnection opened) {
        if (state == State.CLOSED) {
            opened.stop();
            return;
        }
        if (told || suspected) {
            LOG.info("Broker {} can be reached again.", broker);
        }
        state = State.OPEN;
        wasThere = true;
        failing = false;
        told = false;
        trust();
        backOffMillis = BACK_OFF_MIN_MILLIS;
        List<Wanted> sent = waiting;
        waiting = new ArrayList<>();
        sent.forEach(opened::send);
        opened.flush();
    }

    @Override
    public void ended(FollowerConnection ended, Ending ending, String reason) {
        if (state == State.CLOSED) {
            return;
        }
        boolean wasOpen = state == State.OPEN;
        connection = null;
        switch (ending) {
            case FAREWELL -> {
                LOG.info("Broker {} stops.", broker);
                wasThere = false;
                pause();
                loseWaiting();
                suspect("it stops");
            }
            case BROKEN -> {
                link.meter().breaks.increment();
                if (wasOpen) {
                    LOG.warn("The connection to {} ended: {}", ended, reason);
                    state = State.IDLE;
                    connect();
                } else {
                    failed(reason, Word.AWAY);
                }
            }
            case SILENT -> {
                link.meter().breaks.increment();
                if (wasOpen) {
                    LOG.warn("The connection to {} is closed: {}", ended, reason);
                }
                failed(reason, Word.AWAY);
            }
            case REFUSED -> failed(reason, Word.ELSEWHERE);
            case OURS -> failed(reason, Word.NONE);
        }
    }

    /** What an attempt that failed tells of the broker. */
    private enum Word {
        /** Nothing. */
        NONE,
        /** That it is not where it should be. If that stays so, it is gone. */
        ELSEWHERE,
        /** That it is not there. */
        AWAY
    }

    private void failed(String reason, Word word) {
        if (state == State.CLOSED) {
            return;
        }
        long now = link.clock().monotonicMillis();
        if (!failing) {
            failing = true;
            failingSinceMillis = now;
        }
        boolean patienceIsOver = now - failingSinceMillis >= link.options().patienceMillis();
        if (!told && (word != Word.NONE || patienceIsOver)) {
            // Brokers that start together hear where the others are a moment later: that is nothing to be warned of.
            told = true;
            LOG.warn("Broker {} cannot be reached: {}. It is tried again and again.", broker, reason);
        }
        pause();
        loseWaiting();
        if (word != Word.NONE && patienceIsOver || word == Word.AWAY && wasThere && !isHeard()) {
            suspect(reason);
        }
    }

    private void pause() {
        state = State.PAUSING;
        loop.schedule(backOffMillis, this::pauseIsOver);
        backOffMillis = Math.min(BACK_OFF_MAX_MILLIS, backOffMillis * 2);
    }

    private void pauseIsOver() {
        if (state != State.PAUSING) {
            return;
        }
        state = State.IDLE;
        drain();
    }

    // ---- whether it is there

    /** It has connected to this broker. Returns what the same process has connected before: it would not make a second connection while it has the first. Any thread. */
    synchronized List<AcceptedConnection> accepted(AcceptedConnection from) {
        List<AcceptedConnection> before = new ArrayList<>(1);
        for (AcceptedConnection other : accepted) {
            if (other.isFrom(from.process())) {
                before.add(other);
            }
        }
        accepted.add(from);
        loop.run(this::trust);
        return before;
    }

    /** A connection that it made is no more. Any thread. */
    void acceptedEnded(AcceptedConnection from, Ending ending, String reason) {
        accepted.remove(from);
        loop.run(() -> {
            switch (ending) {
                case FAREWELL -> suspect("it stops");
                case SILENT -> silent(reason);
                case BROKEN -> probe();
                case REFUSED, OURS -> {
                    // That tells nothing of whether it is there.
                }
            }
        });
    }

    private void silent(String reason) {
        if (!isHeard()) {
            suspect(reason);
        }
    }

    /** Looks whether it is there, unless it will be seen anyway. */
    private void probe() {
        if (state == State.CLOSED || !accepted.isEmpty()) {
            return;
        }
        wasThere = true;
        if (state == State.IDLE || state == State.PAUSING) {
            connect();
        }
    }

    /** Whether it is heard on any connection. */
    private boolean isHeard() {
        if (state == State.OPEN && connection.isLively()) {
            return true;
        }
        for (AcceptedConnection other : accepted) {
            if (other.isLively()) {
                return true;
            }
        }
        return false;
    }

    private void suspect(String reason) {
        long now = link.clock().monotonicMillis();
        if (state == State.CLOSED || suspected && now - suspectedMillis < BACK_OFF_MAX_MILLIS) {
            return;
        }
        if (!suspected) {
            LOG.warn("Broker {} is taken for gone: {}", broker, reason);
        }
        suspected = true;
        suspectedMillis = now;
        link.meter().suspicions.increment();
        link.suspect().accept(broker);
    }

    /** It is heard of: whoever was told otherwise need not go by that until it is forgotten. */
    private void trust() {
        if (suspected) {
            suspected = false;
            link.trust().accept(broker);
        }
    }

    // ---- the end

    /** This broker stops. Any thread. */
    void close(Runnable done) {
        loop.run(() -> {
            FollowerConnection open = connection;
            state = State.CLOSED;
            connection = null;
            loseWaiting();
            drain();
            if (open == null) {
                done.run();
            } else {
                open.stop();
                open.channel.closeFuture().addListener(ignored -> done.run());
            }
        });
    }
}
