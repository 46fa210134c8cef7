package io.partita.broker.http;

import io.partita.broker.http.RecordRoutes.Follower;
import java.util.List;
import java.util.Map;

/** Records by WebSocket: who follows a topic says how many he takes, and may write to it beside. */
final class SocketRoutes {

    private SocketRoutes() {}

    static List<Route> all(Bounds bounds, RecordViews views) {
        return List.of(Route.get("/api/v1/topics/{topic}/socket", "socket",
                "Records as they come, as many as are asked for, and records to write, as JSON by WebSocket", exchange -> socket(exchange, bounds, views))
                .query("credit", "integer", "How many records are sent before more are asked for by {\"more\": N} (0)")
                .query("from", "string", "latest (the default), earliest, a time, or how long ago as PT10M")
                .query("position", "string", "Where to go on, as the last position that was sent says").query("partition", "integer", "Only of this partition")
                .query("contains", "string", "Only those with this text in key, value or a header").query("filter", "string", Wanted.FILTER)
                .query("valueBytes", "integer", "How much of each value is given (65536)").query("format", "string", RecordViews.FORMAT)
                .query("isolation", "string", "committed (the default), or uncommitted")
                .query("acks", "string", "Of what is written: all (the default), or 1").answers(101, "The WebSocket"));
    }

    private static HttpAnswer socket(Exchange exchange, Bounds bounds, RecordViews views) {
        HttpRequest request = exchange.request();
        String upgrade = request.header("upgrade");
        if (!request.method().equals("GET") || upgrade == null || !upgrade.equalsIgnoreCase("websocket")) {
            throw Problem.of(426, "This is a WebSocket (RFC 6455): connect to it by ws:// or wss://, as new WebSocket(…) of a browser does.")
                    .with("upgrade", "websocket")
                    .with("connection", "upgrade");
        }
        int credit = (int) request.number("credit", 0, 0, RecordSocket.CREDIT_MAX);
        short acks = RecordRoutes.acks(request);
        Follower follower = RecordRoutes.follower(exchange, views, request.parameter("position"));
        return new HttpAnswer.Socket(Map.of(), line -> new RecordSocket(exchange.kafka(), exchange.path("topic"), follower, acks, credit, bounds, line).run());
    }
}
