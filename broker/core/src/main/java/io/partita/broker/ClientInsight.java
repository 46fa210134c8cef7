package io.partita.broker;

import io.partita.broker.net.ConnectionInfo;
import io.partita.broker.protocol.RetiredVersions;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.quota.Quotas;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What this broker knows of its clients at a moment, for people who look: there is nothing of it in Kafka's protocol. Any thread. */
final class ClientInsight {

    /** Connections that one answer looks at, of each listener. */
    private static final int CONNECTIONS_MAX = 2_000;
    private static final int USAGES_MAX = 500;
    private static final long LOOK_SECONDS = 10;

    private final Listeners listeners;
    private final Quotas quotas;

    ClientInsight(Listeners listeners, Quotas quotas) {
        this.listeners = listeners;
        this.quotas = quotas;
    }

    CompletableFuture<JsonObject> look() {
        JsonObject told = new JsonObject().put("usage", usage()).put("connected", listeners.connectionCount());
        return listeners.look(CONNECTIONS_MAX).orTimeout(LOOK_SECONDS, TimeUnit.SECONDS).thenApply(all -> told.put("connections", connections(all)));
    }

    private static JsonArray connections(List<ConnectionInfo> all) {
        JsonArray connections = new JsonArray();
        for (ConnectionInfo one : all) {
            JsonArray retired = new JsonArray();
            one.retired().forEach((key, version) -> retired.add(new JsonObject().put("api", key.title()).put("version", version.intValue())
                    .put("current", (int) RetiredVersions.lowestCurrent(key))));
            connections.add(new JsonObject().put("listener", one.listener()).put("remote", one.remote()).put("principal", one.principal())
                    .put("client", one.clientId()).put("software", one.software()).put("softwareVersion", one.softwareVersion())
                    .put("ageMillis", one.ageMillis()).put("idleMillis", one.idleMillis()).put("throttledMillis", one.mutedMillis())
                    .put("inFlight", one.inFlight()).put("deprecated", retired));
        }
        return connections;
    }

    private JsonArray usage() {
        JsonArray usage = new JsonArray();
        for (Quotas.Usage one : quotas.usage(USAGES_MAX)) {
            usage.add(new JsonObject().put("entity", entity(one.scope())).put("quota", one.key().title())
                    .put("perSecond", Double.isNaN(one.perSecond()) ? null : one.perSecond()).put("bound", one.bound()).put("waitMillis", one.waitMillis()));
        }
        return usage;
    }

    /** Under the names that the protocol has for them. */
    private static JsonObject entity(QuotaEntity scope) {
        JsonObject entity = new JsonObject();
        put(entity, "user", scope.user());
        put(entity, "client-id", scope.clientId());
        put(entity, "ip", scope.ip());
        return entity;
    }

    private static void put(JsonObject entity, String kind, QuotaEntity.Name name) {
        if (name != null) {
            entity.put(kind, name.value());
        }
    }
}
