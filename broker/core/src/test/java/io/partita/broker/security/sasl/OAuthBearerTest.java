package io.partita.broker.security.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.TestClock;
import io.partita.broker.security.KnownUser;
import io.partita.broker.security.Principal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tokens that are good, and those that are not for each reason there is. */
class OAuthBearerTest {

    private static PublicJsonWebKey rsa;
    private static PublicJsonWebKey ec;
    private static PublicJsonWebKey stranger;

    private final TestClock clock = new TestClock();
    private final List<JsonWebKey> published = new ArrayList<>();
    private boolean isAway;
    private int fetches;
    private OAuthBearerMechanism mechanism;

    @BeforeAll
    static void keys() throws JoseException {
        rsa = RsaJwkGenerator.generateJwk(2048);
        rsa.setKeyId("rsa");
        ec = EcJwkGenerator.generateJwk(EllipticCurves.P256);
        ec.setKeyId("ec");
        stranger = RsaJwkGenerator.generateJwk(2048);
        stranger.setKeyId("rsa");
    }

    @BeforeEach
    void begin() {
        published.add(rsa);
        KeySet keys = new KeySet(this::fetch, "the test", clock, 3_600_000, 100, 10_000);
        mechanism = new OAuthBearerMechanism(
                new JwtCheck(keys, new JwtCheck.Expected("https://issuer", List.of("kafka", "other"), 30, "sub"), clock, Runnable::run));
    }

    private String fetch() throws IOException {
        fetches++;
        if (isAway) {
            throw new IOException("nobody answers");
        }
        return new JsonWebKeySet(published).toJson(OutputControlLevel.PUBLIC_ONLY);
    }

    private JwtClaims claims() {
        JwtClaims claims = new JwtClaims();
        claims.setSubject("alice");
        claims.setIssuer("https://issuer");
        claims.setAudience("kafka");
        claims.setExpirationTime(NumericDate.fromMilliseconds(clock.wallMillis() + 600_000));
        return claims;
    }

