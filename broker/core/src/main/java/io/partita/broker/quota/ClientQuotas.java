package io.partita.broker.quota;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The quotas of a cluster at one moment. Immutable; a change makes another object. */
public final class ClientQuotas {

    public static final ClientQuotas NONE = new ClientQuotas(Map.of());

    private final Map<QuotaEntity, Map<QuotaKey, Double>> byEntity;

    private ClientQuotas(Map<QuotaEntity, Map<QuotaKey, Double>> byEntity) {
        this.byEntity = byEntity;
    }

    /** Whether nothing is bounded. */
    public boolean isEmpty() {
        return byEntity.isEmpty();
    }

    /** All quotas, by whom they are for. */
    public Map<QuotaEntity, Map<QuotaKey, Double>> byEntity() {
        return byEntity;
    }

    /** With an alteration that has no problem. */
    public ClientQuotas with(QuotaAlteration alteration) {
        Map<QuotaKey, Double> values = new EnumMap<>(QuotaKey.class);
        values.putAll(byEntity.getOrDefault(alteration.entity(), Map.of()));
        alteration.values().forEach((name, value) -> {
            QuotaKey key = QuotaKey.named(name);
            if (value == null) {
                values.remove(key);
            } else {
                values.put(key, value);
            }
        });
        return with(alteration.entity(), values);
    }

    /** With all quotas of an entity in place of those it had. */
    public ClientQuotas with(QuotaEntity entity, Map<QuotaKey, Double> values) {
        Map<QuotaEntity, Map<QuotaKey, Double>> next = new LinkedHashMap<>(byEntity);
        if (values.isEmpty()) {
            next.remove(entity);
        } else {
            next.put(entity, Collections.unmodifiableMap(new EnumMap<>(values)));
        }
        return next.isEmpty() ? NONE : new ClientQuotas(Collections.unmodifiableMap(next));
    }

    /**
     * A bound, and for whom it is counted.
     *
     * @param scope the user, the client id or the address of everything that is counted together, by name
     */
    record Limit(QuotaEntity scope, double value) {}

    /** The bound for a client, {@code null} when there is none: the most particular one, users before client ids, as in Kafka. */
    Limit limit(QuotaKey key, String user, String clientId) {
        QuotaEntity.Name me = new QuotaEntity.Name(user);
        QuotaEntity.Name mine = new QuotaEntity.Name(clientId);
        for (QuotaEntity.Name who : new QuotaEntity.Name[] {me, QuotaEntity.DEFAULT, null}) {
            for (QuotaEntity.Name what : new QuotaEntity.Name[] {mine, QuotaEntity.DEFAULT, null}) {
                Double value = value(new QuotaEntity(who, what, null), key);
                if (value != null) {
                    return new Limit(new QuotaEntity(who == null ? null : me, what == null ? null : mine, null), value);
                }
            }
        }
        return null;
    }

    /** The bound for an address, {@code null} when there is none. */
    Limit limit(QuotaKey key, String ip) {
        QuotaEntity own = new QuotaEntity(null, null, new QuotaEntity.Name(ip));
        Double value = value(own, key);
        if (value == null) {
            value = value(new QuotaEntity(null, null, QuotaEntity.DEFAULT), key);
        }
        return value == null ? null : new Limit(own, value);
    }

    private Double value(QuotaEntity entity, QuotaKey key) {
        Map<QuotaKey, Double> values = byEntity.get(entity);
        return values == null ? null : values.get(key);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClientQuotas quotas && byEntity.equals(quotas.byEntity);
    }

    @Override
    public int hashCode() {
        return byEntity.hashCode();
    }

    @Override
    public String toString() {
        return byEntity.toString();
    }
}
