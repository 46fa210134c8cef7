package io.partita.broker.api;

import io.partita.broker.quota.QuotaEntity;

/** What quotas are for, as the protocol spells it: pairs of a type and a name, null for the default of a type. */
final class QuotaNames {

    static final String USER = "user";
    static final String CLIENT_ID = "client-id";
    static final String IP = "ip";

    private QuotaNames() {}

    static boolean isType(String type) {
        return type.equals(USER) || type.equals(CLIENT_ID) || type.equals(IP);
    }

    /** The name of one type in an entity, {@code null} when the type is no part of it. */
    static QuotaEntity.Name of(QuotaEntity entity, String type) {
        return switch (type) {
            case USER -> entity.user();
            case CLIENT_ID -> entity.clientId();
            case IP -> entity.ip();
            default -> null;
        };
    }

    /** The entity with another name of one type. */
    static QuotaEntity with(QuotaEntity entity, String type, QuotaEntity.Name name) {
        return switch (type) {
            case USER -> new QuotaEntity(name, entity.clientId(), entity.ip());
            case CLIENT_ID -> new QuotaEntity(entity.user(), name, entity.ip());
            case IP -> new QuotaEntity(entity.user(), entity.clientId(), name);
            default -> throw new IllegalArgumentException(type);
        };
    }
}
