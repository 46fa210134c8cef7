package io.partita.broker.etcd;

import io.partita.broker.security.tls.KeyFiles;
import io.partita.broker.security.tls.TlsKeyException;
import io.partita.broker.security.tls.TlsKeySettings;
import io.partita.broker.security.tls.TlsKeys;
import io.partita.broker.security.tls.WatchedFiles;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate that is shown to etcd, where there is one, and those that are trusted there. Files are looked at every ten seconds; what has changed is in force for the next connection. Thread-safe.
 */
final class EtcdKeyring {

    private static final Logger LOG = LoggerFactory.getLogger(EtcdKeyring.class);

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final TlsKeySettings settings;
    private final KeyFiles files = path -> Files.readAllBytes(Path.of(path));
    private final WatchedFiles watched;
    private final AtomicLong lookedNanos = new AtomicLong(System.nanoTime());
    private final SSLContext context;
    private volatile X509ExtendedKeyManager shown;
    private volatile X509ExtendedTrustManager trusted;

    /** @throws IllegalArgumentException when the keys cannot be used; the message is a sentence */
    EtcdKeyring(TlsKeySettings settings) {
        this.settings = settings;
        this.watched = new WatchedFiles(settings.files(), files);
        try {
            load();
            watched.haveChanged();
            context = SSLContext.getInstance("TLS");
            context.init(shown == null ? null : new KeyManager[] {new Shown()}, new TrustManager[] {new Trusted()}, null);
        } catch (TlsKeyException | IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("The keys for etcd cannot be used: " + e.getMessage() + " They are named by metadata.store.ssl.*.", e);
        }
    }

    SSLContext context() {
        return context;
    }

    private void load() throws TlsKeyException, GeneralSecurityException {
        KeyStore trust;
        X509ExtendedKeyManager show = null;
        if (settings.hasKey()) {
            TlsKeys keys = settings.load(files);
            trust = keys.trusted();
            KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
            factory.init(keys.keys(), keys.keyPassword());
            show = (X509ExtendedKeyManager) factory.getKeyManagers()[0];
        } else {
            trust = settings.trusted(files);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(trust);
        trusted = (X509ExtendedTrustManager) factory.getTrustManagers()[0];
        shown = show;
    }

    /** Has somebody see whether files have changed, if that was long ago. */
    void lookNowAndThen(Executor threads) {
        long last = lookedNanos.get();
        long now = System.nanoTime();
        if (now - last >= LOOK_NANOS && lookedNanos.compareAndSet(last, now)) {
            threads.execute(this::look);
        }
    }

    /** Takes what has changed. Blocks. */
    synchronized void look() {
        try {
            if (watched.haveChanged()) {
                load();
                LOG.info("The keys for etcd have changed ({}) and are in force for new connections.", String.join(", ", watched.paths()));
            }
        } catch (IOException | TlsKeyException | GeneralSecurityException e) {
            watched.forget();
            LOG.warn("The keys for etcd have changed and cannot be used; those of before stay in force: {}", e.getMessage());
        }
    }

    /** Shows what is in force when it is asked. */
    private final class Shown extends X509ExtendedKeyManager {

        @Override
        public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
            return shown.chooseEngineClientAlias(types, issuers, engine);
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return shown.chooseClientAlias(types, issuers, socket);
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return shown.getClientAliases(type, issuers);
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return null;
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return shown.getCertificateChain(alias);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return shown.getPrivateKey(alias);
        }
    }

    /** Trusts what is in force when it is asked. */
    private final class Trusted extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            throw new CertificateException("nobody connects here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            throw new CertificateException("nobody connects here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("nobody connects here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            trusted.checkServerTrusted(chain, type, socket);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            trusted.checkServerTrusted(chain, type, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            trusted.checkServerTrusted(chain, type);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return trusted.getAcceptedIssuers();
        }
    }
}
