package io.partita.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.partita.broker.Invariant;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.DecoderLimits;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.SaslAuthenticateRequest;
import io.partita.broker.protocol.message.SaslAuthenticateResponse;
import io.partita.broker.protocol.message.SaslHandshakeRequest;
import io.partita.broker.protocol.message.SaslHandshakeResponse;
import io.partita.broker.security.Principal;
import io.partita.broker.security.sasl.SaslExchange;
import io.partita.broker.security.sasl.SaslMechanism;
import io.partita.broker.security.sasl.SaslStep;

/**
 * A session whose client proves who it is by SASL: with SaslHandshake it chooses a mechanism, then tokens go to and fro, in SaslAuthenticate requests
 * (KIP-152) or bare, as clients before Kafka 1.0 send them. Before that is done nothing is decoded but ApiVersions and these two; afterwards a client
 * does it again before what it proved this by ends (KIP-368), or is closed when it goes on without.
 *
 * <pre>
 *   EXPECTING --handshake--> EXCHANGING --token--> EVALUATING --challenge--> EXCHANGING
 *                                                     |  \--proved--> OPEN --handshake--> EXCHANGING (again)
 *                                                     \--refused--> FAILED: told, and closed
 * </pre>
 *
 * <p>Lives on its connection's event loop. A token may be looked at elsewhere; nothing more is read meanwhile.
 */
final class SaslSession implements Session {

    private enum State {
        EXPECTING,
        EXCHANGING,
        EVALUATING,
        OPEN,
        FAILED
    }

    /** A client that does it anew more often than this is told that it is too soon, as Kafka does. */
    private static final long REAUTHENTICATION_MILLIS_MIN = 1_000;

    private final Connection connection;
    private final SaslSettings settings;
    private final RequestLimits requests;
    private final RequestLimits tokens;
    private final RequestLimits served;

    private State state = State.EXPECTING;
    private SaslExchange exchange;
    /** Whether tokens come bare. */
    private boolean bare;
    private String mechanism;
    /** Chosen for doing it anew. */
    private String nextMechanism;
    /** Who it has proved to be, or null. */
    private Principal principal;
    /** By the clock that never goes back. */
    private long expiresAtMillis = SaslStep.NEVER;
    private long provedAtMillis;

    SaslSession(Connection connection, SaslSettings settings, RequestLimits served) {
        this.connection = connection;
        this.settings = settings;
        this.served = served;
        int bytes = Math.min(settings.maxReceiveBytes(), served.maxRequestBytes());
        this.requests = new RequestLimits(bytes, DecoderLimits.UNAUTHENTICATED);
        this.tokens = new RequestLimits(0, bytes, DecoderLimits.UNAUTHENTICATED);
    }

    // ---- the gate

    @Override
    public RequestLimits limits() {
        return state == State.OPEN ? served : takesTokens() ? tokens : requests;
    }

    @Override
    public boolean isOpen() {
        return principal != null;
    }

    @Override
    public boolean takesRequests() {
        return state != State.EVALUATING && state != State.FAILED;
    }

    @Override
    public String refusal(ApiKey key) {
        if (state == State.OPEN) {
            return isExpired() && !isSasl(key)
                    ? "its authentication has ended and it goes on without doing it anew (connections.max.reauth.ms, or the end of its token)"
                    : null;
        }
        if (isSasl(key) || key == ApiKey.API_VERSIONS && state == State.EXPECTING) {
            return null;
        }
        return "it sent " + key + " before it had authenticated: this listener asks for SASL ("
                + String.join(", ", settings.names()) + "), so the client needs security.protocol=SASL_PLAINTEXT or SASL_SSL";
    }

    private static boolean isSasl(ApiKey key) {
        return key == ApiKey.SASL_HANDSHAKE || key == ApiKey.SASL_AUTHENTICATE;
    }

    private boolean isExpired() {
        return expiresAtMillis != SaslStep.NEVER && connection.nowMillis() >= expiresAtMillis;
    }

    @Override
    public void serve(InFlightRequest request, Message body) {
        switch (body) {
            case SaslHandshakeRequest handshake -> handshake(request, handshake);
            case SaslAuthenticateRequest authenticate -> authenticate(request, authenticate);
            default -> request.handle(body);
        }
    }

    // ---- the choice of a mechanism

    private void handshake(InFlightRequest request, SaslHandshakeRequest asked) {
        SaslHandshakeResponse response = new SaslHandshakeResponse();
        response.mechanisms = settings.names();
        boolean tooSoon = state == State.OPEN && connection.nowMillis() - provedAtMillis < REAUTHENTICATION_MILLIS_MIN;
        if (state == State.EXCHANGING || tooSoon) {
            response.errorCode = ErrorCode.ILLEGAL_SASL_STATE.code();
            request.respond(response);
            return;
        }
        SaslMechanism chosen = settings.find(asked.mechanism);
        if (chosen == null) {
            response.errorCode = ErrorCode.UNSUPPORTED_SASL_MECHANISM.code();
            fail("it asked for a SASL mechanism that the listener does not have; it has " + String.join(", ", settings.names())
                    + " (sasl.enabled.mechanisms)", () -> request.respond(response));
            return;
        }
        nextMechanism = chosen.name();
        exchange = chosen.begin();
        bare = request.version() == 0;
        state = State.EXCHANGING;
        request.respond(response);
    }