    private static String signed(JwtClaims claims, PublicJsonWebKey key, String algorithm) {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload(claims.toJson());
        signature.setKey(key.getPrivateKey());
        signature.setKeyIdHeaderValue(key.getKeyId());
        signature.setAlgorithmHeaderValue(algorithm);
        try {
            return signature.getCompactSerialization();
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String signed(JwtClaims claims) {
        return signed(claims, rsa, AlgorithmIdentifiers.RSA_USING_SHA256);
    }

    private static SaslStep next(SaslExchange exchange, String token) {
        SaslStep[] step = new SaslStep[1];
        exchange.next(token.getBytes(UTF_8), answer -> step[0] = answer);
        return step[0];
    }

    private SaslStep bearer(String token) {
        return next(mechanism.begin(), "n,,\u0001auth=Bearer " + token + "\u0001\u0001");
    }

    private void accepted(String token) {
        assertEquals(Principal.user("alice"), assertInstanceOf(SaslStep.Authenticated.class, bearer(token)).principal());
    }

    /** The client is told that its token is no good, acknowledges that, and is told why. */
    private void refused(String token, String why) {
        SaslExchange exchange = mechanism.begin();
        SaslStep.Challenge error = assertInstanceOf(SaslStep.Challenge.class, next(exchange, "n,,\u0001auth=Bearer " + token + "\u0001\u0001"));
        assertEquals("{\"status\":\"invalid_token\"}", new String(error.token(), UTF_8));
        SaslStep.Refused refused = assertInstanceOf(SaslStep.Refused.class, next(exchange, "\u0001"));
        assertEquals("The token is not accepted: " + why + ".", refused.message());
        assertTrue(!refused.reason().contains(token) || token.isEmpty());
    }

    @Test
    void aGoodTokenIsAcceptedUntilItExpires() {
        SaslStep.Authenticated proved = assertInstanceOf(SaslStep.Authenticated.class, bearer(signed(claims())));
        assertEquals(Principal.user("alice"), proved.principal());
        assertEquals((clock.wallMillis() + 600_000) / 1000 * 1000 + 30_000, proved.expiresAtMillis());
    }

    @Test
    void whereUsersAreKnownAGoodTokenOfSomebodyElseIsRefused() {
        KeySet keys = new KeySet(this::fetch, "the test", clock, 3_600_000, 100, 10_000);
        Map<String, KnownUser> known = new HashMap<>();
        mechanism = new OAuthBearerMechanism(
                new JwtCheck(keys, new JwtCheck.Expected("https://issuer", List.of("kafka"), 30, "sub"), known::get, clock, Runnable::run));
        String token = signed(claims());
        refused(token, "it is good, and there is no such user here as it names (known.users.only)");
        known.put("alice", new KnownUser("one", KnownUser.Proof.PASSWORD, 0));
        refused(token, "it is good, and there is no such user here as it names (known.users.only)");
        known.put("alice", new KnownUser("one", KnownUser.Proof.OTHER, 0));
        SaslStep.Authenticated proved = assertInstanceOf(SaslStep.Authenticated.class, bearer(token));
        assertTrue(proved.holds().getAsBoolean());
        // Made again under the name: somebody else, who may come in by the token, but whose connections are not those of before
        known.put("alice", new KnownUser("two", KnownUser.Proof.OTHER, 0));
        assertFalse(proved.holds().getAsBoolean());
        accepted(token);
        known.clear();
        assertFalse(proved.holds().getAsBoolean());
        refused(token, "it is good, and there is no such user here as it names (known.users.only)");
    }

    /** RFC 7515, appendix A.3: a signature by ES256 that is known to be right. */
    @Test
    void theExampleOfRfc7515IsRight() throws JoseException {
        published.clear();
        published.add(JsonWebKey.Factory.newJwk("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                + "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"));
        String example = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        clock.setWallMillis(1_300_819_300_000L);
        KeySet keys = new KeySet(this::fetch, "the test", clock, 3_600_000, 100, 10_000);
        List<SaslStep> steps = new ArrayList<>();
        JwtCheck check = new JwtCheck(keys, new JwtCheck.Expected("joe", List.of(), 0, "iss"), clock, Runnable::run);
        check.check(example, steps::add);
        assertEquals(Principal.user("joe"), assertInstanceOf(SaslStep.Authenticated.class, steps.getFirst(), steps.toString()).principal());
        check.check(example.substring(0, example.length() - 5) + "AAAAA", steps::add);
        assertEquals("The token is not accepted: its signature is wrong.", assertInstanceOf(SaslStep.Refused.class, steps.get(1)).message());
    }

    @Test
    void whenItIsGood() {
        JwtClaims claims = claims();
        claims.setExpirationTime(NumericDate.fromMilliseconds(clock.wallMillis() - 29_000));
        accepted(signed(claims));
        claims.setExpirationTime(NumericDate.fromMilliseconds(clock.wallMillis() - 31_000));
        refused(signed(claims), "it has expired");
        claims = claims();
        claims.setNotBefore(NumericDate.fromMilliseconds(clock.wallMillis() + 29_000));
        accepted(signed(claims));
        claims.setNotBefore(NumericDate.fromMilliseconds(clock.wallMillis() + 40_000));
        refused(signed(claims), "it is not valid yet; do the clocks differ?");
        claims = claims();
        claims.unsetClaim("exp");
        refused(signed(claims), "it does not say when it expires");
    }

    @Test
    void whomItIsForAndByWhom() {
        JwtClaims claims = claims();
        claims.setAudience("somebody", "other");
        accepted(signed(claims));
        claims.setAudience("somebody");
        refused(signed(claims), "it is not for this broker (its audience has none of kafka, other)");
        claims.unsetClaim("aud");
        refused(signed(claims), "it is not for this broker (its audience has none of kafka, other)");
        claims = claims();
        claims.setIssuer("https://elsewhere");
        refused(signed(claims), "it was not issued by https://issuer");
        claims = claims();
        claims.unsetClaim("sub");
        refused(signed(claims), "it names nobody in sub");
    }

    @Test
    void whoSignedIt() throws JoseException {
        refused(signed(claims(), stranger, AlgorithmIdentifiers.RSA_USING_SHA256), "its signature is wrong");
        String good = signed(claims());
        refused(good.substring(0, good.lastIndexOf('.') + 1), "its signature is wrong");
        // Without a signature, as anybody could make it
        String unsigned = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"alg\":\"none\"}".getBytes(UTF_8)) + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(claims().toJson().getBytes(UTF_8)) + ".";
        refused(unsigned, "it is not signed in a way that is taken (RS, PS, ES with 256 to 512, EdDSA)");
        // With the public key, which anybody can read, as if it were a shared secret
        JsonWebSignature shared = new JsonWebSignature();
        shared.setPayload(claims().toJson());
        shared.setKey(new HmacKey(rsa.getPublicKey().getEncoded()));
        shared.setKeyIdHeaderValue("rsa");
        shared.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
        refused(shared.getCompactSerialization(), "it is not signed in a way that is taken (RS, PS, ES with 256 to 512, EdDSA)");
    }

    @Test
    void aKeyThatIsNewIsFetchedAndOneThatIsGoneIsNotTakenAnyMore() {
        accepted(signed(claims()));
        assertEquals(1, fetches);
        String byNewKey = signed(claims(), ec, AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256);
        published.clear();
        published.add(ec);
        // Not so soon: whoever names keys that do not exist must not make the broker ask for them all the time
        refused(byNewKey, "it is signed with a key that is not known");
        refused(byNewKey, "it is signed with a key that is not known");
        assertEquals(1, fetches);
        clock.advance(KeySet.UNKNOWN_KEY_MILLIS);
        accepted(byNewKey);
        assertEquals(2, fetches);
        refused(signed(claims()), "it is signed with a key that is not known");
        accepted(byNewKey);
    }

    @Test
    void whileKeysCannotBeFetchedThoseOfBeforeAreUsed() {
        isAway = true;
        refused(signed(claims()), "the keys that tokens are checked with cannot be fetched; try again later");
        isAway = false;
        clock.advance(200);
        accepted(signed(claims()));
        isAway = true;
        clock.advance(3_600_000);
        accepted(signed(claims()));
        assertEquals(3, fetches);
        accepted(signed(claims()));
        assertEquals(3, fetches);
        clock.advance(200);
        accepted(signed(claims()));
        assertEquals(4, fetches);
    }

    @Test
    void oneActsForOneself() {
        String token = signed(claims());
        assertInstanceOf(SaslStep.Authenticated.class, next(mechanism.begin(), "n,a=alice,\u0001auth=Bearer " + token + "\u0001\u0001"));
        assertInstanceOf(SaslStep.Refused.class, next(mechanism.begin(), "n,a=bob,\u0001auth=Bearer " + token + "\u0001\u0001"));
        assertInstanceOf(SaslStep.Authenticated.class, next(mechanism.begin(), "n,,\u0001host=h\u0001port=1\u0001auth=bearer " + token + "\u0001\u0001"));
    }

    @Test
    void whatIsNoMessageIsRefused() {
        for (String message : new String[] {"", "n", "n,,", "x,,\u0001auth=Bearer t\u0001\u0001", "n,b=x,\u0001auth=Bearer t\u0001\u0001",
            "n,,\u0001auth=Basic t\u0001\u0001",
            "n,,\u0001auth=Bearer \u0001\u0001", "n,,auth=Bearer t"}) {
            assertInstanceOf(SaslStep.Refused.class, next(mechanism.begin(), message), message);
        }
        refused("nonsense", "it is no signed token that can be read");
        Random random = new Random(3);
        byte[] good = signed(claims()).getBytes(UTF_8);
        for (int i = 0; i < 2_000; i++) {
            byte[] changed = good.clone();
            changed[random.nextInt(changed.length)] = (byte) (33 + random.nextInt(90));
            SaslStep step = bearer(new String(changed, UTF_8));
            assertTrue(step instanceof SaslStep.Challenge || java.util.Arrays.equals(changed, good) || step instanceof SaslStep.Authenticated, step.toString());
        }
    }
}
