package io.partita.operator.user;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramCredentialText;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.crds.User;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UserSecretsTest {

    private final UserSecrets secrets = new UserSecrets();

    private static String plain(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theSecretOfAUserHasWhatAJavaClientTakes() {
        User user = new User();
        user.setMetadata(new ObjectMetaBuilder().withName("alice").withNamespace("shop").withUid("u-7").build());
        user.getSpec().cluster = "main";
        String password = secrets.newPassword();
        Secret secret = UserSecrets.of(user, password);
        assertEquals(password, UserSecrets.passwordIn(secret));
        assertEquals("org.apache.kafka.common.security.scram.ScramLoginModule required username=\"alice\" password=\"" + password + "\";",
                plain(secret.getData().get("sasl.jaas.config")));
        assertEquals("u-7", secret.getMetadata().getOwnerReferences().getFirst().getUid());
        assertTrue(password.matches("[A-Za-z0-9]{32}"));
        assertNotEquals(password, secrets.newPassword());
    }

    @Test
    void whatBrokersKeepStaysUntilThePasswordIsAnother() {
        String entry = secrets.entry("of alice", null);
        ScramCredential credential = ScramCredentialText.read(plain(entry));
        assertEquals(ScramCredential.ofPassword(ScramHash.SHA_512, "of alice", credential.salt(), 4096), credential);
        assertEquals(entry, secrets.entry("of alice", entry));
        assertNotEquals(entry, secrets.entry("another", entry));
        assertNotEquals("nonsense", secrets.entry("of alice", base64("nonsense")));
        assertNotEquals("no base64", secrets.entry("of alice", "no base64"));
    }

    @Test
    void aPasswordThatNoClientCouldBeGivenIsNone() {
        assertNull(UserSecrets.passwordIn(new SecretBuilder().build()));
        assertNull(UserSecrets.passwordIn(new SecretBuilder().withData(Map.of("password", base64("with \" quotes"))).build()));
        assertNull(UserSecrets.passwordIn(new SecretBuilder().withData(Map.of("password", base64(""))).build()));
        assertEquals("plain", UserSecrets.passwordIn(new SecretBuilder().withData(Map.of("password", base64("plain"))).build()));
    }
}
