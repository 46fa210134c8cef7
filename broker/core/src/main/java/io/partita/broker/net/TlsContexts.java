package io.partita.broker.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.partita.broker.security.tls.TlsKeys;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

/** What encrypts connections, made of settings and keys. Each throws {@link IllegalArgumentException}, with a sentence, when they do not go together. */
final class TlsContexts {

    private TlsContexts() {}

    /** For who is connected to. */
    static SslContext accepting(TlsSettings settings, TlsKeys keys) {
        return made(settings, () -> {
            SslContextBuilder builder = SslContextBuilder.forServer(shown(keys));
            if (keys.trusted() != null) {
                builder.trustManager(trusted(keys.trusted()));
            }
            return builder.clientAuth(switch (settings.clients()) {
                case NONE -> ClientAuth.NONE;
                case REQUESTED -> ClientAuth.OPTIONAL;
                case REQUIRED -> ClientAuth.REQUIRE;
            });
        });
    }

    /** For who connects and shows a certificate, too. The name in the other end's certificate is not looked at. */
    static SslContext connecting(TlsSettings settings, TlsKeys keys) {
        return made(settings, () -> SslContextBuilder.forClient().keyManager(shown(keys)).trustManager(trusted(keys.trusted()))
                .endpointIdentificationAlgorithm(null));
    }

    @FunctionalInterface
    private interface Builder {
        SslContextBuilder begin() throws GeneralSecurityException, SSLException;
    }

    private static SslContext made(TlsSettings settings, Builder begun) {
        try {
            SslContextBuilder builder = begun.begin().sslProvider(SslProvider.JDK).protocols(settings.protocols());
            List<String> ciphers = settings.ciphers();
            if (!ciphers.isEmpty()) {
                builder.ciphers(ciphers);
            }
            SslContext made = builder.build();
            // Finds now what the first connection would find: a cipher suite that there is not.
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

    private static KeyManagerFactory shown(TlsKeys keys) throws GeneralSecurityException {
        // This one, unlike SunX509, chooses among several certificates by the name that is asked for (SNI).
        KeyManagerFactory shown = KeyManagerFactory.getInstance("PKIX");
        shown.init(keys.keys(), keys.keyPassword());
        return shown;
    }

    private static TrustManagerFactory trusted(KeyStore certificates) throws GeneralSecurityException {
        TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
        trusted.init(certificates);
        return trusted;
    }
}
