package io.partita.cli.client;

import io.partita.broker.security.tls.TlsKeyException;
import io.partita.broker.security.tls.TlsKeySettings;
import io.partita.broker.security.tls.TlsKeys;
import io.partita.cli.client.ClientSettings.HostPort;
import io.partita.cli.client.Failure.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Opens sockets to brokers, encrypted where the settings say so. */
final class Sockets {

    private static final String KEY_ALGORITHM = "PKIX";

    private final ClientSettings settings;
    private SSLSocketFactory tls;

    Sockets(ClientSettings settings) {
        this.settings = settings;
    }

    Socket open(HostPort address) {
        try {
            // Nothing of it outlives this method when it throws: an SSLSocket closes the one below.
            Socket socket = new Socket();
            try {
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(settings.requestTimeoutMillis());
                socket.connect(new InetSocketAddress(address.host(), address.port()), settings.connectTimeoutMillis());
                return settings.tls() ? encrypted(socket, address) : socket;
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
        } catch (UnknownHostException e) {
            throw new Failure(Kind.UNREACHABLE, "There is no host " + address.host() + ".", "Is the name right, and known on this machine?");
        } catch (ConnectException e) {
            throw new Failure(Kind.UNREACHABLE, "Nothing listens on " + address + ".",
                    "Start a broker (partita run), or name one that runs: --bootstrap host:port.");
        } catch (SocketTimeoutException e) {
            throw new Failure(Kind.UNREACHABLE, address + " does not answer within " + settings.connectTimeoutMillis() + " ms.",
                    settings.tls()
                            ? "Does it speak TLS there, and does a firewall let you through?"
                            : "Is it the right address, and does a firewall let you through?");
        } catch (SSLException e) {
            throw new Failure(Kind.UNREACHABLE, "TLS with " + address + " was not agreed on: " + e.getMessage() + ".",
                    "ssl.truststore.location names the certificates to trust (ssl.truststore.type: JKS, PKCS12 or PEM).");
        } catch (IOException e) {
            throw new Failure(Kind.UNREACHABLE, address + " cannot be reached: " + e.getMessage() + ".");
        }
    }

    private Socket encrypted(Socket socket, HostPort address) throws IOException {
        SSLSocket encrypted = (SSLSocket) tls().createSocket(socket, address.host(), address.port(), true);
        SSLParameters parameters = encrypted.getSSLParameters();
        String identification = settings.values().getOrDefault("ssl.endpoint.identification.algorithm", "https");
        parameters.setEndpointIdentificationAlgorithm(identification.isEmpty() ? null : identification);
        encrypted.setSSLParameters(parameters);
        encrypted.startHandshake();
        return encrypted;
    }

    private SSLSocketFactory tls() {
        if (tls == null) {
            TlsKeySettings keys = new TlsKeySettings(name -> settings.value(name, name.endsWith("store.type") ? "JKS" : null));
            try {
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(shown(keys), trusted(keys.trusted(Sockets::read)), null);
                tls = context.getSocketFactory();
            } catch (TlsKeyException e) {
                throw new Failure(Kind.USAGE, e.getMessage());
            } catch (GeneralSecurityException e) {
                throw new Failure(Kind.USAGE, "TLS cannot be set up with these settings: " + e.getMessage() + ".");
            }
        }
        return tls;
    }

    private KeyManager[] shown(TlsKeySettings settingsOfKeys) throws TlsKeyException, GeneralSecurityException {
        if (Set.of("ssl.keystore.location", "ssl.keystore.key", "ssl.keystore.certificate.chain").stream().allMatch(name -> settings.value(name) == null)) {
            return null;
        }
        TlsKeys keys = settingsOfKeys.load(Sockets::read);
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KEY_ALGORITHM);
        factory.init(keys.keys(), keys.keyPassword());
        return factory.getKeyManagers();
    }

    private static TrustManager[] trusted(KeyStore certificates) throws GeneralSecurityException {
        if (certificates == null) {
            return null;
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(KEY_ALGORITHM);
        factory.init(certificates);
        return factory.getTrustManagers();
    }

    private static byte[] read(String path) throws IOException {
        return Files.readAllBytes(Path.of(path));
    }
}
