package io.partita.broker.security.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.Entropy;
import io.partita.broker.security.Principal;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMessages;
import org.junit.jupiter.api.Test;

class ScramMechanismTest {

    private static final String CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";
    private static final String SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private static final byte[] SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
    private static final byte[] SECRET = "known to the broker alone".getBytes(UTF_8);

    private final ScramCredential pencil = ScramCredential.ofPassword(ScramHash.SHA_256, "pencil", SALT, 4096);
    private final ScramMechanism mechanism = new ScramMechanism(ScramHash.SHA_256,
            (hash, user) -> hash == ScramHash.SHA_256 && (user.equals("user") || user.equals("a=b,c")) ? pencil : null, () -> SERVER_NONCE, SECRET);

    private static SaslStep next(SaslExchange exchange, String token) {
        SaslStep[] step = new SaslStep[1];
        exchange.next(token.getBytes(UTF_8), answer -> step[0] = answer);
        return step[0];
    }

    private static String challenge(SaslStep step) {
        return new String(assertInstanceOf(SaslStep.Challenge.class, step).token(), UTF_8);
    }

    private static SaslStep.Refused refused(SaslStep step) {
        return assertInstanceOf(SaslStep.Refused.class, step);
    }

    /** The example of RFC 7677, section 3. */
    /** Length of salt, and iterations, that a user is told. */
    private static String shape(ScramMechanism mechanism, String user) {
        SaslStep[] step = new SaslStep[1];
        mechanism.begin().next(("n,,n=" + user + ",r=nonce").getBytes(UTF_8), told -> step[0] = told);
        String[] parts = new String(assertInstanceOf(SaslStep.Challenge.class, step[0]).token(), UTF_8).split(",");
        return parts[1] + " " + parts[2];
    }

    @Test
    void whoDoesNotExistLooksLikeThoseWhoDoOnEveryBroker() {
        ScramHash hash = ScramHash.SHA_512;
        ScramCredential one = ScramCredential.ofPassword(hash, "secret", new byte[24], 8192);
        ScramCredentialSource source = new ScramCredentialSource() {
            @Override
            public ScramCredential find(ScramHash asked, String user) {
                return user.equals("alice") ? one : null;
            }

            @Override
            public List<ScramCredential> some(ScramHash asked) {
                return List.of(one);
            }
        };
        ScramMechanism first = new ScramMechanism(hash, source, Entropy.system());
        ScramMechanism second = new ScramMechanism(hash, source, Entropy.system());
        assertEquals(shape(first, "alice").length(), shape(first, "nobody").length());
        assertTrue(shape(first, "nobody").endsWith(" i=8192"), shape(first, "nobody"));
        assertEquals(shape(first, "nobody"), shape(second, "nobody"));
        assertNotEquals(shape(first, "nobody"), shape(first, "somebody"));
    }

