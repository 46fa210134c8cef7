package io.partita.broker.http;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.net.ListenerSecurity;
import io.partita.broker.security.Principal;
import io.partita.broker.security.sasl.DirectLogin;
import io.partita.broker.security.sasl.SaslMechanism;
import io.partita.broker.security.sasl.SaslStep;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says who a request is from: nobody in particular where the listener that HTTP goes by asks nobody; else whoever its certificate, its password or token, or the cookie of a
 * session says. Passwords that were right are known again for a short time, by a digest, because SCRAM makes looking at one expensive. Who guesses them is slowed
 * down. Any thread that may wait.
 */
final class Gate {

    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

    static final String COOKIE = "partita_session";
    /** What is asked of pages beside the cookie, which browsers send by themselves. */
    static final String CONSOLE_HEADER = "partita-console";

    private static final long KNOWN_MILLIS = 30_000;
    private static final int KNOWN_MAX = 1_000;
    private static final long SESSION_IDLE_MILLIS = 30 * 60_000;
    private static final long SESSION_MILLIS = 12 * 60 * 60_000;
    private static final int SESSIONS_MAX = 1_000;
    private static final long FAILURES_MILLIS = 60_000;
    private static final int FAILURES_MAX = 10;
    private static final int ADDRESSES_MAX = 10_000;

    private final ListenerSecurity security;
    private final Clock clock;
    private final Entropy entropy;
    private final byte[] secret;
    private final Map<String, Known> known = bounded(KNOWN_MAX);
    private final Map<String, Session> sessions = bounded(SESSIONS_MAX);
    private final Map<InetAddress, Failures> failures = bounded(ADDRESSES_MAX);

    /**
     * Who a request is from, and for how long.
     *
     * @param untilMillis by the monotonic clock
     * @param holds whether there is such a user still
     */
    record Known(Principal principal, long untilMillis, BooleanSupplier holds) {

        boolean isGood(long nowMillis) {
            return nowMillis < untilMillis && holds.getAsBoolean();
        }
    }

    private record Failures(int count, long sinceMillis) {}

    private static final class Session {
        private final Known known;
        private long usedMillis;

        Session(Known known, long usedMillis) {
            this.known = known;
            this.usedMillis = usedMillis;
        }
    }

    Gate(ListenerSecurity security, Clock clock, Entropy entropy) {
        this.security = security;
        this.clock = clock;
        this.entropy = entropy;
        this.secret = ByteBuffer.allocate(16).putLong(entropy.nextLong()).putLong(entropy.nextLong()).array();
    }

