package io.partita.operator.certificate;

import io.partita.broker.security.tls.UserCertificates;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes authorities, and certificates by them: keys on the curve P-256, which every TLS library knows. Keys and signatures are the JDK's; Bouncy Castle puts the certificates together. Thread-safe.
 */
public final class CertificateMaker {

    /** Clocks differ: what was made just now is good a little earlier already. */
    static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    /** The longest common name that there is. */
    public static final int COMMON_NAME_MAX = 64;

    private static final String SIGNATURE = "SHA256withECDSA";
    private static final int SERIAL_BITS = 127;
    private static final int NAME_BYTES = 4;
    private static final int IPV4_DOTS = 3;

    private final SecureRandom random = new SecureRandom();

    /**
     * An authority that nobody vouches for.
     *
     * @param owner whose it is, for people
     * @param purpose what it is for; its name has that and a number, so that those who look for it by name do not find the one before it
     */
    public Authority authority(String owner, String purpose, Instant now, Duration life) {
        byte[] number = new byte[NAME_BYTES];
        random.nextBytes(number);
        X500Name name = new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, owner)
                .addRDN(BCStyle.CN, purpose + ' ' + HexFormat.of().formatHex(number))
                .build();
        KeyPair keys = keys();
        try {
            X509v3CertificateBuilder made = new JcaX509v3CertificateBuilder(name, serial(), Date.from(now.minus(CLOCK_SKEW)), Date.from(now.plus(life)), name,
                    keys.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                    .addExtension(Extension.subjectKeyIdentifier, false, new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
            return new Authority(signed(made, new Authority(null, keys.getPrivate())), keys.getPrivate());
        } catch (CertIOException | GeneralSecurityException e) {
            throw new IllegalStateException("An authority could not be made.", e);
        }
    }

    /**
     * A certificate of brokers: they are servers to their clients, and both ends of what they say to each other.
     *
     * @param hosts names and addresses that clients connect to
     */
    public Issued ofBrokers(Authority by, String commonName, Collection<String> hosts, Instant now, Duration life) {
        List<GeneralName> names = new ArrayList<>();
        hosts.forEach(host -> names.add(new GeneralName(isAddress(host) ? GeneralName.iPAddress : GeneralName.dNSName, host)));
        return issue(by, commonName, names, now, life, KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);
    }

    /**
     * A certificate of a client, good to say who it is and for nothing else.
     *
     * @param uid of the User's object, which the certificate names as {@code urn:uuid:UID}: whoever has the name later is another one
     */
    public Issued ofClient(Authority by, String commonName, String uid, Instant now, Duration life) {
        return issue(by, commonName, List.of(new GeneralName(GeneralName.uniformResourceIdentifier, UserCertificates.nameOf(uid))), now, life,
                KeyPurposeId.id_kp_clientAuth);
    }

    private Issued issue(Authority by, String commonName, List<GeneralName> names, Instant now, Duration life, KeyPurposeId... purposes) {
        KeyPair keys = keys();
        // It is worth nothing beyond the end of who vouches for it.
        Instant end = now.plus(life).isBefore(by.ends()) ? now.plus(life) : by.ends();
        try {
            JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
            X509v3CertificateBuilder made = new JcaX509v3CertificateBuilder(X500Name.getInstance(by.certificate().getSubjectX500Principal().getEncoded()),
                    serial(),
                    Date.from(now.minus(CLOCK_SKEW)), Date.from(end), new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, commonName).build(),
                    keys.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes))
                    .addExtension(Extension.subjectKeyIdentifier, false, identifiers.createSubjectKeyIdentifier(keys.getPublic()))
                    .addExtension(Extension.authorityKeyIdentifier, false, identifiers.createAuthorityKeyIdentifier(by.certificate().getPublicKey()));
            if (!names.isEmpty()) {
                made.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(new GeneralName[0])));
            }
            return new Issued(signed(made, by), keys.getPrivate());
        } catch (CertIOException | GeneralSecurityException e) {
            throw new IllegalStateException("A certificate could not be made.", e);
        }
    }

    private static X509Certificate signed(X509v3CertificateBuilder made, Authority by) throws GeneralSecurityException {
        try {
            return new JcaX509CertificateConverter().getCertificate(made.build(new JcaContentSignerBuilder(SIGNATURE).build(by.key())));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has the curve P-256", e);
        }
    }

    private BigInteger serial() {
        return new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS);
    }

    /** Whether this is the address of a host, and not its name: "10" would be an address to the JDK. */
    static boolean isAddress(String host) {
        try {
            InetAddress.ofLiteral(host);
            return host.contains(":") || host.chars().filter(c -> c == '.').count() == IPV4_DOTS;
        } catch (IllegalArgumentException name) {
            return false;
        }
    }
}
