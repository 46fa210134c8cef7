package io.partita.broker.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.partita.broker.security.KnownUser;
import io.partita.broker.security.Principal;
import io.partita.broker.security.tls.TlsKeys;
import io.partita.broker.security.tls.UserCertificates;
import java.security.cert.X509Certificate;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

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
        this.context = TlsContexts.accepting(settings, keys);
    }

    /** Takes other keys from now on. When they cannot be used those of before stay, and {@link IllegalArgumentException} says why. */
    public void replace(TlsKeys keys) {
        context = TlsContexts.accepting(settings, keys);
    }

    TlsSettings settings() {
        return settings;
    }

    /** What encrypts a new connection of another protocol than Kafka's, over whose handlers it is to stand. */
    public SslHandler handler(ByteBufAllocator allocator, long handshakeMillis) {
        return newHandler(allocator, handshakeMillis);
    }

    /** Whether nobody is let in without a certificate. */
    public boolean requiresCertificates() {
        return settings.clients() == TlsSettings.ClientCertificates.REQUIRED;
    }

    /** Who a client is by its certificate; null where it has none, no rule is for it, or it is not known. */
    public Principal principal(SSLSession session) {
        try {
            if (settings.clients() == TlsSettings.ClientCertificates.NONE || !(session.getPeerCertificates()[0] instanceof X509Certificate certificate)) {
                return null;
            }
            String name = settings.mapping().nameOf(certificate.getSubjectX500Principal().getName());
            return name == null || settings.known() != null && known(name, certificate) == null ? null : Principal.user(name);
        } catch (SSLPeerUnverifiedException hasNone) {
            return null;
        }
    }

    /** Whether the user of a certificate that was just let in is there still; to be asked now and then. */
    public BooleanSupplier remains(String name) {
        KnownUser user = settings.known() == null ? null : settings.known().find(name);
        return settings.known() == null ? () -> true : user == null ? () -> false : settings.known().remains(name, user);
    }

    /** The user that a certificate is of, where there have to be users; {@code null} for none. */
    private KnownUser known(String name, X509Certificate certificate) {
        KnownUser user = settings.known().find(name);
        return user != null && UserCertificates.isOf(certificate, user) ? user : null;
    }

    /** What encrypts a new connection. */
    TlsHandler newHandler(ByteBufAllocator allocator, long handshakeMillis) {
        TlsHandler handler = new TlsHandler(context.newEngine(allocator), handshakes);
        handler.setHandshakeTimeoutMillis(handshakeMillis);
        return handler;
    }
}