    // ---- tokens

    private void authenticate(InFlightRequest request, SaslAuthenticateRequest token) {
        if (state != State.EXCHANGING) {
            SaslAuthenticateResponse response = new SaslAuthenticateResponse();
            response.errorCode = ErrorCode.ILLEGAL_SASL_STATE.code();
            response.errorMessage = "SaslAuthenticate request received without a SaslHandshake before it: that is to name the mechanism.";
            if (state == State.OPEN) {
                request.respond(response);
            } else {
                fail("it sent SaslAuthenticate before SaslHandshake", () -> request.respond(response));
            }
            return;
        }
        evaluate(token.authBytes, request);
    }

    @Override
    public boolean takesTokens() {
        return bare && state == State.EXCHANGING;
    }

    @Override
    public void token(ByteBuf token) {
        evaluate(ByteBufUtil.getBytes(token), null);
    }

    /** @param request that the token came in, or null where it came bare */
    private void evaluate(byte[] token, InFlightRequest request) {
        state = State.EVALUATING;
        if (principal != null && !nextMechanism.equals(mechanism)) {
            // As Kafka does it: not before the first token, so that clients see why.
            refused(request, "SASL mechanism '" + mechanism + "' cannot be changed to '" + nextMechanism + "' in reauthentication",
                    "it changed its mechanism when it authenticated anew");
            return;
        }
        exchange.next(token, step -> connection.loop().run(() -> stepped(request, step)));
    }

    private void stepped(InFlightRequest request, SaslStep step) {
        Invariant.check(state == State.EVALUATING, "a token was answered twice");
        if (connection.isClosed()) {
            return;
        }
        switch (step) {
            case SaslStep.Challenge challenge -> {
                state = State.EXCHANGING;
                answer(request, challenge.token(), 0);
            }
            case SaslStep.Authenticated proved -> proved(request, proved);
            case SaslStep.Refused refused -> refused(request, refused.message(), refused.reason());
        }
    }

    private void proved(InFlightRequest request, SaslStep.Authenticated proved) {
        if (principal != null && !proved.principal().equals(principal)) {
            refused(request, "Cannot change principals during re-authentication from " + principal + ": " + proved.principal(),
                    "it was " + principal + " and authenticated anew as " + proved.principal());
            return;
        }
        long lifetimeMillis = lifetimeMillis(proved);
        if (lifetimeMillis <= 0) {
            refused(request, "The token has expired: get a new one.", "its token has expired");
            return;
        }
        if (!proved.holds().getAsBoolean()) {
            refused(request, "Authentication failed: the user was deleted meanwhile", "its user was deleted meanwhile");
            return;
        }
        boolean first = principal == null;
        mechanism = nextMechanism;
        provedAtMillis = connection.nowMillis();
        expiresAtMillis = lifetimeMillis == SaslStep.NEVER ? SaslStep.NEVER : provedAtMillis + lifetimeMillis;
        exchange = null;
        state = State.OPEN;
        if (first) {
            principal = proved.principal();
            connection.opened();
        }
        connection.peer().authenticated(principal, proved.holds());
        answer(request, proved.token(), lifetimeMillis == SaslStep.NEVER ? 0 : lifetimeMillis);
    }

    /** The lesser of what the proof and what the setting allow. */
    private long lifetimeMillis(SaslStep.Authenticated proved) {
        long allowed = settings.maxReauthMillis().getOrDefault(nextMechanism, 0L);
        long ofProof = proved.expiresAtMillis() == SaslStep.NEVER ? SaslStep.NEVER : proved.expiresAtMillis() - connection.wallMillis();
        return allowed <= 0 ? ofProof : Math.min(allowed, ofProof);
    }

    private void answer(InFlightRequest request, byte[] token, long lifetimeMillis) {
        if (request == null) {
            connection.sendBare(token);
            return;
        }
        SaslAuthenticateResponse response = new SaslAuthenticateResponse();
        response.authBytes = token;
        response.sessionLifetimeMs = lifetimeMillis;
        request.respond(response);
    }

    private void refused(InFlightRequest request, String message, String reason) {
        SaslAuthenticateResponse response = new SaslAuthenticateResponse();
        response.errorCode = ErrorCode.SASL_AUTHENTICATION_FAILED.code();
        response.errorMessage = message;
        fail("its authentication by " + nextMechanism + " failed: " + reason, () -> {
            if (request != null) {
                request.respond(response);
            }
        });
    }

    /** Sends the client away, a little later: so that who guesses passwords takes long. */
    private void fail(String reason, Runnable lastAnswer) {
        state = State.FAILED;
        exchange = null;
        connection.updateReading();
        connection.loop().schedule(settings.failureDelayMillis(), () -> {
            if (!connection.isClosed()) {
                lastAnswer.run();
                connection.refuseWhenSent(reason);
            }
        });
    }
}
