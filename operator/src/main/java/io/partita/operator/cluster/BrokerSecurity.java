package io.partita.operator.cluster;

import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec;
import io.partita.crds.ClusterSpec.Authentication;
import io.partita.crds.ClusterSpec.Authorization;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.SecuritySpec;
import io.partita.crds.Problem;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a Cluster's spec says of certificates, of who clients are and what they may do, as settings of its brokers under Kafka's names. */
final class BrokerSecurity {

    /** Where the brokers' certificate is mounted, with tls.key, tls.crt and ca.crt in it. Its files change where they are when the Secret does. */
    static final String CERTIFICATES_PATH = "/etc/partita/certificates";

    private static final String SCRAM = "SCRAM-SHA-512";
    private static final String AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer";

    private BrokerSecurity() {}

    /** Name of the Secret with the brokers' certificate, {@code null} where there is none. */
    static String certificateSecret(Cluster cluster) {
        SecuritySpec security = cluster.getSpec().security;
        return security == null ? null : security.certificateSecret;
    }

    /** Whether brokers ask who clients are or what they may do, so that they read Users. */
    static boolean asksForUsers(Cluster cluster) {
        return hasRules(cluster) || cluster.getSpec().listeners.stream().anyMatch(listener -> listener.isBy(Authentication.Scram));
    }

    private static boolean hasRules(Cluster cluster) {
        SecuritySpec security = cluster.getSpec().security;
        return security != null && Authorization.AccessRules.name().equals(security.authorization);
    }

    private static boolean encryptsReplication(Cluster cluster) {
        SecuritySpec security = cluster.getSpec().security;
        return security != null && security.encryptReplication;
    }

    /** Why this cannot be, {@code null} for nothing. */
    static Problem problem(Cluster cluster) {
        ClusterSpec spec = cluster.getSpec();
        if (certificateSecret(cluster) == null) {
            for (ListenerSpec listener : spec.listeners) {
                if (listener.tls) {
                    return new Problem("InvalidSecurity",
                            "Listener '" + listener.name + "' has tls, and there is no certificate for it: name a Secret with tls.key, tls.crt and"
                                    + " ca.crt in spec.security.certificateSecret.");
                }
            }
            if (encryptsReplication(cluster)) {
                return new Problem("InvalidSecurity", "spec.security.encryptReplication needs a certificate: name a Secret with tls.key, tls.crt and ca.crt in"
                        + " spec.security.certificateSecret.");
            }
        }
        return null;
    }

    /** The security protocol of a listener. */
    static String protocol(ListenerSpec listener) {
        boolean isAsked = listener.isBy(Authentication.Scram);
        return listener.tls ? isAsked ? "SASL_SSL" : "SSL" : isAsked ? "SASL_PLAINTEXT" : "PLAINTEXT";
    }

    /** Adds what it takes to settings that have the listeners. */
    static void addTo(Map<String, String> settings, Cluster cluster) {
        for (ListenerSpec listener : cluster.getSpec().listeners) {
            String prefix = "listener.name." + BrokerSettingsMap.kafkaName(listener).toLowerCase(Locale.ROOT) + '.';
            if (listener.isBy(Authentication.Scram)) {
                settings.put(prefix + "sasl.enabled.mechanisms", SCRAM);
            }
            if (listener.tls) {
                settings.put(prefix + "ssl.keystore.type", "PEM");
                settings.put(prefix + "ssl.keystore.location", CERTIFICATES_PATH + "/");
            }
        }
        if (encryptsReplication(cluster)) {
            settings.merge("listener.security.protocol.map", "REPLICATION:SSL", (listeners, replication) -> listeners + ',' + replication);
            settings.put("listener.name.replication.ssl.keystore.type", "PEM");
            settings.put("listener.name.replication.ssl.keystore.location", CERTIFICATES_PATH + "/");
            settings.put("listener.name.replication.ssl.truststore.type", "PEM");
            settings.put("listener.name.replication.ssl.truststore.location", CERTIFICATES_PATH + "/");
            settings.put("replication.certificate.names",
                    ClusterLabels.headlessService(cluster) + '.' + cluster.getMetadata().getNamespace() + ".svc");
        }
        if (hasRules(cluster)) {
            settings.put("authorizer.class.name", AUTHORIZER);
            settings.put("super.users", cluster.getSpec().security.superUsers.stream().map(user -> "User:" + user).collect(Collectors.joining(";")));
        }
    }
}
