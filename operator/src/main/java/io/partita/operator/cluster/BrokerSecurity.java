package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.Authentication;
import io.partita.crds.ClusterSpec.Authorization;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.ClusterSpec.SecuritySpec;
import io.partita.crds.Problem;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a Cluster's spec says of certificates, of who clients are and what they may do, as settings of its brokers under Kafka's names. */
final class BrokerSecurity {

    /** Where the brokers' certificate is mounted, with tls.key, tls.crt and ca.crt in it. Its files change where they are when the Secret does. */
    static final String CERTIFICATES_PATH = "/etc/partita/certificates";

    /** Where it is mounted who vouches for clients that show certificates. */
    static final String CLIENTS_PATH = "/etc/partita/clients";

    private static final String SCRAM = "SCRAM-SHA-512";
    private static final String FIXED = "EncryptionFixed";
    private static final String ANEW = ", or delete the Cluster and make it anew with spec.clusterId, its volumes stay.";
    private static final String OAUTHBEARER = "OAUTHBEARER";
    private static final String AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer";

    private BrokerSecurity() {}

    /** Name of the Secret with the brokers' certificate, {@code null} where there is none. */
    static String certificateSecret(Cluster cluster) {
        return isIssuedByOperator(cluster) ? ClusterLabels.brokersCertificate(cluster) : ofTheUser(cluster);
    }

    private static String ofTheUser(Cluster cluster) {
        SecuritySpec security = cluster.getSpec().security;
        return security == null ? null : security.certificateSecret;
    }

    /** Whether brokers need a certificate and the user gives none, so that the operator issues it. */
    static boolean isIssuedByOperator(Cluster cluster) {
        return ofTheUser(cluster) == null && (encryptsReplication(cluster) || cluster.getSpec().listeners.stream().anyMatch(listener -> listener.tls));
    }

    /** Whether clients show certificates, by which the operator's authority says who they are. */
    static boolean knowsClientsByCertificate(Cluster cluster) {
        return cluster.getSpec().listeners.stream().anyMatch(listener -> listener.isBy(Authentication.Tls));
    }

    /** Name of the Secret with whom brokers trust of their clients, {@code null} where these show no certificates. */
    static String clientsTrustSecret(Cluster cluster) {
        return knowsClientsByCertificate(cluster) ? ClusterLabels.clientsAuthorityTrust(cluster) : null;
    }

    /** Whether brokers ask who clients are or what they may do, so that they read Users. */
    static boolean asksForUsers(Cluster cluster) {
        return hasRules(cluster) || cluster.getSpec().listeners.stream().anyMatch(listener -> !listener.isBy(Authentication.None));
    }

    private static boolean hasRules(Cluster cluster) {
        SecuritySpec security = cluster.getSpec().security;
        return security != null && Authorization.AccessRules.name().equals(security.authorization);
    }

    /** Whether brokers encrypt what they send each other. */
    static boolean encryptsReplication(Cluster cluster) {
        SecuritySpec security = cluster.getSpec().security;
        return security != null && security.encryptReplication;
    }

    /** Why this cannot be with the brokers that run, {@code null} for nothing. A rule of the definition says so too, of what is in the spec. */
    static Problem problem(Cluster cluster, StatefulSet present) {
        Map<String, String> annotations = present == null ? null : present.getMetadata().getAnnotations();
        String encrypted = annotations == null ? null : annotations.get(BrokerStatefulSet.ENCRYPTED);
        if (encrypted != null && !encrypted.equals(Boolean.toString(encryptsReplication(cluster)))) {
            return new Problem(FIXED, "The brokers run with" + ("true".equals(encrypted) ? "" : "out")
                    + " encryption between them, and those that encrypt take no others for brokers: set spec.security.encryptReplication to " + encrypted
                    + ANEW);
        }
        boolean isMounted = present != null && encryptsReplication(cluster) && mounts(present, ClusterLabels.brokersCertificate(cluster));
        return "true".equals(encrypted) && isMounted != isIssuedByOperator(cluster)
                ? new Problem(FIXED, "The brokers trust each other by the authority of " + (isMounted
                        ? "the operator: take spec.security.certificateSecret out"
                        : "the Secret that they mount: name it in spec.security.certificateSecret") + ANEW)
                : null;
    }

    private static boolean mounts(StatefulSet present, String secret) {
        return present.getSpec().getTemplate().getSpec().getVolumes().stream()
                .anyMatch(volume -> volume.getSecret() != null && secret.equals(volume.getSecret().getSecretName()));
    }

    /** Why this cannot be, {@code null} for nothing. */
    static Problem problem(Cluster cluster) {
        for (ListenerSpec listener : cluster.getSpec().listeners) {
            if (listener.isBy(Authentication.Tls) && !listener.tls) {
                return new Problem("InvalidSecurity",
                        "Listener '" + listener.name + "' has authentication Tls, and no tls by which clients could show certificates: add tls: true.");
            }
        }
        return null;
    }

    /** The SASL mechanisms of a listener, none where clients are not asked, or show certificates. */
    private static List<String> mechanisms(ListenerSpec listener) {
        if (listener.isBy(Authentication.Scram)) {
            return List.of(SCRAM);
        }
        return listener.isBy(Authentication.ServiceAccount)
                ? List.of(OAUTHBEARER)
                : listener.isBy(Authentication.ScramOrServiceAccount) ? List.of(SCRAM, OAUTHBEARER) : List.of();
    }

    /** Whom tokens of ServiceAccounts have to be for: one that is for another cluster is of no use to whoever runs that one. */
    static String audience(Cluster cluster) {
        return ClusterLabels.bootstrapService(cluster) + '.' + cluster.getMetadata().getNamespace() + ".svc";
    }

    /** The security protocol of a listener. */
    static String protocol(ListenerSpec listener) {
        boolean isAsked = !mechanisms(listener).isEmpty();
        return listener.tls ? isAsked ? "SASL_SSL" : "SSL" : isAsked ? "SASL_PLAINTEXT" : "PLAINTEXT";
    }

    /** Adds what it takes to settings that have the listeners. */
    static void addTo(Map<String, String> settings, Cluster cluster) {
        for (ListenerSpec listener : cluster.getSpec().listeners) {
            String prefix = "listener.name." + BrokerSettingsMap.kafkaName(listener).toLowerCase(Locale.ROOT) + '.';
            List<String> mechanisms = mechanisms(listener);
            if (!mechanisms.isEmpty()) {
                settings.put(prefix + "sasl.enabled.mechanisms", String.join(",", mechanisms));
            }
            if (mechanisms.contains(OAUTHBEARER)) {
                settings.put(prefix + "oauthbearer.sasl.oauthbearer.jwks.endpoint.url", "kubernetes");
                settings.put(prefix + "oauthbearer.sasl.oauthbearer.expected.audience", audience(cluster));
                settings.put(prefix + "known.users.only", "true");
            }
            if (listener.tls) {
                settings.put(prefix + "ssl.keystore.type", "PEM");
                settings.put(prefix + "ssl.keystore.location", CERTIFICATES_PATH + "/");
            }
            if (listener.isBy(Authentication.Tls)) {
                settings.put(prefix + "known.users.only", "true");
                settings.put(prefix + "ssl.client.auth", "required");
                settings.put(prefix + "ssl.truststore.type", "PEM");
                settings.put(prefix + "ssl.truststore.location", CLIENTS_PATH + "/");
                settings.put(prefix + "ssl.principal.mapping.rules", "RULE:^CN=([^,]+)$/$1/");
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
