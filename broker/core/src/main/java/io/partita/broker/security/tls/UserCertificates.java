package io.partita.broker.security.tls;

import io.partita.broker.security.KnownUser;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;

/**
 * Whom a certificate was issued to, of all that had a user's name one after the other. It says so by the id of the User's object, as a URI among its alternative names. Those that were issued before
 * there were such go by time: who was made later than a certificate is not the one that it was issued to.
 */
public final class UserCertificates {

    private static final int URI = 6;
    private static final String BEGINNING = "urn:uuid:";
    /** Certificates are good so long before they are made, because clocks differ; and their times are whole seconds. */
    private static final long EARLIER_MILLIS = 5 * 60_000 + 1_000;

    private UserCertificates() {}

    /** The name that a certificate has of the user's object of this id. */
    public static String nameOf(String id) {
        return BEGINNING + id;
    }

    /** Whether a certificate with this user's name is this user's. One of whom others vouch ({@link KnownUser.Proof#OTHER}) is known by his name alone. */
    public static boolean isOf(X509Certificate certificate, KnownUser user) {
        if (user.proof() == KnownUser.Proof.OTHER) {
            return true;
        }
        if (user.proof() == KnownUser.Proof.PASSWORD) {
            return false;
        }
        boolean names = false;
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
                if (alternative.get(0) instanceof Integer type && type == URI && alternative.get(1) instanceof String uri && uri.startsWith(BEGINNING)) {
                    names = true;
                    if (uri.equals(nameOf(user.id()))) {
                        return true;
                    }
                }
            }
        } catch (CertificateParsingException unreadable) {
            return false;
        }
        return !names && certificate.getNotBefore().getTime() + EARLIER_MILLIS >= user.sinceMillis();
    }
}
