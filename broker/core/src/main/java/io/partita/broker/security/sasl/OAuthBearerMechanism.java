package io.partita.broker.security.sasl;

import io.partita.broker.security.Printable;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * OAUTHBEARER (RFC 7628): one message with a token. A token that is no good is answered with an error that the client acknowledges, and only then refused: so that the
 * client learns why.
 */
public final class OAuthBearerMechanism implements SaslMechanism {

    public static final String NAME = "OAUTHBEARER";

    /** Separates what a message says. */
    private static final char SEPARATOR = 1;
    private static final String BEARER = "bearer ";
    private static final byte[] INVALID_TOKEN = "{\"status\":\"invalid_token\"}".getBytes(StandardCharsets.US_ASCII);

    private final TokenCheck tokens;

    public OAuthBearerMechanism(TokenCheck tokens) {
        this.tokens = tokens;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SaslExchange begin() {
        return new Exchange();
    }

    private static SaslStep.Refused malformed(String what) {
        return new SaslStep.Refused("Invalid OAUTHBEARER client first message: " + what, "its OAUTHBEARER message is none: " + what);
    }

    private final class Exchange implements SaslExchange {

        /** Kept until the client has acknowledged that its token is no good. */
        private SaslStep.Refused refusal;

        @Override
        public void next(byte[] token, Consumer<SaslStep> answer) {
            if (refusal != null) {
                answer.accept(refusal);
                return;
            }
            String message = new String(token, StandardCharsets.UTF_8);
            int flagEnd = message.indexOf(',');
            int headerEnd = flagEnd < 0 ? -1 : message.indexOf(',', flagEnd + 1);
            if (headerEnd < 0 || !message.startsWith("n,") && !message.startsWith("y,")) {
                answer.accept(malformed("it has no GS2 header"));
                return;
            }
            String authorizationId = message.substring(flagEnd + 1, headerEnd);
            if (!authorizationId.isEmpty() && !authorizationId.startsWith("a=")) {
                answer.accept(malformed("its GS2 header is unknown"));
                return;
            }
            String bearer = value(message, headerEnd + 1, "auth");
            if (bearer == null || bearer.length() <= BEARER.length() || !bearer.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
                answer.accept(malformed("it has no bearer token"));
                return;
            }
            String actsAs = authorizationId.isEmpty() ? null : authorizationId.substring(2);
            tokens.check(bearer.substring(BEARER.length()).trim(), step -> answer.accept(answered(step, actsAs)));
        }

        private SaslStep answered(SaslStep step, String actsAs) {
            if (step instanceof SaslStep.Refused refused) {
                refusal = refused;
                return new SaslStep.Challenge(INVALID_TOKEN);
            }
            if (step instanceof SaslStep.Authenticated proved && actsAs != null && !actsAs.equals(proved.principal().name())) {
                return new SaslStep.Refused("Authentication failed: Client requested an authorization id that is different from the token's principal name",
                        proved.principal().name() + " asked to act as " + Printable.of(actsAs));
            }
            return step;
        }
    }

    /** The value of a key in what stands between separators, or {@code null}. */
    private static String value(String message, int from, String key) {
        int at = message.indexOf(SEPARATOR + key + '=', Math.max(0, from - 1));
        if (at < 0) {
            return null;
        }
        int start = at + key.length() + 2;
        int end = message.indexOf(SEPARATOR, start);
        return end < 0 ? null : message.substring(start, end);
    }
}
