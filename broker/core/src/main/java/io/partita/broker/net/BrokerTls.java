package io.partita.broker.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.partita.broker.security.Printable;
import io.partita.broker.security.tls.BrokerNames;
import io.partita.broker.security.tls.TlsKeys;
import java.security.cert.X509Certificate;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * The encryption of connections between brokers, with the keys it has now: both ends show a certificate, which has to name the broker. Keys may be replaced at any time, as
 * those of {@link Tls}. Thread-safe.
 */
public final class BrokerTls {

    private static final int LENGTH_MAX = 200;

    private final TlsSettings settings;
    private final BrokerNames names;
    private final Executor handshakes;
    private volatile Contexts contexts;

    private record Contexts(SslContext accepting, SslContext connecting) {}

    /**
     * @param settings whose clients show certificates
     * @param names by which certificates are those of brokers
     * @param handshakes runs what takes long in a handshake, so that event loops go on meanwhile
     * @throws IllegalArgumentException when the settings and keys do not go together; the message is a sentence
     */
    public BrokerTls(TlsSettings settings, BrokerNames names, TlsKeys keys, Executor handshakes) {
        this.settings = settings;
        this.names = names;
        this.handshakes = handshakes;
        replace(keys);
    }

    /** Takes other keys from now on. When they cannot be used those of before stay, and {@link IllegalArgumentException} says why. */
    public void replace(TlsKeys keys) {
        contexts = new Contexts(TlsContexts.accepting(settings, keys), TlsContexts.connecting(settings, keys));
    }

    /** What encrypts a connection that another broker makes. */
    public SslHandler accepting(ByteBufAllocator allocator) {
        return handler(contexts.accepting, allocator);
    }

    /** What encrypts a connection to another broker. */
    public SslHandler connecting(ByteBufAllocator allocator) {
        return handler(contexts.connecting, allocator);
    }

    private SslHandler handler(SslContext context, ByteBufAllocator allocator) {
        SslHandler handler = new TlsHandler(context.newEngine(allocator), handshakes);
        // Whoever asks for it counts the time himself.
        handler.setHandshakeTimeoutMillis(0);
        return handler;
    }

    /** Why the other end is not this broker, {@code null} for nothing. */
    public String problem(SSLSession session, int broker) {
        try {
            if (session.getPeerCertificates()[0] instanceof X509Certificate certificate) {
                return names.isOf(certificate, broker)
                        ? null
                        : "the certificate there is for " + Printable.of(String.join(", ", BrokerNames.namesIn(certificate)), LENGTH_MAX)
                                + ", and that of broker "
                                + broker + " has to be for " + names.of(broker) + " (replication.certificate.names)";
            }
        } catch (SSLPeerUnverifiedException hasNone) {
            return "it has shown no certificate";
        }
        return "its certificate is none of X.509";
    }

    /** Says in words why a handshake came to nothing. */
    public static String explain(Throwable failure) {
        Throwable cause = failure.getCause() instanceof SSLException inner ? inner : failure;
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof NotSslRecordException) {
            return "it does not speak TLS, as brokers do here: the listener REPLICATION has to be SSL in listener.security.protocol.map of all brokers";
        }
        if (message.contains("Empty client certificate chain") || message.contains("certificate_required")) {
            return "it showed no certificate";
        }
        return "the TLS handshake failed: " + Printable.of(message, LENGTH_MAX);
    }
}
