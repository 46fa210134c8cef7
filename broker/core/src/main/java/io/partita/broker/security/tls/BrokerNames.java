package io.partita.broker.security.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * By which names a certificate is that of a broker: its common name, or one of its DNS names, is one of these. So who has a certificate of the same authority for
 * something else is no broker, and who has one broker's cannot pass for another. Immutable.
 *
 * @param patterns names, in which {@value #NODE_ID} stands for the number of the broker
 */
public record BrokerNames(List<String> patterns) {

    /** Stands for the number of a broker. */
    public static final String NODE_ID = "{node.id}";

    private static final int DNS_NAME = 2;

    public BrokerNames {
        patterns = List.copyOf(patterns);
    }

    /** Whether a certificate is that of this broker. */
    public boolean isOf(X509Certificate certificate, int broker) {
        List<String> names = namesIn(certificate);
        for (String pattern : patterns) {
            String wanted = pattern.replace(NODE_ID, Integer.toString(broker));
            if (names.stream().anyMatch(wanted::equalsIgnoreCase)) {
                return true;
            }
        }
        return false;
    }

    /** The names that a broker's certificate may have, for a sentence. */
    public String of(int broker) {
        return String.join(" or ", patterns.stream().map(pattern -> pattern.replace(NODE_ID, Integer.toString(broker))).toList());
    }

    /** The common name and the DNS names in a certificate. */
    public static List<String> namesIn(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN")) {
                    names.add(String.valueOf(part.getValue()));
                }
            }
            Collection<List<?>> others = certificate.getSubjectAlternativeNames();
            if (others != null) {
                for (List<?> other : others) {
                    if (Integer.valueOf(DNS_NAME).equals(other.get(0))) {
                        names.add(String.valueOf(other.get(1)));
                    }
                }
            }
        } catch (InvalidNameException | CertificateParsingException unreadable) {
            // Nobody's name, then; what could be read stands.
            return names;
        }
        return names;
    }
}
