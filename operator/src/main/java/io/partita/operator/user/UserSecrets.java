package io.partita.operator.user;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramCredentialText;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.crds.Cluster;
import io.partita.crds.User;
import io.partita.operator.certificate.Authorities;
import io.partita.operator.certificate.AuthoritySecrets;
import io.partita.operator.certificate.Issued;
import io.partita.operator.certificate.PemText;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The Secrets of users: one of its own for each, with the password and what a Java client takes, under the names that Strimzi's users have; and one of the Cluster with what its brokers keep of
 * passwords, which is enough to know them again and not to log in by. Pure functions, but for random numbers.
 */
final class UserSecrets {

    static final String PASSWORD = "password";
    static final String JAAS = "sasl.jaas.config";
    static final String USER_CERTIFICATE = "user.crt";
    static final String USER_KEY = "user.key";

    private static final String LABEL_CLUSTER = "partita.io/cluster";
    private static final String LABEL_MANAGED = "app.kubernetes.io/managed-by";
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    /** 190 bits. */
    private static final int PASSWORD_LETTERS = 32;
    private static final int SALT_BYTES = 24;
    private static final ScramHash HASH = ScramHash.SHA_512;

    private final RandomGenerator random;

    UserSecrets() {
        this(new SecureRandom());
    }

    UserSecrets(RandomGenerator random) {
        this.random = random;
    }

    String newPassword() {
        StringBuilder password = new StringBuilder(PASSWORD_LETTERS);
        for (int i = 0; i < PASSWORD_LETTERS; i++) {
            password.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return password.toString();
    }

    /** The Secret of a user by password. */
    static Secret of(User user, String password) {
        return of(user, Map.of(PASSWORD, base64(password), JAAS, base64("org.apache.kafka.common.security.scram.ScramLoginModule required username=\""
                + user.getMetadata().getName() + "\" password=\"" + password + "\";")));
    }

    /**
     * The Secret of a user by certificate.
     *
     * @param issued who the user is
     * @param stores the same for clients that read no PEM
     */
    static Secret of(User user, Issued issued, Map<String, String> stores, Authorities authorities) {
        Map<String, String> data = new TreeMap<>(stores);
        data.put(AuthoritySecrets.CERTIFICATE, base64(PemText.of(authorities.trusted())));
        data.put(USER_CERTIFICATE, base64(PemText.of(List.of(issued.certificate()))));
        data.put(USER_KEY, base64(PemText.of(issued.key())));
        return of(user, data);
    }

    private static Secret of(User user, Map<String, String> data) {
        String name = user.getMetadata().getName();
        return new SecretBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withName(name)
                        .withNamespace(user.getMetadata().getNamespace())
                        .withLabels(Map.of(LABEL_CLUSTER, user.getSpec().cluster, LABEL_MANAGED, "partita-operator"))
                        .addNewOwnerReference()
                        .withApiVersion(user.getApiVersion())
                        .withKind(user.getKind())
                        .withName(name)
                        .withUid(user.getMetadata().getUid())
                        .withController(true)
                        .withBlockOwnerDeletion(false)
                        .endOwnerReference()
                        .build())
                .withType("Opaque")
                .withData(data)
                .build();
    }

    /** The certificate in a user's Secret; {@code null} where there is none that can be used, or one of somebody else. */
    static Issued certificateIn(Secret secret, String user) {
        Map<String, String> data = secret.getData() == null ? Map.of() : secret.getData();
        if (!data.keySet().containsAll(List.of(USER_CERTIFICATE, USER_KEY, "user.p12", "user.password"))) {
            return null;
        }
        try {
            List<X509Certificate> certificates = PemText.certificates(AuthoritySecrets.text(data, USER_CERTIFICATE));
            boolean isOurs = certificates.size() == 1 && ("CN=" + user).equals(certificates.getFirst().getSubjectX500Principal().getName());
            return isOurs ? new Issued(certificates.getFirst(), PemText.key(AuthoritySecrets.text(data, USER_KEY))) : null;
        } catch (GeneralSecurityException | IllegalArgumentException unreadable) {
            return null;
        }
    }

    /** The password in a user's Secret, {@code null} where there is none, or one that nobody could type into the settings of a client. */
    static String passwordIn(Secret secret) {
        String encoded = secret.getData() == null ? null : secret.getData().get(PASSWORD);
        if (encoded == null) {
            return null;
        }
        String password = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
        boolean isPlain = !password.isEmpty() && password.chars().allMatch(c -> c > ' ' && c < 127 && c != '"' && c != '\\');
        return isPlain ? password : null;
    }

    /** The Secret of a Cluster with one entry. */
    static Secret ofCluster(Cluster cluster, User user, String entry) {
        return new SecretBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withName(User.credentialsOf(cluster.getMetadata().getName()))
                        .withNamespace(cluster.getMetadata().getNamespace())
                        .withLabels(Map.of(LABEL_CLUSTER, cluster.getMetadata().getName(), LABEL_MANAGED, "partita-operator"))
                        .addNewOwnerReference()
                        .withApiVersion(cluster.getApiVersion())
                        .withKind(cluster.getKind())
                        .withName(cluster.getMetadata().getName())
                        .withUid(cluster.getMetadata().getUid())
                        .withController(true)
                        .withBlockOwnerDeletion(false)
                        .endOwnerReference()
                        .build())
                .withType("Opaque")
                .withData(Map.of(user.getMetadata().getName(), entry, User.ownerEntryOf(user.getMetadata().getName()),
                        User.ownerEntry(user.getMetadata().getUid())))
                .build();
    }

    /** The entry of a user with this password: the one that is there where it is of this password. @param present {@code null} for none */
    String entry(String password, String present) {
        if (present != null && isOf(password, present)) {
            return present;
        }
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return base64(ScramCredentialText.of(ScramCredential.ofPassword(HASH, password, salt, ScramHash.ITERATIONS_MIN)));
    }

    private static boolean isOf(String password, String entry) {
        try {
            ScramCredential credential = ScramCredentialText.read(new String(Base64.getDecoder().decode(entry), StandardCharsets.US_ASCII));
            return credential.equals(ScramCredential.ofPassword(HASH, password, credential.salt(), credential.iterations()));
        } catch (IllegalArgumentException none) {
            return false;
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
