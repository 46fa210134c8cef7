package io.partita.broker.link;

import io.netty.util.NetUtil;
import io.partita.broker.env.EventLoop;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.BiConsumer;

/**
 * Where another broker is, by the name that it gives. A name service that is away, or from which this broker is cut off, answers after many seconds or never: then the address is taken that the name
 * stood for last, so that brokers that could reach each other do. Owned by an event loop.
 */
final class PeerAddress {

    /** Looks names up. */
    interface Names {
        /** On a thread of its own for each, for nobody knows how long: no pool is to be filled with those that wait. */
        Names SYSTEM = (host, found) -> Thread.ofPlatform().daemon().name("partita-names").start(() -> {
            try {
                found.accept(InetAddress.getByName(host).getAddress(), null);
            } catch (UnknownHostException | RuntimeException failure) {
                found.accept(null, failure);
            }
        });

        /** @param found gets an address, or {@code null} and why there is none; on any thread, at any time, or never */
        void lookUp(String host, BiConsumer<byte[], Throwable> found);
    }

    private final EventLoop loop;
    private final Names names;
    private final long patienceMillis;
    private String lastHost = "";
    private byte[] last;
    /** What is looked up now, {@code null} for nothing. A name service that hangs is asked no second time. */
    private String underWay;
    private Search search;

    /** Somebody who waits, until it is answered. */
    private static final class Search {
        private final BiConsumer<byte[], Throwable> done;
        private EventLoop.Timer timer;
        private boolean isDone;

        Search(BiConsumer<byte[], Throwable> done) {
            this.done = done;
        }

        void end(byte[] address, Throwable failure) {
            if (!isDone) {
                isDone = true;
                if (timer != null) {
                    timer.cancel();
                }
                done.accept(address, failure);
            }
        }
    }

    /** @param patienceMillis for how long an answer is waited for where there is an earlier one */
    PeerAddress(EventLoop loop, Names names, long patienceMillis) {
        this.loop = loop;
        this.names = names;
        this.patienceMillis = patienceMillis;
    }

    /**
     * Finds an address, and takes the place of a search before this one, which is not answered.
     *
     * @param host a name or an address
     * @param done gets an IPv4 or IPv6 address, or {@code null} and why there is none; on the loop, once
     */
    void find(String host, BiConsumer<byte[], Throwable> done) {
        loop.check();
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            search = null;
            done.accept(literal, null);
            return;
        }
        Search mine = new Search(done);
        search = mine;
        byte[] known = host.equals(lastHost) ? last : null;
        if (known != null) {
            mine.timer = loop.schedule(host.equals(underWay) ? 0 : patienceMillis, () -> {
                if (search == mine) {
                    mine.end(known, null);
                }
            });
        }
        if (!host.equals(underWay)) {
            underWay = host;
            names.lookUp(host, (found, failure) -> loop.execute(() -> ended(host, found, failure)));
        }
    }

    private void ended(String host, byte[] found, Throwable failure) {
        if (!host.equals(underWay)) {
            return;
        }
        underWay = null;
        if (found != null) {
            lastHost = host;
            last = found;
        }
        byte[] address = host.equals(lastHost) ? last : null;
        if (search != null) {
            search.end(address, address == null ? failure : null);
        }
    }
}
