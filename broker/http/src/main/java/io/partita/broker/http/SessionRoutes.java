package io.partita.broker.http;

import io.partita.broker.security.Principal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Who one is, and the console's login. */
final class SessionRoutes {

    private final Gate gate;

    private SessionRoutes(Gate gate) {
        this.gate = gate;
    }

    static List<Route> all(Gate gate) {
        SessionRoutes routes = new SessionRoutes(gate);
        return List.of(Route.get("/api/v1/session", "getSession", "Who you are", routes::who).gives("principal", "string").gives("asks", "boolean"));
    }

    /** Those that nobody has to be logged in for. */
    static List<Route> open(Gate gate) {
        SessionRoutes routes = new SessionRoutes(gate);
        return List.of(
                Route.get("/api/v1/login", "getLogin", "How users say who they are", routes::ways).gives("asks", "boolean").gives("ways", "array"),
                Route.of("POST", "/api/v1/session", "login", "Begins a session by a password or a token; its cookie is what the console's pages go by",
                        routes::login)
                        .takes(new JsonObject().put("user", "alice").put("password", "secret")).gives("ways", "array"),
                Route.of("DELETE", "/api/v1/session", "logout", "Ends the session", routes::logout).answers(204, "It has ended"));
    }

    private HttpAnswer who(Exchange exchange) {
        Principal principal = exchange.kafka().caller().principal();
        return HttpAnswer.ok(new JsonObject().put("principal", principal.toString()).put("asks", gate.asks()));
    }

    private HttpAnswer ways(Exchange exchange) {
        JsonArray ways = new JsonArray();
        if (gate.takesPasswords()) {
            ways.add("password");
        }
        if (gate.takesTokens()) {
            ways.add("token");
        }
        return HttpAnswer.ok(new JsonObject().put("asks", gate.asks()).put("ways", ways));
    }

    private HttpAnswer login(Exchange exchange) {
        JsonObject body = exchange.body("user", "password", "token");
        if (!gate.asks()) {
            throw Problem.badRequest("Nobody is asked who he is here, so there is nothing to log in to.");
        }
        String token = Body.optional(body, "token");
        String session = token != null
                ? gate.login(exchange.request(), token)
                : gate.login(exchange.request(), Body.string(body, "user"), Body.string(body, "password"));
        String cookie = Gate.COOKIE + "=" + session + "; Path=/; HttpOnly; SameSite=Strict" + (exchange.request().secure() ? "; Secure" : "");
        return ((HttpAnswer.Whole) ways(exchange)).with("set-cookie", cookie);
    }

    private HttpAnswer logout(Exchange exchange) {
        gate.logout(exchange.request());
        return HttpAnswer.nothing().with("set-cookie", Gate.COOKIE + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    }
}
