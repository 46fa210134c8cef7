package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectText.Line;
import io.partita.broker.cluster.ObjectText.UnreadableException;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Acls;
import java.util.ArrayList;
import java.util.List;

/** Access rules and quotas as lines, for a store whose objects people edit: the words are those that {@link ObjectMetadataStore} has, without format and checksum. Pure functions. */
public final class RulesText {

    private RulesText() {}

    /** A line cannot be read; the message is a sentence about it. */
    public static final class UnreadableRuleException extends Exception {

        private static final long serialVersionUID = 1;

        private UnreadableRuleException(UnreadableException cause) {
            super(cause.getMessage(), cause);
        }
    }

    public static List<String> lines(Acls acls) {
        return acls.bindings().stream().map(AclsObject::says).toList();
    }

    public static List<String> lines(ClientQuotas quotas) {
        return QuotasObject.says(quotas);
    }

    /** @throws UnreadableRuleException of the first line that is no rule: to leave one out could allow what it denies */
    public static Acls acls(List<String> lines) throws UnreadableRuleException {
        List<AclBinding> bindings = new ArrayList<>();
        for (String line : lines) {
            try {
                bindings.add(AclsObject.binding(new Line("acl", line)));
            } catch (UnreadableException wrong) {
                throw new UnreadableRuleException(wrong);
            }
        }
        return Acls.of(bindings);
    }

    /** @throws UnreadableRuleException of the first line that is no quota */
    public static ClientQuotas quotas(List<String> lines) throws UnreadableRuleException {
        ClientQuotas quotas = ClientQuotas.NONE;
        for (String line : lines) {
            try {
                quotas = quotas.with(QuotasObject.quota(new Line("quota", line)));
            } catch (UnreadableException wrong) {
                throw new UnreadableRuleException(wrong);
            }
        }
        return quotas;
    }
}
