package io.partita.broker.config;

import static io.partita.broker.config.ConfigDefinition.of;
import static io.partita.broker.config.ConfigType.BOOLEAN;
import static io.partita.broker.config.ConfigType.INT;
import static io.partita.broker.config.ConfigType.LIST;
import static io.partita.broker.config.ConfigType.LONG;
import static io.partita.broker.config.ConfigType.PASSWORD;
import static io.partita.broker.config.ConfigType.STRING;
import static io.partita.broker.config.Constraint.ANY;
import static io.partita.broker.config.Constraint.atLeast;
import static io.partita.broker.config.Constraint.listOf;
import static io.partita.broker.config.Constraint.oneOf;

import java.util.HashSet;
import java.util.Set;

/** Settings about TLS and SASL, which each listener may have for itself ({@link ListenerSettings}). */
final class SecurityDefinitions {

    private SecurityDefinitions() {}

    static final ConfigDefinition[] TLS = {
        of("ssl.keystore.type", STRING, "JKS", oneOf("JKS", "PKCS12", "PEM"),
                "Form of the key store: JKS or PKCS12 (either opens both), or PEM with a private key (PKCS#8) and its certificates."),
        of("ssl.keystore.location", STRING, null, ANY,
                "File with the broker's private key and certificates. Looked at every ten seconds: what has changed is shown to the next client, connections stay."
                        + " With the type PEM a folder, its name with a / at the end, stands for tls.key and tls.crt in it, as Kubernetes mounts a Secret."),
        of("ssl.keystore.password", PASSWORD, null, ANY, "Password of the key store. Not for PEM."),
        of("ssl.key.password", PASSWORD, null, ANY, "Password of the private key in the key store, or in PEM. Default: that of the key store."),
        of("ssl.keystore.key", PASSWORD, null, ANY, "The private key itself, in PEM, in place of a file."),
        of("ssl.keystore.certificate.chain", PASSWORD, null, ANY, "The certificates themselves, in PEM, the broker's own first, in place of a file."),
        of("ssl.truststore.type", STRING, "JKS", oneOf("JKS", "PKCS12", "PEM"), "Form of the trust store."),
        of("ssl.truststore.location", STRING, null, ANY,
                "File with the certificates of those who vouch for clients. Looked at as the key store is. A folder stands for ca.crt in it. Default: those that the JVM knows."),
        of("ssl.truststore.password", PASSWORD, null, ANY, "Password of the trust store. Not for PEM."),
        of("ssl.truststore.certificates", PASSWORD, null, ANY, "The certificates of those who vouch for clients, in PEM, in place of a file."),
        of("ssl.client.auth", STRING, "none", oneOf("none", "requested", "required"), "Whether clients show a certificate of their own."),
        of("ssl.enabled.protocols", LIST, "TLSv1.2,TLSv1.3", listOf("TLSv1.2", "TLSv1.3"), "Versions of TLS that are spoken. Older ones are not."),
        of("ssl.cipher.suites", LIST, "", ANY, "Cipher suites that may be agreed on. Empty is what is thought good today."),
        of("ssl.principal.mapping.rules", STRING, "DEFAULT", ANY,
                "How the name in a client's certificate becomes that of its user: RULE:pattern/replacement/ with L (lower case) or U (upper case) behind it, several"
                        + " separated by commas; the first that fits counts. DEFAULT is the whole distinguished name."),
        of("known.users.only", BOOLEAN, "false", ANY,
                "On Kubernetes: whether clients with a good certificate or token are let in only where there is a User of that name. The operator sets it. Partita's own setting."),
    };

    static final ConfigDefinition[] SASL = {
        of("sasl.enabled.mechanisms", LIST, null, ANY,
                "SASL mechanisms that clients may use: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER. Must be set where a listener has SASL (Kafka's default is"
                        + " GSSAPI, which is not served)."),
        of("sasl.jaas.config", PASSWORD, null, ANY,
                "Users of PLAIN, as listener.name.NAME.plain.sasl.jaas.config: org.apache.kafka.common.security.plain.PlainLoginModule required user_ALICE=\"PASSWORD\";"
                        + " with one user_ entry for each."),
        of("sasl.users.file", STRING, null, ANY,
                "File with a line NAME=PASSWORD for each user of PLAIN and SCRAM, beside those of sasl.jaas.config and those of kafka-configs --entity-type users. Looked"
                        + " at every ten seconds. Partita's own setting."),
        of("sasl.server.max.receive.size", INT, "524288", atLeast(1),
                "Largest request in bytes before a client has authenticated. A longer one closes its connection."),
        of("connections.max.reauth.ms", LONG, "0", atLeast(0),
                "A client is to authenticate anew after so many milliseconds, or its connection is closed when it goes on (KIP-368). 0 is never, but for what a token"
                        + " says."),
        of("connection.failed.authentication.delay.ms", INT, "100", atLeast(0), "A client whose authentication failed is told so after so many milliseconds."),
        of("sasl.oauthbearer.jwks.endpoint.url", STRING, null, ANY,
                "Where the keys are that good tokens are signed with (JWKS): an https:, http: or file: address; or kubernetes, for those that the API server"
                        + " signs tokens of ServiceAccounts with."),
        of("sasl.oauthbearer.jwks.endpoint.refresh.ms", LONG, "3600000", atLeast(1),
                "The keys are fetched anew after so many milliseconds, and at once, within the back-off, when a token names one that is not known."),
        of("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", LONG, "100", atLeast(0),
                "First time between two attempts to fetch the keys, in milliseconds; it doubles."),
        of("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", LONG, "10000", atLeast(0),
                "Longest time between two attempts to fetch the keys, in milliseconds."),
        of("sasl.oauthbearer.expected.issuer", STRING, null, ANY, "Who has to have made a token (iss). Without it, whoever has the keys."),
        of("sasl.oauthbearer.expected.audience", LIST, null, ANY, "Whom a token has to be for (aud): one of these. Without it, anybody."),
        of("sasl.oauthbearer.clock.skew.seconds", INT, "30", atLeast(0), "By so many seconds clocks may differ when it is seen whether a token is valid."),
        of("sasl.oauthbearer.sub.claim.name", STRING, "sub", ANY, "The claim with the name of the user."),
        of("sasl.oauthbearer.scope.claim.name", STRING, "scope", ANY, "The claim with the scope of the token, which is not asked for."),
    };

    /** All names. */
    static Set<String> names() {
        Set<String> names = new HashSet<>();
        for (ConfigDefinition[] group : new ConfigDefinition[][] {TLS, SASL}) {
            for (ConfigDefinition definition : group) {
                names.add(definition.name());
            }
        }
        return names;
    }
}
