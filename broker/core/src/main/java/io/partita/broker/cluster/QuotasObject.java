package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectText.Line;
import io.partita.broker.cluster.ObjectText.UnreadableException;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.quota.QuotaKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The object {@code quotas}: what clients are bounded by, a line for each bound. */
final class QuotasObject {

    static final String NAME = "quotas";

    /** Stands for what is no part of an entity, and for all that have no quota of their own; a name begins with {@link #NAMED}. */
    private static final String NONE = "-";
    private static final String DEFAULT = "*";
    private static final String NAMED = "=";

    private QuotasObject() {}

    static String text(ClientQuotas quotas) {
        ObjectText.Writer writer = new ObjectText.Writer();
        says(quotas).forEach(line -> writer.line("quota", line));
        return writer.text();
    }

    /** What lines say of quotas. */
    static List<String> says(ClientQuotas quotas) {
        List<String> lines = new ArrayList<>();
        quotas.byEntity().forEach((entity, values) -> values.forEach((key, value) -> lines
                .add(String.join(" ", word(entity.user()), word(entity.clientId()), word(entity.ip()), key.title(), Double.toString(value)))));
        return lines;
    }

    static ClientQuotas read(String text) throws UnreadableException {
        ClientQuotas quotas = ClientQuotas.NONE;
        for (Line line : ObjectText.read(text)) {
            if (!line.word().equals("quota")) {
                throw new UnreadableException("nobody knows what '" + line.word() + "' is");
            }
            quotas = quotas.with(quota(line));
        }
        return quotas;
    }

    /** The quota of a line. */
    static QuotaAlteration quota(Line line) throws UnreadableException {
        String[] words = line.words(5);
        try {
            QuotaEntity entity = new QuotaEntity(name(words[0]), name(words[1]), name(words[2]));
            QuotaAlteration alteration = new QuotaAlteration(entity, Map.of(words[3], Double.parseDouble(words[4])));
            if (QuotaKey.named(words[3]) == null || alteration.problem() != null) {
                throw new IllegalArgumentException(words[3]);
            }
            return alteration;
        } catch (IllegalArgumentException wrong) {
            throw new UnreadableException("'" + line.says() + "' is no quota");
        }
    }

    private static String word(QuotaEntity.Name name) {
        if (name == null) {
            return NONE;
        }
        return name.isDefault() ? DEFAULT : NAMED + name.value().replace("%", "%25").replace(" ", "%20");
    }

    private static QuotaEntity.Name name(String word) {
        return switch (word) {
            case NONE -> null;
            case DEFAULT -> QuotaEntity.DEFAULT;
            default -> {
                if (!word.startsWith(NAMED)) {
                    throw new IllegalArgumentException(word);
                }
                yield new QuotaEntity.Name(word.substring(1).replace("%20", " ").replace("%25", "%"));
            }
        };
    }
}
