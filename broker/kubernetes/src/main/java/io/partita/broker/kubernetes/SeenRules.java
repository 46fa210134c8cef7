package io.partita.broker.kubernetes;

import io.partita.broker.cluster.RulesText;
import io.partita.broker.cluster.RulesText.UnreadableRuleException;
import io.partita.broker.config.ConfigDefinition;
import io.partita.broker.config.GroupSettings;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.security.Acls;
import io.partita.crds.KafkaRules;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the KafkaRules of the cluster say. People edit them too: lists in which a line cannot be read are as they were before, for a rule left out could allow what it denies. Each version is read
 * once. Owned by the store's loop.
 */
final class SeenRules {

    private static final Logger LOG = LoggerFactory.getLogger(SeenRules.class);

    /** What an object says. */
    record Rules(Acls acls, ClientQuotas quotas, Map<String, Map<String, String>> groups) {

        static final Rules NONE = new Rules(Acls.NONE, ClientQuotas.NONE, Map.of());
    }

    /** It cannot be read; the message is a sentence. */
    static final class DamagedRulesException extends Exception {

        private static final long serialVersionUID = 1;

        private DamagedRulesException(UnreadableRuleException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private String version;
    private Rules known = Rules.NONE;

    /** The image with what the object says. */
    ClusterImage on(ClusterImage image, KafkaRules object) {
        Rules rules = of(object);
        return rules == Rules.NONE ? image : image.withRules(rules.acls, rules.quotas, rules.groups);
    }

    private Rules of(KafkaRules object) {
        if (object == null) {
            version = null;
            known = Rules.NONE;
        } else if (!object.getMetadata().getResourceVersion().equals(version)) {
            version = object.getMetadata().getResourceVersion();
            known = new Rules(acls(object, known.acls), quotas(object, known.quotas), groups(object));
        }
        return known;
    }

    private static Acls acls(KafkaRules object, Acls before) {
        try {
            return unchanged(object.getSpec().acls, RulesText.lines(before)) ? before : RulesText.acls(object.getSpec().acls);
        } catch (UnreadableRuleException wrong) {
            LOG.error("KafkaRules {}: spec.acls {}. All access rules stay as they were; kubectl edit kafkarules mends it.", object.getMetadata().getName(),
                    wrong.getMessage());
            return before;
        }
    }

    private static ClientQuotas quotas(KafkaRules object, ClientQuotas before) {
        try {
            return unchanged(object.getSpec().quotas, RulesText.lines(before)) ? before : RulesText.quotas(object.getSpec().quotas);
        } catch (UnreadableRuleException wrong) {
            LOG.error("KafkaRules {}: spec.quotas {}. All quotas stay as they were; kubectl edit kafkarules mends it.", object.getMetadata().getName(),
                    wrong.getMessage());
            return before;
        }
    }

    private static boolean unchanged(List<String> lines, List<String> before) {
        return lines.equals(before);
    }

    /** Those settings that this release knows and that are what they may be: each stands for itself. */
    private static Map<String, Map<String, String>> groups(KafkaRules object) {
        Map<String, Map<String, String>> groups = new TreeMap<>();
        object.getSpec().groups.forEach((group, settings) -> settings.forEach((name, value) -> {
            ConfigDefinition definition = GroupSettings.definitions().find(name);
            if (definition != null && value != null && definition.problem(value) == null) {
                groups.computeIfAbsent(group, none -> new TreeMap<>()).put(name, value);
            } else {
                LOG.warn("KafkaRules {}: the setting {}={} of group '{}' is none, and is left out.", object.getMetadata().getName(), name, value, group);
            }
        }));
        return groups;
    }

    /** What an object says that is about to be changed. */
    static Rules strict(KafkaRules object) throws DamagedRulesException {
        try {
            return new Rules(RulesText.acls(object.getSpec().acls), RulesText.quotas(object.getSpec().quotas), groups(object));
        } catch (UnreadableRuleException wrong) {
            throw new DamagedRulesException(wrong);
        }
    }
}