    private static <K, V> Map<K, V> bounded(int max) {
        return new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > max;
            }
        };
    }

    private List<SaslMechanism> mechanisms() {
        return security.sasl() == null ? List.of() : security.sasl().mechanisms();
    }

    /** Whether users prove who they are by a password or token. */
    boolean asks() {
        return security.sasl() != null;
    }

    boolean takesPasswords() {
        return DirectLogin.takesPasswords(mechanisms());
    }

    boolean takesTokens() {
        return DirectLogin.takesTokens(mechanisms());
    }

    /** Who a request is from. @throws Problem when that has to be proved first */
    Known identify(HttpRequest request) {
        if (!asks()) {
            if (request.certified() == null && security.tls() != null && security.tls().requiresCertificates()) {
                throw Problem.of(403, "The listener that HTTP goes by knows its clients by certificates, and you came without one: name another listener by"
                        + " http.authentication.listener if there is to be another way.");
            }
            return request.certified() == null
                    ? new Known(Principal.ANONYMOUS, Long.MAX_VALUE, () -> true)
                    : new Known(Principal.user(request.certified()), Long.MAX_VALUE, security.tls().remains(request.certified()));
        }
        String authorization = request.header("authorization");
        if (authorization != null) {
            return byHeader(request, authorization);
        }
        Known known = bySession(request);
        if (known == null) {
            throw challenge(request, "Say who you are: log in, or send an Authorization header.");
        }
        return known;
    }

    private Problem challenge(HttpRequest request, String sentence) {
        // A browser that hears of Basic asks for a password by itself, before the page hears anything; the console's pages have a form of their own.
        String byScript = request.header("sec-fetch-dest");
        String scheme = byScript != null && !byScript.equals("document")
                ? "Session realm=\"Partita\""
                : takesPasswords()
                        ? "Basic realm=\"Partita\", charset=\"UTF-8\""
                        : "Bearer realm=\"Partita\"";
        return Problem.of(401, sentence).with("www-authenticate", scheme);
    }

    private Known bySession(HttpRequest request) {
        String token = cookie(request);
        if (token == null) {
            return null;
        }
        boolean changes = !request.method().equals("GET") && !request.method().equals("HEAD");
        if (changes && request.header(CONSOLE_HEADER) == null) {
            throw Problem.of(403, "A change with the cookie of a session needs the header Partita-Console, so that it comes from the console's own pages.");
        }
        synchronized (this) {
            Session session = sessions.get(digest(token));
            long now = clock.monotonicMillis();
            if (session == null || !session.known.isGood(now) || now - session.usedMillis >= SESSION_IDLE_MILLIS) {
                return null;
            }
            session.usedMillis = now;
            return session.known;
        }
    }

    private static String cookie(HttpRequest request) {
        String cookies = request.header("cookie");
        int from = 0;
        while (cookies != null && from < cookies.length()) {
            int end = cookies.indexOf(';', from);
            end = end < 0 ? cookies.length() : end;
            String one = cookies.substring(from, end).strip();
            if (one.startsWith(COOKIE + "=")) {
                return one.substring(COOKIE.length() + 1);
            }
            from = end + 1;
        }
        return null;
    }

    private Known byHeader(HttpRequest request, String authorization) {
        String digest = digest(authorization);
        synchronized (this) {
            Known before = known.get(digest);
            if (before != null && before.isGood(clock.monotonicMillis())) {
                return before;
            }
        }
        int space = authorization.indexOf(' ');
        String scheme = space < 0 ? authorization : authorization.substring(0, space);
        String rest = space < 0 ? "" : authorization.substring(space + 1).strip();
        SaslStep step;
        if (scheme.equalsIgnoreCase("basic")) {
            String[] both = basic(rest);
            step = password(request.address(), both[0], both[1]);
        } else if (scheme.equalsIgnoreCase("bearer")) {
            step = token(request.address(), rest);
        } else {
            throw challenge(request, "The Authorization header is Basic, or Bearer with a token.");
        }
        Known now = known(request, step, KNOWN_MILLIS);
        synchronized (this) {
            known.put(digest, now);
        }
        return now;
    }

    /** What was proved, for so long at most. @throws Problem when nothing was */
    private Known known(HttpRequest request, SaslStep step, long atMostMillis) {
        if (step instanceof SaslStep.Authenticated proved) {
            long left = proved.expiresAtMillis() == SaslStep.NEVER ? Long.MAX_VALUE : Math.max(0, proved.expiresAtMillis() - clock.wallMillis());
            return new Known(proved.principal(), clock.monotonicMillis() + Math.min(left, atMostMillis), proved.holds());
        }
        throw refused(request, step);
    }

    private Problem refused(HttpRequest request, SaslStep step) {
        return challenge(request,
                step instanceof SaslStep.Refused(String message, String reason) ? message.endsWith(".") ? message : message + "." : "That is not right.");
    }

    private static String[] basic(String encoded) {
        try {
            String both = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            int colon = both.indexOf(':');
            if (colon >= 0) {
                return new String[] {both.substring(0, colon), both.substring(colon + 1)};
            }
        } catch (IllegalArgumentException notBase64) {
            // Told below.
        }
        throw Problem.badRequest("The Authorization header has no name and password: Basic is followed by both, with a colon between them, in Base64.");
    }

    // ---- what is slow on purpose

    private SaslStep password(InetAddress address, String user, String password) {
        admit(address);
        SaslStep[] step = new SaslStep[1];
        DirectLogin.password(mechanisms(), user, password, entropy, told -> step[0] = told);
        return counted(address, step[0]);
    }

    private SaslStep token(InetAddress address, String token) {
        admit(address);
        CompletableFuture<SaslStep> step = new CompletableFuture<>();
        DirectLogin.token(mechanisms(), token, step::complete);
        return counted(address, step.join());
    }

    private synchronized void admit(InetAddress address) {
        Failures of = failures.get(address);
        long now = clock.monotonicMillis();
        if (of != null && of.count >= FAILURES_MAX && now - of.sinceMillis < FAILURES_MILLIS) {
            long seconds = (of.sinceMillis + FAILURES_MILLIS - now) / 1_000 + 1;
            throw Problem
                    .of(429, "There were " + FAILURES_MAX + " wrong passwords or tokens from your address within a minute: try again in " + seconds + " s.")
                    .with("retry-after", Long.toString(seconds));
        }
    }

    private SaslStep counted(InetAddress address, SaslStep step) {
        synchronized (this) {
            if (DirectLogin.principal(step) != null) {
                failures.remove(address);
                return step;
            }
            Failures before = failures.get(address);
            long now = clock.monotonicMillis();
            boolean goesOn = before != null && now - before.sinceMillis < FAILURES_MILLIS;
            failures.put(address, new Failures(goesOn ? before.count + 1 : 1, goesOn ? before.sinceMillis : now));
        }
        if (step instanceof SaslStep.Refused(String message, String reason)) {
            LOG.info("A login over HTTP from {} failed: {}", address.getHostAddress(), reason);
        }
        return step;
    }

    // ---- sessions

    /** Begins a session for whoever has this password. Returns its token. @throws Problem when it is wrong */
    String login(HttpRequest request, String user, String password) {
        return begin(request, password(request.address(), user, password));
    }

    /** Begins a session for whoever has this bearer token. Returns the session's. @throws Problem when it is not good */
    String login(HttpRequest request, String token) {
        return begin(request, token(request.address(), token));
    }

    private String begin(HttpRequest request, SaslStep step) {
        Known now = known(request, step, SESSION_MILLIS);
        byte[] random = ByteBuffer.allocate(32).putLong(entropy.nextLong()).putLong(entropy.nextLong()).putLong(entropy.nextLong()).putLong(entropy.nextLong())
                .array();
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        synchronized (this) {
            sessions.put(digest(token), new Session(now, clock.monotonicMillis()));
        }
        return token;
    }

    /** Ends the session of a request, if it has one. */
    void logout(HttpRequest request) {
        String token = cookie(request);
        if (token != null) {
            synchronized (this) {
                sessions.remove(digest(token));
            }
        }
    }

    private String digest(String secretText) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(secret);
            return Base64.getEncoder().encodeToString(sha.digest(secretText.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This JVM has no SHA-256", e);
        }
    }
}
