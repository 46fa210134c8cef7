package io.partita.broker.security.sasl;

import io.partita.broker.security.Principal;
import io.partita.broker.security.Printable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.function.Consumer;

/**
 * PLAIN (RFC 4616): one token with name and password, readable by whoever sees the bytes. Messages to clients are Kafka's, by which their users look
 * for help.
 */
public final class PlainMechanism implements SaslMechanism {

    public static final String NAME = "PLAIN";

    private static final String INVALID = "Authentication failed: Invalid username or password";

    private final PasswordSource passwords;

    public PlainMechanism(PasswordSource passwords) {
        this.passwords = passwords;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SaslExchange begin() {
        return this::next;
    }

    private void next(byte[] token, Consumer<SaslStep> answer) {
        answer.accept(look(token));
    }

    private SaslStep look(byte[] token) {
        int first = zero(token, 0);
        int second = first < 0 ? -1 : zero(token, first + 1);
        if (second < 0 || zero(token, second + 1) >= 0) {
            return refused("Invalid SASL/PLAIN response: expected 3 tokens", "its PLAIN token has not the three parts of RFC 4616");
        }
        String authorizationId = text(token, 0, first);
        String user = text(token, first + 1, second);
        if (user.isEmpty()) {
            return refused("Authentication failed: username not specified", "its PLAIN token has no user name");
        }
        if (second + 1 == token.length) {
            return refused("Authentication failed: password not specified", "its PLAIN token has no password");
        }
        String expected = passwords.find(user);
        byte[] given = java.util.Arrays.copyOfRange(token, second + 1, token.length);
        // Compared with something in any case, so that how long it takes does not tell who there is.
        boolean same = MessageDigest.isEqual(given, (expected == null ? "" : expected).getBytes(StandardCharsets.UTF_8));
        java.util.Arrays.fill(given, (byte) 0);
        if (expected == null || !same) {
            return refused(INVALID, expected == null ? "there is no user " + Printable.of(user) + " for PLAIN" : "the password of " + user + " is wrong");
        }
        if (!authorizationId.isEmpty() && !authorizationId.equals(user)) {
            return refused("Authentication failed: Client requested an authorization id that is different from username",
                    user + " asked to act as " + Printable.of(authorizationId));
        }
        return new SaslStep.Authenticated(Principal.user(user), SaslStep.NO_TOKEN, SaslStep.NEVER, () -> passwords.find(user) != null);
    }

    private static SaslStep refused(String message, String reason) {
        return new SaslStep.Refused(message, reason);
    }

    private static int zero(byte[] token, int from) {
        for (int i = from; i < token.length; i++) {
            if (token[i] == 0) {
                return i;
            }
        }
        return -1;
    }

    private static String text(byte[] token, int from, int to) {
        return new String(token, from, to - from, StandardCharsets.UTF_8);
    }
}
