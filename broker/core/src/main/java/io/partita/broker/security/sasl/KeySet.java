package io.partita.broker.security.sasl;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Failures;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.lang.JoseException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that good tokens are signed with, fetched from where they are published (JWKS), again after a while, and when a token names one that is not known: it may
 * be new. While they cannot be fetched those of before are used. Threads that may block; one of them fetches, the others go on with what there is.
 */
public final class KeySet {

    private static final Logger LOG = LoggerFactory.getLogger(KeySet.class);

    /** However many tokens name keys that do not exist, the keys are not fetched more often for them. */
    static final long UNKNOWN_KEY_MILLIS = 5_000;

    /** Gets what is published. */
    @FunctionalInterface
    public interface Source {
        /** The content of a JWKS document. May block, for a bounded time. */
        String fetch() throws IOException;
    }

    private final Source source;
    private final String name;
    private final Clock clock;
    private final long refreshMillis;
    private final long backoffMillis;
    private final long backoffMaxMillis;
    private final ReentrantLock fetching = new ReentrantLock();

    private volatile List<JsonWebKey> keys;
    private volatile long nextFetchMillis;
    private volatile long lastFetchMillis;
    private long nextBackoffMillis;

    /**
     * @param name where that is, for the log
     * @param refreshMillis after so long they are fetched again
     * @param backoffMillis after a failure, doubled with each until {@code backoffMaxMillis}
     */
    public KeySet(Source source, String name, Clock clock, long refreshMillis, long backoffMillis, long backoffMaxMillis) {
        this.source = source;
        this.name = name;
        this.clock = clock;
        this.refreshMillis = refreshMillis;
        this.backoffMillis = backoffMillis;
        this.backoffMaxMillis = backoffMaxMillis;
        this.nextBackoffMillis = backoffMillis;
        this.nextFetchMillis = clock.monotonicMillis();
    }

    /** The keys as they are known; {@code null} when they could not be fetched yet. */
    List<JsonWebKey> current() {
        if (clock.monotonicMillis() >= nextFetchMillis) {
            if (keys == null) {
                fetching.lock();
                fetchLocked(nextFetchMillis);
            } else if (fetching.tryLock()) {
                fetchLocked(nextFetchMillis);
            }
        }
        return keys;
    }

    /** The keys as they are now, because one is named that is not among {@link #current}; those, when they were fetched a moment ago. */
    List<JsonWebKey> renewed() {
        if (clock.monotonicMillis() - lastFetchMillis >= UNKNOWN_KEY_MILLIS) {
            fetching.lock();
            fetchLocked(lastFetchMillis + UNKNOWN_KEY_MILLIS);
        }
        return keys;
    }

    /** Fetches unless another thread did while this one waited. */
    private void fetchLocked(long dueMillis) {
        try {
            long now = clock.monotonicMillis();
            if (now < dueMillis || keys != null && now - lastFetchMillis < backoffMillis) {
                return;
            }
            lastFetchMillis = now;
            try {
                keys = List.copyOf(new JsonWebKeySet(source.fetch()).getJsonWebKeys());
                nextFetchMillis = Clock.later(now, refreshMillis);
                nextBackoffMillis = backoffMillis;
            } catch (IOException | JoseException | RuntimeException e) {
                nextFetchMillis = Clock.later(now, nextBackoffMillis);
                nextBackoffMillis = Math.min(backoffMaxMillis, Math.max(1, nextBackoffMillis * 2));
                LOG.warn("The keys at {} cannot be fetched ({}); {}.", name, e.getMessage() == null ? Failures.said(e) : e.getMessage(),
                        keys == null ? "until they can, no token is good" : "those of before are used");
            }
        } finally {
            fetching.unlock();
        }
    }
}
