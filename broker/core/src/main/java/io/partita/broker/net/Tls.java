package io.partita.broker.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.partita.broker.security.tls.TlsKeys;
import java.security.GeneralSecurityException;
import java.util.concurrent.Executor;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

/**
 * The encryption of a listener, with the keys it has now. Keys may be replaced at any time: connections that are there keep what they have agreed on, the next one gets
 * the new keys. Thread-safe.
 */
public final class Tls {

    private final TlsSettings settings;
    private final Executor handshakes;
    private volatile SslContext context;

    /**
     * @param handshakes runs what takes long in a handshake, so that event loops go on meanwhile
     * @throws IllegalArgumentException when the settings and keys do not go together; the message is a sentence
     */
    public Tls(TlsSettings settings, TlsKeys keys, Executor handshakes) {
        this.settings = settings;
        this.handshakes = handshakes;
        this.context = make(keys);
    }

    /** Takes other keys from now on. When they cannot be used those of before stay, and {@link IllegalArgumentException} says why. */
    public void replace(TlsKeys keys) {
        context = make(keys);
    }

    private SslContext make(TlsKeys keys) {
        try {
            // This one, unlike SunX509, chooses among several certificates by the name that the client asks for (SNI).
            KeyManagerFactory shown = KeyManagerFactory.getInstance("PKIX");
            shown.init(keys.keys(), keys.keyPassword());
            SslContextBuilder builder = SslContextBuilder.forServer(shown).sslProvider(SslProvider.JDK).protocols(settings.protocols());
            if (!settings.ciphers().isEmpty()) {
                builder.ciphers(settings.ciphers());
            }
            if (keys.trusted() != null) {
                TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
                trusted.init(keys.trusted());
                builder.trustManager(trusted);
            }
            builder.clientAuth(switch (settings.clients()) {
                case NONE -> ClientAuth.NONE;
                case REQUESTED -> ClientAuth.OPTIONAL;
                case REQUIRED -> ClientAuth.REQUIRE;
            });
            SslContext made = builder.build();
            // Finds now what the first client would find: a cipher suite that there is not.
            SSLEngine trial = made.newEngine(ByteBufAllocator.DEFAULT);
            if (trial.getEnabledCipherSuites().length == 0) {
                throw new SSLException("no cipher suite of ssl.cipher.suites can be used with ssl.enabled.protocols");
            }
            return made;
        } catch (SSLException | GeneralSecurityException | IllegalArgumentException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalArgumentException("TLS cannot be set up with these settings: " + cause.getMessage() + ".", e);
        }
    }

    TlsSettings settings() {
        return settings;
    }

    /** What encrypts a new connection. */
    TlsHandler newHandler(ByteBufAllocator allocator, long handshakeMillis) {
        TlsHandler handler = new TlsHandler(context.newEngine(allocator), handshakes);
        handler.setHandshakeTimeoutMillis(handshakeMillis);
        return handler;
    }
}
