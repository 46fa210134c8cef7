package io.partita.operator.cluster;

import io.partita.broker.security.tls.KeysInForce;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.Authentication;
import io.partita.operator.certificate.PemText;
import io.partita.operator.cluster.Observed.Sign;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Whether all brokers of a cluster have the certificates that they are to have, by their own word. Pure functions. */
final class BrokerKeys {

    /** The listener between brokers. */
    private static final String REPLICATION = "REPLICATION";

    private final Cluster cluster;
    private final int brokers;
    private final Observed observed;
    private final boolean isUrgent;

    /**
     * @param brokers how many there are to be
     * @param isUrgent whether brokers that are not there are not waited for
     */
    BrokerKeys(Cluster cluster, int brokers, Observed observed, boolean isUrgent) {
        this.cluster = cluster;
        this.brokers = brokers;
        this.observed = observed;
        this.isUrgent = isUrgent;
    }

    /** Who does not take other brokers for such by an authority, in words; {@code null} for nobody. */
    String notTrusting(X509Certificate authority) {
        String fingerprint = PemText.fingerprint(authority);
        return lacking(BrokerSecurity.encryptsReplication(cluster) ? List.of(REPLICATION) : List.of(), keys -> keys.trusted().contains(fingerprint),
                " does not trust it yet");
    }

    /** Who does not know clients by an authority, in words; {@code null} for nobody. */
    String notTrustingClientsOf(X509Certificate authority) {
        String fingerprint = PemText.fingerprint(authority);
        List<String> listeners = cluster.getSpec().listeners.stream().filter(listener -> listener.isBy(Authentication.Tls)).map(BrokerSettingsMap::kafkaName)
                .toList();
        return lacking(listeners, keys -> keys.trusted().contains(fingerprint), " does not trust it yet");
    }

    /** Who does not show a certificate, in words; {@code null} for nobody. */
    String notShowing(X509Certificate certificate) {
        String fingerprint = PemText.fingerprint(certificate);
        List<String> listeners = new ArrayList<>();
        cluster.getSpec().listeners.stream().filter(listener -> listener.tls).map(BrokerSettingsMap::kafkaName).forEach(listeners::add);
        if (BrokerSecurity.encryptsReplication(cluster)) {
            listeners.add(REPLICATION);
        }
        return lacking(listeners, keys -> keys.shown().contains(fingerprint), " does not show it yet");
    }

    private String lacking(List<String> listeners, Predicate<KeysInForce> wanted, String sentence) {
        for (int broker = 0; broker < brokers && !listeners.isEmpty(); broker++) {
            Sign sign = observed.signs().get(broker);
            if (sign == null || !sign.isThere()) {
                if (isUrgent) {
                    continue;
                }
                return "broker " + broker + " is not there";
            }
            for (String listener : listeners) {
                KeysInForce keys = sign.keys().get(listener);
                if (keys == null || !wanted.test(keys)) {
                    return "broker " + broker + sentence;
                }
            }
        }
        return null;
    }
}
