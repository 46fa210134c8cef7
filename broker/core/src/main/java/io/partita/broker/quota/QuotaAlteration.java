package io.partita.broker.quota;

import java.util.Map;

/**
 * Changes of the quotas of one entity.
 *
 * @param values by name of the quota; {@code null} takes it away
 */
public record QuotaAlteration(QuotaEntity entity, Map<String, Double> values) {

    /** Why it cannot be done, as a sentence; {@code null} when it can. */
    public String problem() {
        String problem = entity.problem();
        for (Map.Entry<String, Double> value : values.entrySet()) {
            if (problem != null) {
                return problem;
            }
            QuotaKey key = QuotaKey.named(value.getKey());
            if (key == null) {
                problem = "There is no quota '" + value.getKey() + "'.";
            } else if (value.getValue() != null) {
                problem = entity.problem(key) != null ? entity.problem(key) : key.problem(value.getValue());
            }
        }
        return problem;
    }
}
