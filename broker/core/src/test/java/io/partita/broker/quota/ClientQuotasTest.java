package io.partita.broker.quota;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClientQuotasTest {

    private static final QuotaEntity.Name ALICE = new QuotaEntity.Name("alice");
    private static final QuotaEntity.Name APP = new QuotaEntity.Name("app");
    private static final QuotaEntity.Name ANY = QuotaEntity.DEFAULT;

    private static QuotaAlteration set(QuotaEntity.Name user, QuotaEntity.Name client, Double value) {
        Map<String, Double> values = new HashMap<>();
        values.put("producer_byte_rate", value);
        return new QuotaAlteration(new QuotaEntity(user, client, null), values);
    }

    /** The order of Kafka's documentation, from the most particular to the most general. */
    @Test
    void theMostParticularQuotaCounts() {
        QuotaEntity.Name[][] order = {{ALICE, APP}, {ALICE, ANY}, {ALICE, null}, {ANY, APP}, {ANY, ANY}, {ANY, null}, {null, APP}, {null, ANY}};
        ClientQuotas quotas = ClientQuotas.NONE;
        for (int i = 0; i < order.length; i++) {
            quotas = quotas.with(set(order[i][0], order[i][1], i + 1.0));
        }
        for (int i = 0; i < order.length; i++) {
            ClientQuotas.Limit limit = quotas.limit(QuotaKey.PRODUCER_BYTE_RATE, "alice", "app");
            assertEquals(i + 1.0, limit.value());
            // A default bounds each by itself, not all together.
            assertEquals(order[i][0] == null ? null : ALICE, limit.scope().user());
            assertEquals(order[i][1] == null ? null : APP, limit.scope().clientId());
            quotas = quotas.with(set(order[i][0], order[i][1], null));
        }
        assertSame(ClientQuotas.NONE, quotas);
        assertNull(quotas.limit(QuotaKey.PRODUCER_BYTE_RATE, "alice", "app"));
    }

    @Test
    void anAddressHasItsOwnQuotaOrThatOfAll() {
        ClientQuotas quotas = ClientQuotas.NONE
                .with(new QuotaAlteration(new QuotaEntity(null, null, ANY), Map.of("connection_creation_rate", 5.0)))
                .with(new QuotaAlteration(new QuotaEntity(null, null, new QuotaEntity.Name("10.0.0.1")), Map.of("connection_creation_rate", 7.0)));
        assertEquals(7, quotas.limit(QuotaKey.CONNECTION_CREATION_RATE, "10.0.0.1").value());
        assertEquals(5, quotas.limit(QuotaKey.CONNECTION_CREATION_RATE, "10.0.0.2").value());
    }

    @Test
    void whatCannotBeAQuotaIsSaidInASentence() {
        assertNull(set(ALICE, null, 1.0).problem());
        assertNotNull(set(null, null, 1.0).problem());
        assertNotNull(set(ALICE, null, 0.0).problem());
        assertNotNull(set(ALICE, null, -1.0).problem());
        assertNotNull(set(ALICE, null, Double.NaN).problem());
        assertNotNull(set(ALICE, null, Double.POSITIVE_INFINITY).problem());
        assertNotNull(set(ALICE, null, 1.5).problem());
        assertNull(new QuotaAlteration(QuotaEntity.user("alice"), Map.of("request_percentage", 1.5)).problem());
        assertNotNull(new QuotaAlteration(QuotaEntity.user("alice"), Map.of("no_such_rate", 1.0)).problem());
        assertNotNull(new QuotaAlteration(QuotaEntity.user("alice"), Map.of("connection_creation_rate", 1.0)).problem());
        assertNotNull(new QuotaAlteration(new QuotaEntity(null, null, ANY), Map.of("producer_byte_rate", 1.0)).problem());
        assertNotNull(new QuotaAlteration(new QuotaEntity(ALICE, null, ANY), Map.of("connection_creation_rate", 1.0)).problem());
    }
}
