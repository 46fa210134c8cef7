package io.partita.broker.http;

import io.partita.broker.Broker;
import io.partita.broker.InProcessClients.NoAnswerException;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.InvalidConfigException;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Descriptors;
import io.partita.broker.env.Entropy;
import io.partita.broker.net.Caller;
import io.partita.broker.net.ListenerSecurity;
import io.partita.broker.protocol.ErrorCode;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers HTTP requests: those of the REST interface below {@code /api/v1}, and the console's files. Made once for a broker; {@link #serve} is called on threads that may
 * wait, each for one request.
 */
public final class HttpService {

    private static final Logger LOG = LoggerFactory.getLogger(HttpService.class);

    /** Requests that are served at once; streams do not count. One more waits, and is told to come again when that takes too long. */
    private static final int AT_ONCE_MAX = 64;
    /** So long others wait for their turn, in the order in which they came: more connections than that may produce, each one record after the other. */
    private static final long TURN_MILLIS = 5_000;
    /**
     * Streams that are open at once, where the process may have descriptors enough: half of those that are for connections at most. What each has read and not sent yet is some 16 KB, and
     * a batch that is larger ({@link TopicReader#inSmallRounds}).
     */
    static final int STREAMS_MAX = Math.min(1_000, Descriptors.connectionsMax() / 2);
    /** Of WebSockets, as IANA's registry has it. */
    private static final int TRY_AGAIN_LATER = 1013;
    private static final int PACKED_FROM_BYTES = 1_024;
    private static final long PATIENCE_MILLIS = 5_000;
    private static final long AGAIN_MILLIS = 50;
    private static final String CLIENT_ID = "http";
    private static final String API = "/api/v1";

    private final Broker broker;
    private final String listener;
    private final ListenerSecurity security;
    private final Gate gate;
    private final List<String> corsOrigins;
    private final List<Route> routes = new ArrayList<>();
    private final List<Route> openRoutes = new ArrayList<>();
    private final ConsoleFiles files = new ConsoleFiles();
    private final Bounds bounds = new Bounds();
    private final Semaphore atOnce = new Semaphore(AT_ONCE_MAX, true);
    private final Semaphore streams = new Semaphore(STREAMS_MAX);

    private HttpService(Broker broker, String listener, ListenerSecurity security, Clock clock, Entropy entropy) {
        this.broker = broker;
        this.listener = listener;
        this.security = security;
        this.gate = new Gate(security, clock, entropy);
        this.corsOrigins = broker.config().listValue("http.cors.origins");
        openRoutes.addAll(SessionRoutes.open(gate));
        openRoutes.add(Route.get(API + "/openapi.json", "getOpenApi", "This description", exchange -> HttpAnswer.ok(openApi())));
        routes.addAll(SessionRoutes.all(gate));
        routes.addAll(ClusterRoutes.all(broker));
        routes.addAll(TopicRoutes.all());
        RecordViews views = RecordViews.of(broker.config());
        routes.addAll(RecordRoutes.all(bounds, new IdempotencyKeys(clock), views));
        routes.addAll(SocketRoutes.all(bounds, views));
        routes.addAll(CopyRoutes.all(bounds, views));
        routes.addAll(GroupRoutes.all());
        routes.addAll(LeaseRoutes.all());
        routes.addAll(LeaderRoutes.all());
        routes.addAll(TransactionRoutes.all());
        routes.addAll(AccessRoutes.all());
        routes.addAll(ClientRoutes.all());
        routes.addAll(UserRoutes.all(broker.clients().authorizer(), entropy));
    }

    /**
     * Whether a broker's settings ask for HTTP at all.
     */
    public static boolean isWanted(BrokerConfig config) {
        return config.booleanValue("http.enable");
    }

    /** @throws InvalidConfigException when the settings name a listener that is not there */
    public static HttpService of(Broker broker) {
        String named = broker.config().value("http.authentication.listener");
        String listener = named == null ? broker.config().listeners().getFirst().name() : named;
        ListenerSecurity security = broker.security(listener);
        if (security == null) {
            throw new InvalidConfigException("http.authentication.listener names " + listener + ", which is none of listeners.");
        }
        return new HttpService(broker, listener, security, Clock.SYSTEM, Entropy.system());
    }

    /** What HTTP asks of its clients, and by which keys it encrypts where it listens itself. */
    ListenerSecurity security() {
        return security;
    }

    /** Waits until no stream is open, and nothing of one is in memory: for tests. */
    void awaitNoStream() throws InterruptedException {
        streams.acquire(STREAMS_MAX);
        streams.release(STREAMS_MAX);
        bounds.awaitNoPiece();
    }

