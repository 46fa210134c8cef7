package io.partita.broker.api;

import io.partita.broker.Invariant;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.security.Audit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** Which API keys and versions this broker serves, and by which handler. ApiVersions and the table in the README come from here. Immutable. */
public final class ApiRegistry {

    /** One served key. Versions are inclusive. */
    public record Entry(ApiKey key, short minVersion, short maxVersion, Handler<Message> handler) {

        public boolean serves(short version) {
            return version >= minVersion && version <= maxVersion;
        }
    }

    private final Entry[] byId;

    private ApiRegistry(Entry[] byId) {
        this.byId = byId;
    }

    /** The entry of a key as it stands on the wire, or {@code null} when the key is unknown or not served. */
    public Entry find(short apiKeyId) {
        return apiKeyId >= 0 && apiKeyId < byId.length ? byId[apiKeyId] : null;
    }

    /** All entries by ascending key. */
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        for (Entry entry : byId) {
            if (entry != null) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /** Collects the entries; used once, while the broker is wired. */
    public static final class Builder {
        /** Null where administrative acts are not written down. */
        private final Audit audit;
        private final Entry[] byId = new Entry[ApiKey.values().length];

        public Builder() {
            this(null);
        }

        /** @param audit where administrative acts are written down; null for nowhere */
        public Builder(Audit audit) {
            this.audit = audit;
        }

        /** Serves {@code key} in the versions from {@code minVersion} to {@code maxVersion}, inclusive. */
        @SuppressWarnings("unchecked")
        public <Q extends Message> Builder serve(ApiKey key, int minVersion, int maxVersion, Handler<Q> handler) {
            Invariant.check(byId[key.id()] == null, "API key %d registered twice", key.id());
            byId[key.id()] = new Entry(key, (short) minVersion, (short) maxVersion, (Handler<Message>) audited(key, handler));
            return this;
        }

        private <Q extends Message> Handler<Q> audited(ApiKey key, Handler<Q> handler) {
            return audit != null && AdministrativeActs.KEYS.contains(key) ? new AuditedHandler<>(handler, audit) : handler;
        }

        /** Ends with the handler of ApiVersions, which tells of all others and of itself. */
        public ApiRegistry build(Function<Supplier<List<Entry>>, ApiVersionsHandler> apiVersions) {
            ApiRegistry registry = new ApiRegistry(byId);
            serve(ApiKey.API_VERSIONS, 0, 5, apiVersions.apply(registry::entries));
            return registry;
        }
    }
}
