package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.partita.broker.security.tls.KeysInForce;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.Authentication;
import io.partita.crds.Conditions;
import io.partita.crds.Problem;
import io.partita.crds.User;
import io.partita.crds.UserSpec;
import io.partita.operator.EventRecorder;
import io.partita.operator.certificate.Authorities;
import io.partita.operator.certificate.Authority;
import io.partita.operator.certificate.AuthoritySecrets;
import io.partita.operator.certificate.CertificateMaker;
import io.partita.operator.certificate.Issued;
import io.partita.operator.certificate.PemText;
import io.partita.operator.certificate.Pkcs12;
import io.partita.operator.certificate.Succession;
import io.partita.operator.certificate.Terms;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The certificates of clusters whose spec names no Secret with one of the user's: the authority that vouches for brokers and what they show, and, where clients say by certificate who they are, the
 * authority that vouches for these. All is in Secrets; every look takes in what is there and takes at most one step of a {@link Succession}. Of a cluster that stays as it is Secrets are asked for
 * once a minute, so whatever somebody did to them is seen to within that time.
 *
 * <p>For any thread, one of which looks at a cluster at a time.
 */
@ApplicationScoped
class BrokerCertificates {

    /** On a Cluster: a new value has both authorities succeeded by new ones. */
    static final String RENEW = "partita.io/renew-authorities";

    private static final Duration LOOK_INTERVAL = Duration.ofMinutes(1);
    private static final int REMEMBERED_MAX = 10_000;
    private static final String AUTHORITY_LOST = "AuthorityLost";
    private static final String OPAQUE = "Opaque";
    private static final String TLS = "kubernetes.io/tls";
    private static final String TLS_CERTIFICATE = "tls.crt";
    private static final String TLS_KEY = "tls.key";

    /** On what a look depends beside Secrets and the time. */
    private record Input(Long generation, String asked, int brokers, Set<String> hosts, Map<Integer, Map<String, KeysInForce>> keys) {}

    private record Seen(Input input, Look look, long nanos) {}

    /**
     * What came of a look.
     *
     * @param problem why there are no certificates, {@code null} when there are
     * @param state what there is, a sentence; {@code null} where the operator issues nothing
     * @param waiting what a succession waits for, {@code null} when none is under way
     */
    record Look(Problem problem, String state, String waiting) {

        static final Look NOTHING = new Look(null, null, null);

        /** Conditions that say so. */
        List<Condition> on(List<Condition> conditions, Long generation, Instant now) {
            if (problem != null) {
                return Conditions.with(conditions, Conditions.CERTIFICATES, false, problem.reason(), problem.message(), generation, now);
            }
            if (state == null) {
                return Conditions.without(conditions, Conditions.CERTIFICATES);
            }
            return Conditions.with(conditions, Conditions.CERTIFICATES, true, waiting == null ? "Current" : "Renewing", waiting == null ? state : waiting,
                    generation, now);
        }
    }

    private final CertificateMaker maker = new CertificateMaker();
    private final EventRecorder events;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    BrokerCertificates(EventRecorder events) {
        this.events = events;
    }

    /** Sees to the certificates of a cluster. */
    Look look(Cluster cluster, Observed observed, KubernetesClient client) {
        String uid = cluster.getMetadata().getUid();
        if (!BrokerSecurity.isIssuedByOperator(cluster) && !BrokerSecurity.knowsClientsByCertificate(cluster)) {
            seen.remove(uid);
            return Look.NOTHING;
        }
        int brokers = ClusterPlan.brokers(cluster, observed);
        String asked = cluster.getMetadata().getAnnotations() == null ? null : cluster.getMetadata().getAnnotations().get(RENEW);
        Input input = new Input(cluster.getMetadata().getGeneration(), asked, brokers, BrokerHosts.of(cluster, brokers, observed), keys(observed));
        Seen before = seen.get(uid);
        if (before != null && before.input.equals(input) && System.nanoTime() - before.nanos < LOOK_INTERVAL.toNanos()) {
            return before.look;
        }
        Round round = new Round(cluster, observed, input, client, Instant.now());
        Look look = round.look();
        if (round.hasWritten) {
            // There may be more to do.
            seen.remove(uid);
        } else {
            if (seen.size() >= REMEMBERED_MAX) {
                // Most are of Clusters that are gone.
                seen.clear();
            }
            seen.put(uid, new Seen(input, look, System.nanoTime()));
        }
        return look;
    }

    private static Map<Integer, Map<String, KeysInForce>> keys(Observed observed) {
        return observed.signs().entrySet().stream().filter(sign -> sign.getValue().isThere())
                .collect(Collectors.toMap(Map.Entry::getKey, sign -> sign.getValue().keys()));
    }

    /** One look. */
    private final class Round {

        private final Cluster cluster;
        private final Observed observed;
        private final Input input;
        private final KubernetesClient client;
        private final Instant now;
        private final List<String> states = new ArrayList<>();
        private boolean hasWritten;
        private String waiting;

