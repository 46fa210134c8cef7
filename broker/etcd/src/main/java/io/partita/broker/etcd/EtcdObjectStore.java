package io.partita.broker.etcd;

import io.partita.broker.cluster.ObjectStore;
import io.partita.broker.security.tls.TlsKeySettings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The objects of a cluster as keys of etcd: a version is the revision of a key's last change, a write is a transaction of one comparison and one put, a registration a key with a lease.
 * Speaks to etcd's JSON gateway (3.4 and later), which every member serves on the port for clients.
 */
public final class EtcdObjectStore implements ObjectStore {

    private final EtcdCalls calls;
    private final EtcdKeys keys;
    /** What was registered last under a name. */
    private final Map<String, Registered> registered = new ConcurrentHashMap<>();

    /**
     * @param version of the key
     * @param lookedAt the last version of the store in which the key was seen to have it
     */
    private record Registered(String lease, long version, long lookedAt) {}

    private EtcdObjectStore(EtcdAddress address, EtcdKeyring keyring) {
        this.calls = new EtcdCalls(address.members(), keyring);
        this.keys = new EtcdKeys(address.prefix());
    }

    /**
     * The store at an address; nothing is asked yet.
     *
     * @param address as {@code etcd://host:port[,host:port…][/cluster]}
     * @param keys what is shown to etcd and trusted of it, where it is {@code etcds://}
     * @throws IllegalArgumentException when it cannot be understood, or the keys cannot be used; the message says what to write
     */
    public static EtcdObjectStore at(String address, TlsKeySettings keys) {
        EtcdAddress where = EtcdAddress.parse(address);
        return new EtcdObjectStore(where, where.isEncrypted() ? new EtcdKeyring(keys) : null);
    }

    @Override
    public CompletionStage<Stored> get(String name) {
        return calls.call("/v3/kv/range", new JsonObject().put("key", keys.key(name))).thenApply(answer -> {
            List<Stored> found = found(answer);
            return found.isEmpty() ? null : found.getFirst();
        });
    }

    @Override
    public CompletionStage<Listing> list() {
        return calls.call("/v3/kv/range", keys.all()).thenApply(answer -> new Listing(found(answer), revision(answer)));
    }

    private List<Stored> found(JsonObject answer) {
        List<Stored> found = new ArrayList<>();
        JsonArray entries = answer.getJsonArray("kvs", new JsonArray());
        for (int i = 0; i < entries.size(); i++) {
            found.add(keys.stored(entries.getJsonObject(i)));
        }
        return found;
    }

    private static long revision(JsonObject answer) {
        return EtcdKeys.number(answer.getJsonObject("header"), "revision");
    }

    @Override
    public CompletionStage<Outcome> put(String name, long ifVersion, String text) {
        return put(name, ifVersion, text, null);
    }

    private CompletableFuture<Outcome> put(String name, long ifVersion, String text, String lease) {
        JsonObject put = new JsonObject().put("key", keys.key(name)).put("value", EtcdKeys.base64(text));
        if (lease != null) {
            put.put("lease", lease);
        }
        return write(name, ifVersion, new JsonObject().put("requestPut", put));
    }

    @Override
    public CompletionStage<Outcome> delete(String name, long ifVersion) {
        return ifVersion == ABSENT
                ? CompletableFuture.completedStage(new Outcome.Overtaken())
                : write(name, ifVersion, new JsonObject().put("requestDeleteRange", new JsonObject().put("key", keys.key(name))));
    }

    private CompletableFuture<Outcome> write(String name, long ifVersion, JsonObject operation) {
        JsonObject comparison = new JsonObject().put("key", keys.key(name)).put("target", "MOD").put("result", "EQUAL")
                .put("modRevision", Long.toString(ifVersion));
        JsonObject transaction = new JsonObject().put("compare", new JsonArray().add(comparison)).put("success", new JsonArray().add(operation));
        return calls.call("/v3/kv/txn", transaction)
                .thenApply(answer -> Boolean.TRUE.equals(answer.getBoolean("succeeded")) ? new Outcome.Written(revision(answer)) : new Outcome.Overtaken());
    }

    @Override
    public CompletionStage<Outcome> register(String name, long ifVersion, String text, long ttlMillis) {
        String seconds = Long.toString(Math.max(1, ttlMillis / 1_000));
        return calls.call("/v3/lease/grant", new JsonObject().put("TTL", seconds)).thenCompose(granted -> {
            String lease = granted.getString("ID");
            return put(name, ifVersion, text, lease).thenApply(outcome -> {
                if (outcome instanceof Outcome.Written(long version)) {
                    registered.put(name, new Registered(lease, version, version));
                } else {
                    revoke(lease);
                }
                return outcome;
            });
        });
    }

    /** One that is forgotten runs out by itself. */
    private void revoke(String lease) {
        calls.call("/v3/lease/revoke", new JsonObject().put("ID", lease));
    }

    /** Whether another has taken the key is looked at where anything has changed since the last look. */
    @Override
    public CompletionStage<Renewal> renew(String name) {
        Registered mine = registered.get(name);
        if (mine == null) {
            return CompletableFuture.completedStage(new Renewal(false, ABSENT));
        }
        return calls.call("/v3/lease/keepalive", new JsonObject().put("ID", mine.lease)).thenCompose(answer -> {
            JsonObject result = answer.getJsonObject("result", new JsonObject());
            long version = EtcdKeys.number(result.getJsonObject("header", new JsonObject()), "revision");
            boolean isAlive = EtcdKeys.number(result, "TTL") > 0;
            if (!isAlive || version == mine.lookedAt) {
                return CompletableFuture.completedStage(new Renewal(isAlive, version));
            }
            return look(name, mine);
        });
    }

    private CompletionStage<Renewal> look(String name, Registered mine) {
        return calls.call("/v3/kv/range", new JsonObject().put("key", keys.key(name))).thenApply(answer -> {
            List<Stored> found = found(answer);
            long version = revision(answer);
            boolean isMine = !found.isEmpty() && found.getFirst().version() == mine.version;
            if (isMine) {
                registered.replace(name, mine, new Registered(mine.lease, mine.version, version));
            }
            return new Renewal(isMine, version);
        });
    }

    @Override
    public Watch watch(long afterVersion, Watcher watcher) {
        EtcdWatch watch = new EtcdWatch(watcher, keys);
        JsonObject request = new JsonObject().put("create_request", keys.all().put("start_revision", Long.toString(afterVersion + 1)));
        calls.stream("/v3/watch", request, watch).whenComplete((response, failure) -> watch.over(false,
                failure == null ? "etcd has ended the watch with status " + response.statusCode() : "the watch of etcd broke: " + failure));
        return watch;
    }

    @Override
    public void close() {
        calls.close();
    }
}
