package io.partita.broker.security.sasl;

import io.partita.broker.env.Clock;
import io.partita.broker.security.KnownUser;
import io.partita.broker.security.KnownUsers;
import io.partita.broker.security.Principal;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.jwx.JsonWebStructure;
import org.jose4j.keys.resolvers.JwksVerificationKeyResolver;
import org.jose4j.lang.InvalidAlgorithmException;
import org.jose4j.lang.JoseException;
import org.jose4j.lang.UnresolvableKeyException;

/**
 * Checks JSON web tokens (RFC 7519): that one of the {@link KeySet}'s keys signed them, for whom, by whom, and when. Only signatures with a private key are taken: with
 * a shared one, or without any, whoever can read the published keys could make a token. Checks run on threads of their own, because they compute and may have to wait for
 * keys.
 */
public final class JwtCheck implements TokenCheck {

    private static final AlgorithmConstraints SIGNED_BY_PRIVATE_KEY = new AlgorithmConstraints(ConstraintType.PERMIT,
            AlgorithmIdentifiers.RSA_USING_SHA256, AlgorithmIdentifiers.RSA_USING_SHA384, AlgorithmIdentifiers.RSA_USING_SHA512,
            AlgorithmIdentifiers.RSA_PSS_USING_SHA256, AlgorithmIdentifiers.RSA_PSS_USING_SHA384, AlgorithmIdentifiers.RSA_PSS_USING_SHA512,
            AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256, AlgorithmIdentifiers.ECDSA_USING_P384_CURVE_AND_SHA384,
            AlgorithmIdentifiers.ECDSA_USING_P521_CURVE_AND_SHA512, AlgorithmIdentifiers.EDDSA);

    /**
     * What a token has to say.
     *
     * @param issuer who made it; {@code null} for anybody who has the keys
     * @param audience one of these it is for; empty for whomever
     * @param skewSeconds by which clocks may differ
     * @param nameClaim the claim with the user's name
     */
    public record Expected(String issuer, List<String> audience, int skewSeconds, String nameClaim) {}

    private final KeySet keys;
    private final Expected expected;
    private final KnownUsers known;
    private final Clock clock;
    private final Executor threads;

    /** Whoever a good token names is let in. */
    public JwtCheck(KeySet keys, Expected expected, Clock clock, Executor threads) {
        this(keys, expected, null, clock, threads);
    }

    /** @param known the users that are let in; {@code null} for whoever has a good token */
    public JwtCheck(KeySet keys, Expected expected, KnownUsers known, Clock clock, Executor threads) {
        this.known = known;
        this.keys = keys;
        this.expected = expected;
        this.clock = clock;
        this.threads = threads;
    }

    @Override
    public void check(String token, Consumer<SaslStep> answer) {
        threads.execute(() -> {
            SaslStep step;
            try {
                step = look(token);
            } catch (RuntimeException e) {
                step = refused("it cannot be read");
            }
            answer.accept(step);
        });
    }

    private SaslStep look(String token) {
        String algorithm = algorithm(token);
        if (algorithm == null) {
            return refused("it is no signed token that can be read");
        }
        try {
            SIGNED_BY_PRIVATE_KEY.checkConstraint(algorithm);
        } catch (InvalidAlgorithmException e) {
            return refused("it is not signed in a way that is taken (RS, PS, ES with 256 to 512, EdDSA)");
        }
        List<JsonWebKey> known = keys.current();
        if (known == null) {
            return refused("the keys that tokens are checked with cannot be fetched; try again later");
        }
        try {
            return accepted(verified(token, known));
        } catch (InvalidJwtException e) {
            if (!namesAnUnknownKey(e)) {
                return refused(why(e));
            }
        }
        try {
            return accepted(verified(token, keys.renewed()));
        } catch (InvalidJwtException e) {
            return refused(namesAnUnknownKey(e) ? "it is signed with a key that is not known" : why(e));
        }
    }

    /** How it says that it is signed, or {@code null} when it is no signed token. */
    private static String algorithm(String token) {
        try {
            return JsonWebStructure.fromCompactSerialization(token) instanceof JsonWebSignature signed ? signed.getAlgorithmHeaderValue() : null;
        } catch (JoseException e) {
            return null;
        }
    }

    private JwtClaims verified(String token, List<JsonWebKey> known) throws InvalidJwtException {
        JwtConsumerBuilder consumer = new JwtConsumerBuilder()
                .setJwsAlgorithmConstraints(SIGNED_BY_PRIVATE_KEY)
                .setVerificationKeyResolver(new JwksVerificationKeyResolver(known))
                .setRequireExpirationTime()
                .setAllowedClockSkewInSeconds(expected.skewSeconds)
                .setEvaluationTime(NumericDate.fromMilliseconds(clock.wallMillis()));
        if (expected.issuer != null) {
            consumer.setExpectedIssuer(expected.issuer);
        }
        if (expected.audience.isEmpty()) {
            consumer.setSkipDefaultAudienceValidation();
        } else {
            consumer.setExpectedAudience(expected.audience.toArray(new String[0]));
        }
        return consumer.build().processToClaims(token);
    }

    private SaslStep accepted(JwtClaims claims) {
        try {
            String name = claims.getStringClaimValue(expected.nameClaim);
            if (name == null || name.isEmpty()) {
                return refused("it names nobody in " + expected.nameClaim);
            }
            KnownUser user = known == null ? null : known.find(name);
            if (known != null && (user == null || user.proof() != KnownUser.Proof.OTHER)) {
                return refused("it is good, and there is no such user here as it names (known.users.only)");
            }
            // Clocks may differ for the connection's end as for its beginning.
            long expiresAtMillis = claims.getExpirationTime().getValueInMillis() + expected.skewSeconds * 1000L;
            return new SaslStep.Authenticated(Principal.user(name), SaslStep.NO_TOKEN, expiresAtMillis, known == null ? () -> true : known.remains(name, user));
        } catch (MalformedClaimException e) {
            return refused("it names nobody in " + expected.nameClaim);
        }
    }

    private static boolean namesAnUnknownKey(InvalidJwtException e) {
        return e.getCause() instanceof UnresolvableKeyException;
    }

    private String why(InvalidJwtException e) {
        if (e.hasErrorCode(ErrorCodes.EXPIRED)) {
            return "it has expired";
        }
        if (e.hasErrorCode(ErrorCodes.NOT_YET_VALID)) {
            return "it is not valid yet; do the clocks differ?";
        }
        if (e.hasErrorCode(ErrorCodes.AUDIENCE_INVALID) || e.hasErrorCode(ErrorCodes.AUDIENCE_MISSING)) {
            return "it is not for this broker (its audience has none of " + String.join(", ", expected.audience) + ")";
        }
        if (e.hasErrorCode(ErrorCodes.ISSUER_INVALID) || e.hasErrorCode(ErrorCodes.ISSUER_MISSING)) {
            return "it was not issued by " + expected.issuer;
        }
        if (e.hasErrorCode(ErrorCodes.EXPIRATION_MISSING)) {
            return "it does not say when it expires";
        }
        if (e.hasErrorCode(ErrorCodes.SIGNATURE_INVALID)) {
            return "its signature is wrong";
        }
        return "it is no signed token that can be read";
    }

    private static SaslStep refused(String why) {
        return new SaslStep.Refused("The token is not accepted: " + why + ".", "its token is not accepted: " + why);
    }
}