        private Round(Cluster cluster, Observed observed, Input input, KubernetesClient client, Instant now) {
            this.cluster = cluster;
            this.observed = observed;
            this.input = input;
            this.client = client;
            this.now = now;
        }

        private Look look() {
            Problem problem = null;
            if (BrokerSecurity.isIssuedByOperator(cluster)) {
                problem = ofBrokers();
            }
            if (problem == null && BrokerSecurity.knowsClientsByCertificate(cluster)) {
                problem = ofClients();
            }
            return new Look(problem, String.join(" ", states), waiting);
        }

        private Problem ofBrokers() {
            OwnSecret kept = OwnSecret.of(cluster, ClusterLabels.brokersAuthority(cluster), client);
            OwnSecret trust = OwnSecret.of(cluster, ClusterLabels.brokersAuthorityTrust(cluster), client);
            OwnSecret shown = OwnSecret.of(cluster, ClusterLabels.brokersCertificate(cluster), client);
            Problem problem = firstOf(kept, trust, shown);
            if (problem != null) {
                return problem;
            }
            Issued present = issued(shown);
            Authorities authorities;
            try {
                authorities = authorities(kept, trust, "cluster CA", Terms.OF_BROKERS, keys -> new Succession.Brokers(keys::notTrusting,
                        authority -> present == null ? null : showingOther(present.certificate(), authority, keys)));
            } catch (GeneralSecurityException unreadable) {
                return unreadable(kept, unreadable);
            }
            boolean isMissingAHost = present != null && !hostsIn(present.certificate()).containsAll(input.hosts);
            Issued wanted = present;
            if (authorities.issuing().key() != null
                    && (present == null || isMissingAHost || Succession.isToRenew(present.certificate(), authorities, Terms.OF_BROKERS, now))) {
                wanted = maker.ofBrokers(authorities.issuing(), ClusterLabels.headlessService(cluster), input.hosts, now, Terms.OF_BROKERS.issued());
                tell("CertificateIssued", "Brokers get a new certificate, which is good until " + day(wanted.certificate())
                        + (isMissingAHost ? ", because it is to be for more names." : "."));
            }
            if (wanted != null) {
                hasWritten |= shown.write(new TreeMap<>(Map.of(TLS_KEY, AuthoritySecrets.base64(PemText.of(wanted.key())),
                        TLS_CERTIFICATE, AuthoritySecrets.base64(PemText.of(List.of(wanted.certificate()))),
                        AuthoritySecrets.CERTIFICATE, AuthoritySecrets.base64(PemText.of(authorities.trusted())))), TLS, client);
                states.add("Brokers show a certificate that is good until " + day(wanted.certificate()) + ", by an authority that is until "
                        + day(authorities.issuing().certificate()) + ".");
            }
            return null;
        }

        private Problem ofClients() {
            OwnSecret kept = OwnSecret.of(cluster, User.authorityOf(ClusterLabels.name(cluster)), client);
            OwnSecret trust = OwnSecret.of(cluster, ClusterLabels.clientsAuthorityTrust(cluster), client);
            Problem problem = firstOf(kept, trust);
            if (problem != null) {
                return problem;
            }
            try {
                Authorities authorities = authorities(kept, trust, "clients CA", Terms.OF_CLIENTS,
                        keys -> new Succession.Brokers(keys::notTrustingClientsOf, this::usersOfAnother));
                states.add("Clients are known by an authority that is good until " + day(authorities.issuing().certificate()) + ".");
                return null;
            } catch (GeneralSecurityException unreadable) {
                return unreadable(kept, unreadable);
            }
        }

        /** Which user still has in its Secret what another authority has issued; {@code null} for none. */
        private String usersOfAnother(X509Certificate authority) {
            String namespace = cluster.getMetadata().getNamespace();
            for (User user : client.resources(User.class).inNamespace(namespace).list().getItems()) {
                if (owner().equals(user.getSpec().cluster) && user.getSpec().isBy(UserSpec.Authentication.Tls)) {
                    Secret secret = client.secrets().inNamespace(namespace).withName(user.getMetadata().getName()).get();
                    String pem = secret == null || secret.getData() == null ? null : AuthoritySecrets.text(secret.getData(), "user.crt");
                    if (pem != null && !isBy(pem, authority)) {
                        return "user " + user.getMetadata().getName() + " has not got one yet";
                    }
                }
            }
            return null;
        }

        private static boolean isBy(String pem, X509Certificate authority) {
            try {
                return Succession.isBy(PemText.certificates(pem).getFirst(), authority);
            } catch (GeneralSecurityException | NoSuchElementException unreadable) {
                // It is issued anew.
                return false;
            }
        }

        /** What is about to be issued anew is shown by nobody yet, whatever brokers say. */
        private static String showingOther(X509Certificate present, X509Certificate authority, BrokerKeys keys) {
            return Succession.isBy(present, authority) ? keys.notShowing(present) : "it is about to be issued";
        }