    /** What all of HTTP may hold in memory. */
    public Bounds bounds() {
        return bounds;
    }

    Broker broker() {
        return broker;
    }

    JsonObject openApi() {
        List<Route> all = new ArrayList<>(openRoutes);
        all.addAll(routes);
        return OpenApi.of(all, Broker.version());
    }

    List<Route> routes() {
        List<Route> all = new ArrayList<>(openRoutes);
        all.addAll(routes);
        return all;
    }

    /** The answer to a request that cannot be read, or that comes when there is no broker to serve it: a problem as {@link #serve} would give it. */
    public static HttpAnswer refusal(int status, String sentence) {
        return Problem.of(status, sentence).answer();
    }

    /** Answers a request, whatever it is. Waits. */
    public HttpAnswer serve(HttpRequest request) {
        HttpAnswer answer;
        boolean entered = false;
        try {
            entered = atOnce.tryAcquire(TURN_MILLIS, TimeUnit.MILLISECONDS);
            answer = entered
                    ? answer(request)
                    : Problem.of(503, AT_ONCE_MAX + " requests are being served over HTTP, and others wait: try again in a moment.").answer();
        } catch (Problem problem) {
            answer = problem.answer();
        } catch (CompletionException | NoAnswerException e) {
            answer = failed(request, e.getCause() == null ? e : e.getCause());
        } catch (Exception | StackOverflowError e) {
            answer = failed(request, e);
        } finally {
            if (entered) {
                atOnce.release();
            }
        }
        return finished(request, answer);
    }

    private static HttpAnswer failed(HttpRequest request, Throwable cause) {
        if (cause instanceof NoAnswerException) {
            return Problem.of(503, cause.getMessage() + " Try again when it is back.").answer();
        }
        if (cause instanceof Problem problem) {
            return problem.answer();
        }
        LOG.error("{} {} could not be answered. This is a defect of the broker; please report it.", request.method(), request.path(), cause);
        return Problem.of(500, "This is a defect of the broker, and its log says more: please report it.").answer();
    }

    private HttpAnswer answer(HttpRequest request) throws Exception {
        if (!request.path().startsWith("/api/") && !request.path().equals("/api")) {
            HttpAnswer file = request.method().equals("GET") || request.method().equals("HEAD") ? files.find(request) : null;
            if (file == null) {
                throw Problem.notFound("There is nothing at " + request.path() + ": the console is at /, the REST interface at " + API + ".");
            }
            return file;
        }
        if (request.method().equals("OPTIONS")) {
            return new HttpAnswer.Whole(204, Map.of("allow", "GET, POST, PATCH, DELETE"), new byte[0]);
        }
        sameOrigin(request);
        List<String> segments = new ArrayList<>();
        for (String segment : request.path().substring(1).split("/")) {
            segments.add(HttpRequest.decoded(segment.replace("+", "%2B")));
        }
        Exchange open = find(openRoutes, request, segments, null);
        if (open != null) {
            return open.operation.serve(open.exchange);
        }
        Gate.Known from = gate.identify(request);
        Caller caller = new Caller(from.principal(), request.address(), listener, CLIENT_ID);
        Exchange found = find(routes, request, segments, new Kafka(broker.clients(), caller, broker.nodeId(), broker::image, from.holds()));
        if (found != null) {
            return patiently(found);
        }
        for (Route route : routes()) {
            if (route.match(segments) != null) {
                throw Problem.of(405, "There is no " + request.method() + " of " + request.path() + ": " + API + "/openapi.json says what there is.");
            }
        }
        throw Problem.notFound("There is nothing at " + request.path() + ": " + API + "/openapi.json says what there is.");
    }

    /** What a coordinator does not do because it is just being found or loaded is asked for again, as Kafka's clients do it: nothing was done then. */
    private static HttpAnswer patiently(Exchange asked) throws Exception {
        long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (true) {
            try {
                return asked.operation.serve(asked.exchange);
            } catch (Problem problem) {
                boolean passes = problem.error() == ErrorCode.COORDINATOR_NOT_AVAILABLE || problem.error() == ErrorCode.NOT_COORDINATOR
                        || problem.error() == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
                if (!passes || System.nanoTime() >= deadline) {
                    throw problem;
                }
                Thread.sleep(AGAIN_MILLIS);
            }
        }
    }

    private record Exchange(Route.Operation operation, io.partita.broker.http.Exchange exchange) {}

