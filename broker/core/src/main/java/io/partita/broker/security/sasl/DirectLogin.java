package io.partita.broker.security.sasl;

import io.partita.broker.env.Entropy;
import io.partita.broker.security.Principal;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes a password or a token as it is, and shows it to a SASL mechanism as a client would: for ways to the broker that do not speak SASL, as HTTP. What the mechanisms
 * say holds, so nothing about users is known twice. Any thread; for SCRAM it takes milliseconds, which is what that is for.
 */
public final class DirectLogin {

    private static final String NO_PASSWORDS = "This listener takes no passwords (sasl.enabled.mechanisms has neither PLAIN nor SCRAM).";
    private static final String NO_TOKENS = "This listener takes no tokens (sasl.enabled.mechanisms has no OAUTHBEARER).";

    private DirectLogin() {}

    /** Whether any of the mechanisms takes a password. */
    public static boolean takesPasswords(List<SaslMechanism> mechanisms) {
        return mechanisms.stream().anyMatch(mechanism -> mechanism.name().equals(PlainMechanism.NAME) || ScramHash.forMechanism(mechanism.name()) != null);
    }

    /** Whether any of the mechanisms takes a bearer token. */
    public static boolean takesTokens(List<SaslMechanism> mechanisms) {
        return mechanisms.stream().anyMatch(OAuthBearerMechanism.class::isInstance);
    }

    /**
     * Tries a password with each mechanism that takes one, until one knows it.
     *
     * @param answer called once, never with a challenge
     */
    public static void password(List<SaslMechanism> mechanisms, String user, String password, Entropy entropy, Consumer<SaslStep> answer) {
        if (password.isEmpty()) {
            answer.accept(new SaslStep.Refused("Authentication failed: password not specified", "it has no password"));
            return;
        }
        SaslStep refused = new SaslStep.Refused(NO_PASSWORDS, "its listener takes no passwords");
        for (SaslMechanism mechanism : mechanisms) {
            ScramHash hash = ScramHash.forMechanism(mechanism.name());
            SaslStep step = hash != null
                    ? scram(mechanism, hash, user, password, entropy)
                    : mechanism.name().equals(PlainMechanism.NAME)
                            ? once(mechanism, ("\0" + user + "\0" + password).getBytes(StandardCharsets.UTF_8))
                            : null;
            if (step instanceof SaslStep.Authenticated) {
                answer.accept(step);
                return;
            }
            refused = step == null ? refused : step;
        }
        answer.accept(refused);
    }

    /** Tries a bearer token. @param answer called once, never with a challenge; maybe later, from any thread */
    public static void token(List<SaslMechanism> mechanisms, String token, Consumer<SaslStep> answer) {
        for (SaslMechanism mechanism : mechanisms) {
            if (mechanism instanceof OAuthBearerMechanism) {
                SaslExchange exchange = mechanism.begin();
                exchange.next(("n,,\u0001auth=Bearer " + token + "\u0001\u0001").getBytes(StandardCharsets.UTF_8), step -> answer.accept(
                        step instanceof SaslStep.Challenge ? new SaslStep.Refused("The token is not good: get a new one.", "its token is not good") : step));
                return;
            }
        }
        answer.accept(new SaslStep.Refused(NO_TOKENS, "its listener takes no tokens"));
    }

    /** Mechanisms with passwords answer at once. */
    private static SaslStep step(SaslExchange exchange, byte[] token) {
        SaslStep[] step = new SaslStep[1];
        exchange.next(token, told -> step[0] = told);
        return step[0];
    }

    private static SaslStep once(SaslMechanism mechanism, byte[] token) {
        return step(mechanism.begin(), token);
    }

    private static SaslStep scram(SaslMechanism mechanism, ScramHash hash, String user, String password, Entropy entropy) {
        SaslExchange exchange = mechanism.begin();
        String nonce = Base64.getUrlEncoder().withoutPadding().encodeToString(ScramMechanism.bytes(entropy, 24));
        String first = "n=" + user.replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce;
        if (!(step(exchange, utf8("n,," + first)) instanceof SaslStep.Challenge(byte[] challenge))) {
            return new SaslStep.Refused("Authentication failed: Invalid username or password", "its name cannot be one");
        }
        String serverFirst = new String(challenge, StandardCharsets.UTF_8);
        String[] parts = new String[3];
        int from = 0;
        for (int i = 0; i < parts.length; i++) {
            int end = i == parts.length - 1 ? serverFirst.length() : serverFirst.indexOf(',', from);
            parts[i] = serverFirst.substring(from + 2, end);
            from = end + 1;
        }
        byte[] salted = hash.salted(utf8(password), Base64.getDecoder().decode(parts[1]), Integer.parseInt(parts[2]));
        byte[] clientKey = hash.hmac(salted, utf8("Client Key"));
        String withoutProof = "c=biws,r=" + parts[0];
        byte[] signature = hash.hmac(hash.hash(clientKey), utf8(first + "," + serverFirst + "," + withoutProof));
        byte[] proof = new byte[clientKey.length];
        for (int i = 0; i < proof.length; i++) {
            proof[i] = (byte) (clientKey[i] ^ signature[i]);
        }
        return step(exchange, utf8(withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof)));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Who a step says it is, or null. */
    public static Principal principal(SaslStep step) {
        return step instanceof SaslStep.Authenticated proved ? proved.principal() : null;
    }
}
