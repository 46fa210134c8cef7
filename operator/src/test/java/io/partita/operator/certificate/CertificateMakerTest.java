package io.partita.operator.certificate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.security.KnownUser;
import io.partita.broker.security.KnownUser.Proof;
import io.partita.broker.security.tls.UserCertificates;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class CertificateMakerTest {

    private static final Instant NOW = Instant.parse("2027-01-01T00:00:00Z");
    private static final Duration YEAR = Duration.ofDays(365);

    private final CertificateMaker maker = new CertificateMaker();
    private final Authority authority = maker.authority("main", "cluster CA", NOW, YEAR);

    /** By the JDK's own rules of what is valid. */
    private static void validate(X509Certificate certificate, X509Certificate authority, Instant when) throws GeneralSecurityException {
        PKIXParameters rules = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
        rules.setRevocationEnabled(false);
        rules.setDate(Date.from(when));
        CertPathValidator.getInstance("PKIX").validate(CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate)), rules);
    }

    @Test
    void aBrokersCertificateIsForItsHostsAndGoodWhileItsAuthorityIs() throws GeneralSecurityException {
        X509Certificate certificate = maker
                .ofBrokers(authority, "main-brokers", List.of("*.main-brokers.shop.svc", "10.0.0.1", "::1", "10"), NOW, YEAR.multipliedBy(2))
                .certificate();
        validate(certificate, authority.certificate(), NOW);
        validate(certificate, authority.certificate(), NOW.plus(YEAR));
        assertThrows(CertPathValidatorException.class, () -> validate(certificate, authority.certificate(), NOW.plus(YEAR).plusSeconds(1)));
        Set<String> hosts = new TreeSet<>();
        certificate.getSubjectAlternativeNames().forEach(name -> hosts.add(name.get(0) + " " + name.get(1)));
        assertEquals(Set.of("2 *.main-brokers.shop.svc", "7 10.0.0.1", "7 0:0:0:0:0:0:0:1", "2 10"), hosts);
        assertEquals("CN=main-brokers", certificate.getSubjectX500Principal().getName());
        assertEquals(List.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"), certificate.getExtendedKeyUsage());
        assertEquals(-1, certificate.getBasicConstraints());
    }

    @Test
    void aClientsCertificateIsNoneOfAServerAndNoneOfAnotherAuthority() throws GeneralSecurityException {
        X509Certificate certificate = maker.ofClient(authority, "reports", "71f0a1c2-0000-4000-8000-000000000001", NOW, YEAR).certificate();
        validate(certificate, authority.certificate(), NOW);
        assertEquals(List.of("1.3.6.1.5.5.7.3.2"), certificate.getExtendedKeyUsage());
        assertEquals(List.of(List.of(6, "urn:uuid:71f0a1c2-0000-4000-8000-000000000001")), List.copyOf(certificate.getSubjectAlternativeNames()));
        Authority another = maker.authority("main", "cluster CA", NOW, YEAR);
        assertThrows(CertPathValidatorException.class, () -> validate(certificate, another.certificate(), NOW));
        assertTrue(Succession.isBy(certificate, authority.certificate()));
        assertFalse(Succession.isBy(certificate, another.certificate()));
    }

    @Test
    void aCertificateIsOfTheUserItWasIssuedToAndOfNobodyWhoHasTheNameLater() throws GeneralSecurityException {
        String uid = "71f0a1c2-0000-4000-8000-000000000001";
        X509Certificate certificate = maker.ofClient(authority, "reports", uid, NOW, YEAR).certificate();
        long made = NOW.minusSeconds(60).toEpochMilli();
        assertTrue(UserCertificates.isOf(certificate, new KnownUser(uid, Proof.CERTIFICATE, made)));
        assertFalse(UserCertificates.isOf(certificate, new KnownUser("another", Proof.CERTIFICATE, made)));
        assertFalse(UserCertificates.isOf(certificate, new KnownUser(uid, Proof.PASSWORD, made)));
        // Whom others vouch for is known by the name
        assertTrue(UserCertificates.isOf(certificate, new KnownUser("another", Proof.OTHER, made)));
        // One that names nobody's id goes by time
        X509Certificate early = maker.ofBrokers(authority, "reports", Set.of("localhost"), NOW, YEAR).certificate();
        assertTrue(UserCertificates.isOf(early, new KnownUser("any", Proof.CERTIFICATE, made)));
        assertFalse(UserCertificates.isOf(early, new KnownUser("any", Proof.CERTIFICATE, NOW.plusSeconds(10).toEpochMilli())));
    }

    @Test
    void whatIsKeptIsReadAsItWas() throws GeneralSecurityException {
        Authority next = maker.authority("main", "cluster CA", NOW, YEAR);
        for (Authorities kept : List.of(Authorities.alone(authority, NOW, null), new Authorities(authority, next, null, NOW, "word", true),
                new Authorities(authority, null, next.certificate(), NOW, "word", false), Authorities.inPlaceOf(authority.certificate(), next, NOW, null))) {
            assertEquals(kept, AuthoritySecrets.read(AuthoritySecrets.of(kept)));
            assertFalse(kept.toString().contains("PRIVATE"));
        }
        assertThrows(GeneralSecurityException.class, () -> AuthoritySecrets.read(Map.of()));
        assertThrows(GeneralSecurityException.class, () -> AuthoritySecrets.read(Map.of("ca.crt", "!", "ca.key", "eA==")));
    }

    @Test
    void storesForClientsThatReadNoPemOpenWithThePasswordBesideThem() throws Exception {
        Issued user = maker.ofClient(authority, "reports", "71f0a1c2-0000-4000-8000-000000000001", NOW, YEAR);
        KeyStore trusted = store("ca", Pkcs12.trusting(List.of(authority.certificate())));
        assertEquals(authority.certificate(), trusted.getCertificate("ca-0"));
        KeyStore own = store("user", Pkcs12.of(user));
        assertEquals(user.certificate(), own.getCertificate("user"));
    }

    private static KeyStore store(String name, Map<String, String> data) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new ByteArrayInputStream(Base64.getDecoder().decode(data.get(name + ".p12"))),
                AuthoritySecrets.text(data, name + ".password").toCharArray());
        return store;
    }
}