    @Test
    void speaksAsTheExampleOfRfc7677() {
        SaslExchange exchange = mechanism.begin();
        assertEquals("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                challenge(next(exchange, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")));
        SaslStep.Authenticated end = assertInstanceOf(SaslStep.Authenticated.class, next(exchange,
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        assertEquals("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", new String(end.token(), UTF_8));
        assertEquals(Principal.user("user"), end.principal());
        assertEquals(SaslStep.NEVER, end.expiresAtMillis());
    }

    /** Hi() of RFC 5802 is PBKDF2 with one block; SHA-512's example has no RFC, the values are those that every library gives. */
    @Test
    void saltsPasswordsAsPbkdf2Does() {
        assertEquals("867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce",
                HexFormat.of().formatHex(ScramHash.SHA_512.salted("password".getBytes(UTF_8), "salt".getBytes(UTF_8), 1)));
        assertEquals("c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a",
                HexFormat.of().formatHex(ScramHash.SHA_256.salted("password".getBytes(UTF_8), "salt".getBytes(UTF_8), 4096)));
    }

    @Test
    void keepsOfAPasswordWhatKafkaKeeps() throws Exception {
        for (ScramHash hash : ScramHash.values()) {
            ScramFormatter kafka = new ScramFormatter(org.apache.kafka.common.security.scram.internals.ScramMechanism.forMechanismName(hash.mechanism()));
            byte[] salted = kafka.saltedPassword("p\u00e4ssword, =3D", SALT, 5000);
            ScramCredential ours = ScramCredential.ofPassword(hash, "p\u00e4ssword, =3D", SALT, 5000);
            assertArrayEquals(kafka.serverKey(salted), ours.serverKey());
            assertArrayEquals(kafka.storedKey(kafka.clientKey(salted)), ours.storedKey());
        }
    }

    @Test
    void letsKafkasClientInWithEitherHash() throws Exception {
        for (ScramHash hash : ScramHash.values()) {
            ScramCredential credential = ScramCredential.ofPassword(hash, "secret", SALT, 4096);
            SaslExchange exchange = new ScramMechanism(hash, (asked, user) -> user.equals("al=ice") ? credential : null, Entropy.system()).begin();
            ScramFormatter kafka = new ScramFormatter(org.apache.kafka.common.security.scram.internals.ScramMechanism.forMechanismName(hash.mechanism()));
            ScramMessages.ClientFirstMessage first = new ScramMessages.ClientFirstMessage(ScramFormatter.saslName("al=ice"), "nonce", java.util.Map.of());
            ScramMessages.ServerFirstMessage serverFirst = new ScramMessages.ServerFirstMessage(
                    challenge(next(exchange, new String(first.toBytes(), UTF_8))).getBytes(UTF_8));
            ScramMessages.ClientFinalMessage last = new ScramMessages.ClientFinalMessage("n,,".getBytes(UTF_8), serverFirst.nonce());
            byte[] salted = kafka.saltedPassword("secret", serverFirst.salt(), serverFirst.iterations());
            last.proof(kafka.clientProof(salted, first, serverFirst, last));
            SaslStep.Authenticated end = assertInstanceOf(SaslStep.Authenticated.class, next(exchange, new String(last.toBytes(), UTF_8)));
            assertEquals("v=" + Base64.getEncoder().encodeToString(kafka.serverSignature(kafka.serverKey(salted), first, serverFirst, last)),
                    new String(end.token(), UTF_8));
            assertEquals(Principal.user("al=ice"), end.principal());
        }
    }

    @Test
    void aWrongProofIsRefusedInWordsThatDoNotTellWhy() {
        SaslExchange exchange = mechanism.begin();
        String first = challenge(next(exchange, "n,,n=user,r=abc"));
        SaslStep.Refused wrong = refused(next(exchange, "c=biws," + first.substring(0, first.indexOf(",s=")) + ",p=" + proof()));
        assertEquals("the password of user is wrong", wrong.reason());

        // Somebody who does not exist gets as far, and the same words
        SaslExchange nobody = mechanism.begin();
        String firstOfNobody = challenge(next(nobody, "n,,n=nobody,r=abc"));
        SaslStep.Refused missing = refused(next(nobody, "c=biws," + firstOfNobody.substring(0, firstOfNobody.indexOf(",s=")) + ",p=" + proof()));
        assertEquals(wrong.message(), missing.message());
        assertEquals("there is no user nobody for SCRAM-SHA-256", missing.reason());
        // with the same salt each time, and another one than others who do not exist
        assertEquals(firstOfNobody, challenge(next(mechanism.begin(), "n,,n=nobody,r=abc")));
        assertNotEquals(firstOfNobody, challenge(next(mechanism.begin(), "n,,n=nobody2,r=abc")));
    }

    private static String proof() {
        return Base64.getEncoder().encodeToString(new byte[32]);
    }

    /** librdkafka 2.0.2, which is what distributions have, says its own nonce twice. Kafka 4.4 sends it away. */
    @Test
    void aClientMaySayItsNonceTwice() {
        SaslExchange exchange = mechanism.begin();
        String first = challenge(next(exchange, "n,,n=user,r=abc"));
        String nonce = "abc" + first.substring(2, first.indexOf(",s="));
        String withoutProof = "c=biws,r=" + nonce;
        byte[] clientKey = ScramHash.SHA_256.hmac(ScramHash.SHA_256.salted("pencil".getBytes(UTF_8), SALT, 4096), "Client Key".getBytes(UTF_8));
        byte[] proof = ScramHash.SHA_256.hmac(pencil.storedKey(), ("n=user,r=abc," + first + "," + withoutProof).getBytes(UTF_8));
        for (int i = 0; i < proof.length; i++) {
            proof[i] ^= clientKey[i];
        }
        assertInstanceOf(SaslStep.Authenticated.class, next(exchange, withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof)));
    }

    @Test
    void namesMayContainWhatSeparates() {
        assertTrue(challenge(next(mechanism.begin(), "n,,n=a=3Db=2Cc,r=x")).contains(Base64.getEncoder().encodeToString(SALT)));
        refused(next(mechanism.begin(), "n,,n=a=b,r=x"));
    }

    @Test
    void onlyOneActsForOneself() {
        challenge(next(mechanism.begin(), "n,a=user,n=user,r=x"));
        assertEquals("Authentication failed: Client requested an authorization id that is different from username",
                refused(next(mechanism.begin(), "n,a=other,n=user,r=x")).message());
    }

    @Test
    void delegationTokensAreRefusedByName() {
        assertTrue(refused(next(mechanism.begin(), "n,,n=user,r=x,tokenauth=true")).message().startsWith("Delegation tokens are not served"));
    }

    @Test
    void whatIsNoMessageIsRefused() {
        for (String first : new String[] {"", "n", "n,,", "n,,r=x", "n,,n=,r=x", "n,,n=user", "n,,n=user,r=", "p=tls-unique,,n=user,r=x", "q,,n=user,r=x",
            "n,,m=x,n=user,r=x"}) {
            refused(next(mechanism.begin(), first));
        }
        String nonce = "r=" + CLIENT_NONCE + SERVER_NONCE;
        for (String last : new String[] {"", "c=biws", "c=biws," + nonce, "c=biws,r=other,p=" + proof(), "c=eSws," + nonce + ",p=" + proof(),
            "c=biws," + nonce + ",p=", "c=biws," + nonce + ",p=!!", "c=biws," + nonce + ",p=AAAA"}) {
            SaslExchange exchange = mechanism.begin();
            challenge(next(exchange, "n,,n=user,r=" + CLIENT_NONCE));
            refused(next(exchange, last));
        }
    }

    @Test
    void anyBytesAreAnsweredOrRefused() {
        Random random = new Random(12);
        for (int i = 0; i < 20_000; i++) {
            SaslExchange exchange = mechanism.begin();
            StringBuilder token = new StringBuilder(random.nextBoolean() ? "n,,n=user,r=" : "");
            for (int j = random.nextInt(30); j > 0; j--) {
                token.append("n,=rpcsia\u0000\u00e4x".charAt(random.nextInt(12)));
            }
            if (next(exchange, token.toString()) instanceof SaslStep.Challenge) {
                refused(next(exchange, (random.nextBoolean() ? "c=biws,r=" : "") + token + ",p=" + proof()));
            }
        }
    }
}
