package io.partita.broker.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.partita.broker.env.EventLoop;
import io.partita.broker.env.Failures;
import io.partita.broker.env.OwnedLoop;
import io.partita.broker.net.BrokerTls;
import io.partita.broker.net.SliceChunks;
import io.partita.broker.protocol.MalformedMessageException;
import io.partita.broker.protocol.MessageReader;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.security.Printable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection between two brokers, as each of them sees it: says who it is, pings, notices when nothing is heard, and ends with a reason.
 *
 * <p>Only what this end was ready to read counts as missing: each tick of the timer at which nothing came is one ping missed, so that a process that was stopped
 * itself looks at what has arrived meanwhile before it takes anybody for gone.
 *
 * <p>Threads: its event loop, where nothing else is said.
 */
abstract class LinkConnection extends ChannelInboundHandlerAdapter implements FrameCutter.Receiver, SliceChunks.Owner {

    private static final Logger LOG = LoggerFactory.getLogger(LinkConnection.class);

    private static final byte STOPS = 0;
    private static final byte REFUSES = 1;
    private static final int REASON_CHARS_MAX = 300;
    /** So many pings' time a handshake may take: both ends compute for it, and go there and back twice. */
    private static final int HANDSHAKE_PINGS_MAX = 2 * LinkOptions.PINGS_MISSED_MAX;
    /** Frames are handed to the channel at latest when they are so many bytes. */
    private static final int OUT_BYTES = 64 * 1024;
    private static final int OUT_BYTES_FIRST = 1024;

    final LinkContext link;
    final Channel channel;
    final OwnedLoop loop;
    private final FrameCutter cutter;
    /** Null where nothing is encrypted. */
    private final SslHandler tls;
    private final SliceChunks slices;
    private ByteBuf out;
    private EventLoop.Timer timer;
    private Hello peer;
    private boolean reading = true;
    private boolean heard;
    private int ticks;
    private volatile int missed;
    private boolean secured;
    private volatile boolean closed;

    /** @param tls what encrypts it, {@code null} for nothing */
    LinkConnection(LinkContext link, Channel channel, EventLoop loop, SslHandler tls) {
        this.link = link;
        this.channel = channel;
        this.loop = new OwnedLoop(loop, this::broken);
        this.cutter = new FrameCutter(this);
        this.tls = tls;
        this.slices = tls == null ? null : new SliceChunks(this);
        this.secured = tls == null;
    }

    /** Puts the connection into its channel's pipeline. */
    void install() {
        if (tls == null) {
            channel.config().setRecvByteBufAllocator(cutter.receiveAllocator());
            channel.pipeline().addLast(cutter, this);
        } else {
            tls.setCloseNotifyFlushTimeoutMillis(link.options().patienceMillis());
            channel.pipeline().addLast(tls, slices, cutter, this);
        }
    }

    /** The one at the other end has said who it is. */
    abstract void identified(Hello hello);

    /** A frame of one who has said who it is. */
    abstract void received(FrameType type, ByteBuf content);

    /** More may be sent. */
    abstract void writable();

    /** Nothing comes any more, and nothing can be sent. Called once. */
    abstract void ended(Ending ending, String reason);

