package io.partita.broker.security;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.InvalidConfigException;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what clients may do, by Kafka's rules: super users may do everything; else a rule that denies wins over one that allows, and what no rule allows is
 * refused, unless no rule is about the resource at all and {@code allow.everyone.if.no.acl.found} is set. Thread-safe.
 */
public final class Authorizer {

    private static final Logger LOG = LoggerFactory.getLogger(Authorizer.class);

    private final boolean enabled;
    private final Supplier<Acls> acls;
    private final Set<String> superUsers;
    private final boolean everyoneWithoutRule;
    private final Audit audit;

    private Authorizer(boolean enabled, Supplier<Acls> acls, Set<String> superUsers, boolean everyoneWithoutRule, Audit audit) {
        this.enabled = enabled;
        this.acls = acls;
        this.superUsers = superUsers;
        this.everyoneWithoutRule = everyoneWithoutRule;
        this.audit = audit;
    }

    /** One that allows everything. */
    public static Authorizer disabled() {
        return new Authorizer(false, () -> Acls.NONE, Set.of(), true, null);
    }

    /**
     * One that asks rules.
     *
     * @param acls the rules in force, asked often
     * @param audit where refusals are written down
     */
    public static Authorizer of(Supplier<Acls> acls, Set<Principal> superUsers, boolean everyoneWithoutRule, Audit audit) {
        Set<String> names = new HashSet<>();
        superUsers.forEach(user -> names.add(user.toString()));
        return new Authorizer(true, acls, Set.copyOf(names), everyoneWithoutRule, audit);
    }

    /** The authorizer that a broker's settings ask for. */
    public static Authorizer of(BrokerConfig config, Supplier<Acls> acls, Audit audit) {
        if (config.value("authorizer.class.name").isEmpty()) {
            return disabled();
        }
        Set<Principal> superUsers = superUsers(config.value("super.users"));
        boolean everyoneWithoutRule = config.booleanValue("allow.everyone.if.no.acl.found");
        if (superUsers.isEmpty() && !everyoneWithoutRule) {
            LOG.warn("authorizer.class.name is set and super.users is not: clients may do what access rules allow, and nobody may make the first of them.");
        }
        return of(acls, superUsers, everyoneWithoutRule, audit);
    }

    /** {@code User:alice;User:bob}. Names may have commas, as those of certificates do. */
    private static Set<Principal> superUsers(String setting) {
        Set<Principal> users = new LinkedHashSet<>();
        int from = 0;
        while (from < setting.length()) {
            int end = setting.indexOf(';', from);
            end = end < 0 ? setting.length() : end;
            String one = setting.substring(from, end).trim();
            from = end + 1;
            if (!one.isEmpty()) {
                Principal user = Principal.parse(one);
                if (user == null) {
                    throw new InvalidConfigException("Cannot read '" + one + "' in super.users: write User:NAME, several separated by semicolons.");
                }
                users.add(user);
            }
        }
        return users;
    }

    /** Whether rules are asked at all. */
    public boolean isEnabled() {
        return enabled;
    }

    /** What a client may do, as long as it is this one. */
    public Access of(Principal principal, InetAddress address) {
        return enabled ? new ClientAccess(principal.toString(), address.getHostAddress()) : Access.EVERYTHING;
    }

    /** What somebody may do who comes from an address, and why: by a look at every rule, so not on the way of a request. */
    public Decision explain(Principal principal, String host, Operation operation, ResourceType type, String name) {
        if (!enabled) {
            return Decision.of(Decision.Reason.NOT_ASKED);
        }
        if (superUsers.contains(principal.toString())) {
            return Decision.of(Decision.Reason.SUPER_USER);
        }
        Acls now = acls.get();
        AclBinding denying = now.denying(principal.toString(), host, operation, type, name);
        if (denying != null) {
            return new Decision(Decision.Reason.DENIED, denying);
        }
        AclBinding allowing = now.allowing(principal.toString(), host, operation, type, name);
        if (allowing != null) {
            return new Decision(Decision.Reason.ALLOWED, allowing);
        }
        boolean isFree = everyoneWithoutRule && now.all().maskOf(type, name) == 0;
        return Decision.of(isFree ? Decision.Reason.WITHOUT_RULE : Decision.Reason.NOT_ALLOWED);
    }

    /** Who may do everything, as {@code User:alice}. */
    public Set<String> superUsers() {
        return superUsers;
    }

    /** The rules for one client, looked up anew when they have changed. */
    final class ClientAccess implements Access {

        private final String principal;
        private final String host;
        private final boolean isSuperUser;
        private volatile View view;

        private ClientAccess(String principal, String host) {
            this.principal = principal;
            this.host = host;
            this.isSuperUser = superUsers.contains(principal);
            this.view = null;
        }

        private record View(Acls acls, RuleSet[] sets) {}

        private View view() {
            View last = view;
            Acls now = acls.get();
            if (last == null || last.acls != now) {
                last = new View(now, now.of(principal, host).toArray(new RuleSet[0]));
                view = last;
            }
            return last;
        }

        private int permitted(View view, ResourceType type, String name) {
            if (isSuperUser) {
                return Operation.EVERYTHING;
            }
            int mask = 0;
            for (RuleSet set : view.sets) {
                mask |= set.maskOf(type, name);
            }
            boolean isFree = mask == 0 && everyoneWithoutRule && view.acls.all().maskOf(type, name) == 0;
            return isFree ? Operation.EVERYTHING : RuleSet.permitted(mask);
        }

        @Override
        public boolean allows(Operation operation, ResourceType type, String name) {
            return (permitted(view(), type, name) & operation.bit()) != 0;
        }

        @Override
        public boolean allowsSome(Operation operation, ResourceType type) {
            View now = view();
            if ((permitted(now, type, PatternMasks.UNUSED_NAME) & operation.bit()) != 0) {
                return true;
            }
            for (RuleSet set : now.sets) {
                for (String name : set.examples(type)) {
                    if ((permitted(now, type, name) & operation.bit()) != 0) {
                        return true;
                    }
                }
            }
            return false;
        }

        @Override
        public int allowed(int bits, ResourceType type, String name) {
            return permitted(view(), type, name) & bits;
        }

        @Override
        public Object version() {
            return view();
        }

        @Override
        public void refused(Audit.Who who, String api, Operation operation, ResourceType type, String name) {
            audit.refused(who, api, operation, type, name, () -> reason(operation, type, name));
        }

        private String reason(Operation operation, ResourceType type, String name) {
            AclBinding denying = acls.get().denying(principal, host, operation, type, name);
            return denying != null ? "a rule says " + denying : "no rule allows it";
        }
    }
}