        /** Takes the next step of authorities, and has those trusted who are to be. */
        private Authorities authorities(OwnSecret kept, OwnSecret trust, String purpose, Terms terms,
                Function<BrokerKeys, Succession.Brokers> brokersBy) throws GeneralSecurityException {
            Authorities before = before(kept, trust, purpose, terms);
            boolean isUrgent = now.plus(Terms.URGENT).isAfter(before.issuing().certificate().getNotAfter().toInstant());
            Succession.Brokers brokers = brokersBy.apply(new BrokerKeys(cluster, input.brokers, observed, isUrgent));
            Succession.Step step = Succession.next(before, terms, input.asked, brokers, now);
            Authority successor = step instanceof Succession.Step.Publish ? maker.authority(owner(), purpose, now, terms.authority()) : null;
            Authorities after = Succession.after(step, before, successor, input.asked, now);
            // Kept before anybody trusts it, and trusted before it issues.
            hasWritten |= kept.write(AuthoritySecrets.of(after), OPAQUE, client);
            trust(trust, after);
            switch (step) {
                case Succession.Step.Stay(String what) -> waiting = what == null ? waiting : "The " + purpose + " is succeeded by a new one: " + what + ".";
                case Succession.Step.Publish publish ->
                    tell("AuthorityPublished", "The " + purpose + " gets a successor, which is trusted from now on and issues later: "
                            + name(after.next().certificate()) + ".");
                case Succession.Step.Promote promote ->
                    tell("AuthorityIssues", "All brokers trust " + name(after.issuing().certificate()) + ", which issues certificates"
                            + " from now on. The one before it is still trusted.");
                case Succession.Step.Drop drop -> tell("AuthorityDropped", name(before.former()) + " is no longer trusted. Its successor is good until "
                        + day(after.issuing().certificate()) + ".");
            }
            return after;
        }

        private Authorities before(OwnSecret kept, OwnSecret trust, String purpose, Terms terms) throws GeneralSecurityException {
            if (kept.present() != null) {
                return AuthoritySecrets.read(kept.data());
            }
            Authority made = maker.authority(owner(), purpose, now, terms.authority());
            String trusted = AuthoritySecrets.text(trust.data(), AuthoritySecrets.CERTIFICATE);
            List<X509Certificate> lost = trusted == null ? List.of() : PemText.certificates(trusted);
            if (!lost.isEmpty()) {
                tell(AUTHORITY_LOST,
                        "The Secret '" + kept.name() + "' with the key of the " + purpose + " is gone. What it issued is good until all trust a new one: "
                                + name(made.certificate()) + ".");
                return Authorities.inPlaceOf(lost.getFirst(), made, now, input.asked);
            }
            tell("AuthorityMade", "There is a " + purpose + " now, " + name(made.certificate()) + ", which is good until " + day(made.certificate()) + ".");
            return Authorities.alone(made, now, input.asked);
        }

        private void trust(OwnSecret trust, Authorities authorities) {
            String pem = AuthoritySecrets.base64(PemText.of(authorities.trusted()));
            if (!pem.equals(trust.data().get(AuthoritySecrets.CERTIFICATE))) {
                Map<String, String> data = new TreeMap<>(Map.of(AuthoritySecrets.CERTIFICATE, pem));
                data.putAll(Pkcs12.trusting(authorities.trusted()));
                hasWritten |= trust.write(data, OPAQUE, client);
            }
        }

        private String owner() {
            return ClusterLabels.name(cluster);
        }

        private void tell(String reason, String message) {
            events.record(client, cluster, AUTHORITY_LOST.equals(reason), reason, message);
        }

        private Problem firstOf(OwnSecret... secrets) {
            for (OwnSecret secret : secrets) {
                if (secret.problem() != null) {
                    return secret.problem();
                }
            }
            return null;
        }
    }

    private static Problem unreadable(OwnSecret secret, GeneralSecurityException why) {
        return new Problem("AuthorityUnreadable", "The Secret '" + secret.name() + "' does not hold an authority any more (" + why.getMessage()
                + "), so certificates are not renewed: bring back what was in it, or delete it, and a new one is made.");
    }

    /** The certificate that brokers show, {@code null} when there is none that can be used. */
    private static Issued issued(OwnSecret secret) {
        String certificate = AuthoritySecrets.text(secret.data(), TLS_CERTIFICATE);
        String key = AuthoritySecrets.text(secret.data(), TLS_KEY);
        try {
            List<X509Certificate> certificates = certificate == null ? List.of() : PemText.certificates(certificate);
            PrivateKey readable = key == null ? null : PemText.key(key);
            return certificates.isEmpty() || readable == null ? null : new Issued(certificates.getFirst(), readable);
        } catch (GeneralSecurityException unreadable) {
            return null;
        }
    }

    private static Set<String> hostsIn(X509Certificate certificate) {
        try {
            return certificate.getSubjectAlternativeNames() == null
                    ? Set.of()
                    : certificate.getSubjectAlternativeNames().stream().map(name -> String.valueOf(name.get(1))).collect(Collectors.toSet());
        } catch (CertificateParsingException unreadable) {
            return Set.of();
        }
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }

    private static String day(X509Certificate certificate) {
        return Succession.day(certificate.getNotAfter().toInstant());
    }
}
