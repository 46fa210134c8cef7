package io.partita.broker.net;

import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.security.KnownUser;
import io.partita.broker.security.Principal;
import io.partita.broker.security.Printable;
import io.partita.broker.security.tls.UserCertificates;
import java.nio.channels.ClosedChannelException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** A session that waits for the TLS handshake. No request can come before it is done; then another session takes over. */
final class TlsSession implements Session {

    private final Connection connection;
    private final TlsSettings settings;
    private final SessionFactory next;
    private final boolean certificateNames;

    /**
     * @param next makes the session that comes then
     * @param certificateNames whether a client's certificate says who it is; not where SASL does
     */
    TlsSession(Connection connection, TlsSettings settings, SessionFactory next, boolean certificateNames) {
        this.connection = connection;
        this.settings = settings;
        this.next = next;
        this.certificateNames = certificateNames;
    }

    /** The handshake is over, whatever its outcome. */
    void completed(SslHandshakeCompletionEvent event, SSLSession session) {
        if (event.cause() instanceof ClosedChannelException) {
            // Whoever only looks whether the port is open does so, too.
            connection.close();
            return;
        }
        if (!event.isSuccess()) {
            connection.refuse("the TLS handshake failed: " + TlsFailure.explain(event.cause()));
            return;
        }
        if (certificateNames && settings.clients() != TlsSettings.ClientCertificates.NONE && !identify(session)) {
            return;
        }
        connection.session(next.begin(connection));
    }

    private boolean identify(SSLSession session) {
        try {
            if (session.getPeerCertificates()[0] instanceof X509Certificate certificate) {
                String distinguishedName = certificate.getSubjectX500Principal().getName();
                String name = settings.mapping().nameOf(distinguishedName);
                if (name == null) {
                    connection.refuse("no rule of ssl.principal.mapping.rules is for its certificate, " + distinguishedName);
                    return false;
                }
                KnownUser user = settings.known() == null ? null : settings.known().find(name);
                if (settings.known() != null && (user == null || user.proof() == KnownUser.Proof.PASSWORD)) {
                    connection
                            .refuse("it is " + Printable.of(name) + " by its certificate, and there is no such user here any more, or yet (known.users.only)");
                    return false;
                }
                if (user != null && !UserCertificates.isOf(certificate, user)) {
                    connection.refuse("its certificate was issued to another " + Printable.of(name) + " than the one who is here now (known.users.only)");
                    return false;
                }
                connection.peer().authenticated(Principal.user(name), user == null ? Peer.ALWAYS : settings.known().remains(name, user));
            }
            return true;
        } catch (SSLPeerUnverifiedException hasNone) {
            // It need not: REQUESTED. Nobody in particular then.
            return true;
        }
    }

    @Override
    public RequestLimits limits() {
        return RequestLimits.UNAUTHENTICATED;
    }

    @Override
    public boolean isOpen() {
        return false;
    }

    @Override
    public String refusal(ApiKey key) {
        return "its TLS handshake is not complete";
    }

    @Override
    public void serve(InFlightRequest request, Message body) {
        throw new IllegalStateException("nothing is served before the TLS handshake");
    }
}