    // ---- receiving

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (secured) {
            begun();
        }
        tick();
    }

    /** The channel is there, and nobody else can read or write what goes over it, where it is encrypted. */
    abstract void begun();

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (closed || !(event instanceof SslHandshakeCompletionEvent completion)) {
            return;
        }
        if (!completion.isSuccess()) {
            end(Ending.BROKEN, completion.cause() instanceof ClosedChannelException ? "it broke" : BrokerTls.explain(completion.cause()));
            return;
        }
        String problem = expected() < 0 ? null : certificateProblem(expected());
        if (problem != null) {
            end(Ending.REFUSED, problem);
            return;
        }
        secured = true;
        heard();
        ticks = 0;
        begun();
    }

    /** Which broker has to be at the other end; -1 where it is for that one to say. */
    int expected() {
        return -1;
    }

    private String certificateProblem(int broker) {
        return tls == null ? null : link.tls().problem(tls.engine().getSession(), broker);
    }

    @Override
    public void heard() {
        heard = true;
        missed = 0;
    }

    @Override
    public int contentBytesMax(FrameType type) {
        return peer != null && type.isLarge() ? link.options().frameBytesMax() : FrameType.SMALL_BYTES_MAX;
    }

    @Override
    public void frame(FrameType type, ByteBuf content) {
        switch (type) {
            case FAREWELL -> farewell(content);
            case HELLO -> {
                if (peer != null) {
                    throw new MalformedMessageException("it has said already who it is");
                }
                Hello hello = Hello.read(content);
                String problem = certificateProblem(hello.self().broker());
                if (problem == null) {
                    problem = problemOf(hello);
                }
                if (problem != null) {
                    refuse(problem);
                    return;
                }
                peer = hello;
                identified(hello);
            }
            case PING -> {
                // That it came is all.
            }
            default -> {
                if (peer == null) {
                    throw new MalformedMessageException("a frame " + type + " came before it was said who sends it");
                }
                received(type, content);
            }
        }
        updateReading();
    }

    /** Why the one who says this is not talked to, {@code null} for nothing. */
    abstract String problemOf(Hello hello);

    private void farewell(ByteBuf content) {
        MessageReader in = new MessageReader(content);
        boolean stops = in.int8() == STOPS;
        String reason = in.string(true);
        end(stops ? Ending.FAREWELL : Ending.REFUSED, stops ? "it stops" : "the other end says: " + Printable.of(reason, REASON_CHARS_MAX));
    }

    @Override
    public void damaged(String reason) {
        refuse(Printable.of(reason, REASON_CHARS_MAX));
    }

    @Override
    public void unreadable(IOException failure) {
        LOG.warn("Closing the connection with {}: a log could not be read for it: {}. Its disk needs a look.", this, Failures.said(failure));
        end(Ending.BROKEN, "it failed here");
    }

    @Override
    public void sliceSent(boolean isLast) {
        // What is on its way is counted where it was handed over.
    }

    /** What waits for pieces of logs before it, in memory. */
    final long waitingBytes() {
        return slices == null ? 0 : slices.waitingBytes();
    }

    /** Reads on or stops reading, as is wanted now. */
    final void updateReading() {
        if (closed) {
            return;
        }
        boolean wanted = takes();
        if (wanted == reading) {
            return;
        }
        reading = wanted;
        channel.config().setAutoRead(wanted);
        if (wanted) {
            loop.execute(() -> {
                if (!closed) {
                    cutter.deliver(channel.alloc());
                    flush();
                }
            });
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (!closed && channel.isWritable()) {
            loop.guard(this::writable);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end(Ending.BROKEN, "it broke");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            end(Ending.BROKEN, "it broke (" + cause.getMessage() + ")");
        } else if (cause instanceof DecoderException && cause.getCause() instanceof SSLException) {
            end(Ending.BROKEN, BrokerTls.explain(cause.getCause()));
        } else {
            broken(cause);
        }
    }

    private void broken(Throwable defect) {
        if (!closed) {
            LOG.error("Closing the connection with {}. This is a defect of the broker; please report it.", this, defect);
            end(Ending.BROKEN, "it failed here");
        }
    }

    // ---- sending

    /** Where frames are written to: {@link #begin} before one, {@link #finish} after it. */
    final ByteBuf out() {
        if (out == null) {
            out = channel.alloc().directBuffer(OUT_BYTES_FIRST);
        }
        return out;
    }

    /** Begins a frame; returns what {@link #finish} wants. */
    final int begin(FrameType type) {
        ByteBuf buffer = out();
        int at = buffer.writerIndex();
        buffer.writeInt(0).writeByte(type.id());
        return at;
    }

    final void finish(int at) {
        finish(at, 0);
    }

    /** @param following bytes of the frame that are written to the channel behind what is in the buffer */
    final void finish(int at, int following) {
        out.setInt(at, out.writerIndex() - at - Integer.BYTES + following);
        if (out.readableBytes() >= OUT_BYTES) {
            handOver();
        }
    }

    /** Takes back a frame that was begun. */
    final void abandon(int at) {
        out.writerIndex(at);
    }

    /** Hands what is written to the channel, without flushing. */
    final void handOver() {
        if (out != null && out.isReadable()) {
            ByteBuf content = out;
            out = null;
            channel.write(content, channel.voidPromise());
        }
    }

    /** Sends all that is written. Once in a turn of the loop. */
    final void flush() {
        if (!closed) {
            handOver();
            channel.flush();
        }
    }

    final void hello(Hello hello) {
        int at = begin(FrameType.HELLO);
        hello.write(out());
        finish(at);
        flush();
    }

    private void ping() {
        // Where the other end does not read, what is on its way to it says as much.
        if (peer != null && channel.isWritable()) {
            finish(begin(FrameType.PING));
            flush();
        }
    }

    // ---- life

    private void tick() {
        if (closed) {
            return;
        }
        ticks++;
        if (!secured) {
            if (ticks > HANDSHAKE_PINGS_MAX) {
                end(Ending.SILENT, "the TLS handshake took too long");
            } else {
                timer = loop.schedule(link.options().pingMillis(), this::tick);
            }
            return;
        }
        missed = heard || !reading ? 0 : missed + 1;
        heard = false;
        if (missed >= LinkOptions.PINGS_MISSED_MAX) {
            end(Ending.SILENT, "nothing was heard for " + LinkOptions.PINGS_MISSED_MAX + " pings");
            return;
        }
        if (peer == null && ticks > LinkOptions.PINGS_MISSED_MAX) {
            end(Ending.SILENT, "it did not say who it is");
            return;
        }
        ping();
        timer = loop.schedule(link.options().pingMillis(), this::tick);
    }

    /** Whether the other end was heard of lately. Any thread. */
    final boolean isLively() {
        return !closed && missed <= 1;
    }

    /** Who is at the other end, {@code null} before that was said. */
    final Hello peer() {
        return peer;
    }

    /** Any thread. */
    final boolean isClosed() {
        return closed;
    }

    /** Says why, and closes. */
    final void refuse(String reason) {
        if (!closed) {
            say(REFUSES, reason);
            end(Ending.REFUSED, reason);
        }
    }

    /** This broker stops. */
    final void stop() {
        if (!closed) {
            say(STOPS, "");
            end(Ending.OURS, "this broker stops");
        }
    }

    private void say(byte code, String reason) {
        if (!channel.isActive() || !secured) {
            return;
        }
        int at = begin(FrameType.FAREWELL);
        MessageWriter writer = new MessageWriter(out());
        writer.int8(code);
        writer.string(reason.substring(0, Math.min(reason.length(), REASON_CHARS_MAX)), true);
        finish(at);
        flush();
    }

    final void end(Ending ending, String reason) {
        if (closed) {
            return;
        }
        closed = true;
        if (timer != null) {
            timer.cancel();
        }
        cutter.close();
        if (out != null) {
            out.release();
            out = null;
        }
        if (slices != null) {
            channel.closeFuture().addListener(done -> slices.close());
        }
        if (channel.isActive() && secured && (ending == Ending.OURS || ending == Ending.REFUSED)) {
            // Behind what was sent last, which says why.
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            loop.schedule(link.options().patienceMillis(), channel::close);
        } else {
            channel.close();
        }
        ended(ending, reason);
    }

    @Override
    public String toString() {
        return (peer == null ? "an unknown broker" : "broker " + peer.self().broker()) + " at " + channel.remoteAddress();
    }
}