    private static Exchange find(List<Route> routes, HttpRequest request, List<String> segments, Kafka kafka) {
        String method = request.method().equals("HEAD") ? "GET" : request.method();
        for (Route route : routes) {
            Map<String, String> path = route.method().equals(method) ? route.match(segments) : null;
            if (path != null) {
                knownParameters(route, request);
                return new Exchange(route.operation(), new io.partita.broker.http.Exchange(request, path, kafka));
            }
        }
        return null;
    }

    /** Refuses parameters that nobody would look at: whoever mistypes one would take what he asked for to be done. */
    private static void knownParameters(Route route, HttpRequest request) {
        List<String> known = route.parameters().stream().map(Route.Parameter::name).toList();
        for (String name : request.query().keySet()) {
            if (!known.contains(name)) {
                throw Problem.badRequest("There is no parameter '" + name + "' of " + request.method() + " " + route.template()
                        + (known.isEmpty() ? ", which takes none." : ": there are " + String.join(", ", known) + "."));
            }
        }
    }

    /** A page of somebody else must not do in a user's browser what the user may: neither change something, nor follow it. */
    private void sameOrigin(HttpRequest request) {
        String origin = request.header("origin");
        String site = request.header("sec-fetch-site");
        boolean foreign = site != null ? !site.equals("same-origin") && !site.equals("none") : origin != null && !isOwn(origin, request.header("host"));
        if (foreign && !(origin != null && corsOrigins.contains(origin))) {
            throw Problem.of(403, "A page from elsewhere may not use this interface: name its origin in http.cors.origins if it is to.");
        }
    }

    private static boolean isOwn(String origin, String host) {
        int scheme = origin.indexOf("://");
        return scheme > 0 && origin.substring(scheme + 3).equals(host);
    }

    // ---- what all answers have

    private HttpAnswer finished(HttpRequest request, HttpAnswer answer) {
        Map<String, String> headers = new LinkedHashMap<>(answer.headers());
        headers.put("x-content-type-options", "nosniff");
        headers.put("referrer-policy", "no-referrer");
        headers.putIfAbsent("cache-control", "no-store");
        headers.putIfAbsent("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
        String origin = request.header("origin");
        if (origin != null && corsOrigins.contains(origin)) {
            headers.put("access-control-allow-origin", origin);
            headers.put("vary", "origin");
            if (request.method().equals("OPTIONS")) {
                headers.put("access-control-allow-methods", "GET, POST, PATCH, DELETE");
                headers.put("access-control-allow-headers", "authorization, content-type, if-match, idempotency-key");
                headers.put("access-control-max-age", "600");
            }
        }
        if (answer instanceof HttpAnswer.Socket socket) {
            return new HttpAnswer.Socket(headers, bounded(socket.talk()));
        }
        if (answer instanceof HttpAnswer.Stream stream) {
            return new HttpAnswer.Stream(stream.status(), headers, bounded(stream.source()));
        }
        byte[] body = ((HttpAnswer.Whole) answer).body();
        boolean isJson = headers.getOrDefault("content-type", "").contains("json");
        if (answer.status() == 200 && isJson && request.method().equals("GET")) {
            headers.putIfAbsent("etag", "W/\"" + HexFormat.of().formatHex(ConsoleFiles.digest(body), 0, 8) + "\"");
            if (headers.get("etag").equals(request.header("if-none-match"))) {
                headers.remove("content-type");
                return new HttpAnswer.Whole(304, headers, new byte[0]);
            }
        }
        if (isJson && body.length >= PACKED_FROM_BYTES && ConsoleFiles.packs(request)) {
            headers.put("content-encoding", "gzip");
            headers.merge("vary", "accept-encoding", (before, more) -> before + ", " + more);
            body = ConsoleFiles.packed(body);
        }
        return new HttpAnswer.Whole(answer.status(), headers, body);
    }

    private HttpAnswer.Talk bounded(HttpAnswer.Talk talk) {
        return line -> {
            if (!streams.tryAcquire()) {
                line.end(TRY_AGAIN_LATER, "More than " + STREAMS_MAX + " streams are open: close some.");
                return;
            }
            try {
                talk.run(line);
            } finally {
                streams.release();
            }
        };
    }

    private HttpAnswer.Source bounded(HttpAnswer.Source source) {
        return sink -> {
            if (!streams.tryAcquire()) {
                sink.write(("event: problem\ndata: " + Problem.of(503, "More than " + STREAMS_MAX + " streams are open: close some.").json().encode() + "\n\n")
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8));
                return;
            }
            try {
                source.run(sink);
            } finally {
                streams.release();
            }
        };
    }
}
