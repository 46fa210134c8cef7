package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.api.model.Secret;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.quota.QuotaKey;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Acls;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.KnownUser;
import io.partita.broker.security.KnownUser.Proof;
import io.partita.broker.security.Principal;
import io.partita.broker.security.ResourceType;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramCredentialText;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.broker.security.sasl.ScramUsers;
import io.partita.crds.ObjectNames;
import io.partita.crds.Topic;
import io.partita.crds.User;
import io.partita.crds.UserRules;
import io.partita.crds.UserSpec;
import io.partita.crds.UserSpec.Authentication;
import io.partita.crds.UserSpec.PermissionSpec;
import io.partita.crds.UserSpec.QuotasSpec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Users may do, how much, and what is kept of their passwords, as the broker's image has it. It is worked out anew when one of the objects has changed, and is the same object else.
 *
 * <p>Threads: the one that makes images.
 */
final class ObjectUsers {

    private static final Logger LOG = LoggerFactory.getLogger(ObjectUsers.class);

    /** What comes of them. */
    record Access(Acls acls, ClientQuotas quotas, ScramUsers users, Map<String, KnownUser> known) {
        static final Access NONE = new Access(Acls.NONE, ClientQuotas.NONE, ScramUsers.NONE, Map.of());

        boolean isNothing() {
            return acls.bindings().isEmpty() && quotas.byEntity().isEmpty() && known.isEmpty();
        }
    }

    private List<String> versions = List.of();
    private Access access = Access.NONE;
    /** What the rules of Users were put to, and what came of it. */
    private Access joined;
    private Acls joinedTo;
    private Acls joint;

    /** The image with what Users may do beside the rules that it has. The quotas of a User stand in for others of the same user. */
    ClusterImage on(ClusterImage image, SeenObjects objects) {
        Access now = of(objects);
        if (now.isNothing() && image.scramUsers().equals(now.users) && image.knownUsers().isEmpty()) {
            return image;
        }
        if (joined != now || joinedTo != image.acls()) {
            joined = now;
            joinedTo = image.acls();
            joint = now.acls.bindings().isEmpty() ? image.acls() : Acls.of(union(image.acls(), now.acls));
        }
        ClientQuotas quotas = union(image.quotas(), now.quotas);
        return image.withAccess(joint, quotas, now.users, now.known);
    }

    /** Whether an image has these rules and quotas, and those of Users, and no others. */
    static boolean isIn(ClusterImage image, Acls rules, ClientQuotas quotas, SeenObjects objects) {
        Access now = access(usersOf(objects), objects.topics().stream().filter(topic -> isGranting(topic, objects)).toList(), null);
        return image.acls().bindings().equals(union(rules, now.acls)) && image.quotas().equals(union(quotas, now.quotas));
    }

    private static Set<AclBinding> union(Acls one, Acls other) {
        Set<AclBinding> union = new LinkedHashSet<>(one.bindings());
        union.addAll(other.bindings());
        return union;
    }

    private static ClientQuotas union(ClientQuotas one, ClientQuotas other) {
        ClientQuotas union = one;
        for (Map.Entry<QuotaEntity, Map<QuotaKey, Double>> entry : other.byEntity().entrySet()) {
            Map<String, Double> values = new HashMap<>();
            entry.getValue().forEach((key, value) -> values.put(key.title(), value));
            union = union.with(new QuotaAlteration(entry.getKey(), values));
        }
        return union;
    }

    private static List<User> usersOf(SeenObjects objects) {
        String cluster = objects.cluster().getMetadata().getName();
        return objects.users().stream().filter(user -> user.getSpec() != null && cluster.equals(user.getSpec().cluster)).toList();
    }

    private Access of(SeenObjects objects) {
        List<User> users = usersOf(objects);
        List<String> now = new ArrayList<>(users.size() + 1);
        users.forEach(user -> now.add(user.getMetadata().getUid() + ' ' + user.getMetadata().getResourceVersion()));
        List<Topic> granting = objects.topics().stream().filter(topic -> isGranting(topic, objects)).toList();
        granting.forEach(topic -> now.add(topic.getMetadata().getUid() + topic.getStatus().grants));
        now.sort(null);
        now.add(objects.credentials() == null ? "" : objects.credentials().getMetadata().getResourceVersion());
        if (!now.equals(versions)) {
            access = access(users, granting, objects.credentials());
            versions = now;
        }
        return access;
    }

    private static Access access(List<User> users, List<Topic> granting, Secret credentials) {
        List<AclBinding> rules = new ArrayList<>();
        granting.forEach(topic -> addGrants(rules, topic));
        ClientQuotas quotas = ClientQuotas.NONE;
        ScramUsers known = ScramUsers.NONE;
        Map<String, KnownUser> byPrincipal = new HashMap<>();
        Map<String, UserSpec> byName = new HashMap<>();
        users.forEach(user -> byName.put(user.getMetadata().getName(), user.getSpec()));
        for (User user : users) {
            String name = user.userName();
            UserSpec spec = user.getSpec();
            if (spec.isBy(Authentication.Role)) {
                continue;
            }
            if (UserRules.problem(spec) != null || UserRules.problem(spec, byName::get) != null) {
                // Its condition says why. It may do nothing.
                continue;
            }
            String principal = Principal.user(name).toString();
            spec.permissions.forEach(permission -> add(rules, principal, permission));
            spec.roles.forEach(role -> byName.get(role).permissions.forEach(permission -> add(rules, principal, permission)));
            Map<String, Double> bounds = bounds(spec.quotas);
            if (!bounds.isEmpty()) {
                quotas = quotas.with(new QuotaAlteration(QuotaEntity.user(name), bounds));
            }
            // Of several that are one ServiceAccount the oldest is it, so that others come and go without notice.
            byPrincipal.merge(name, known(user), (one, other) -> one.sinceMillis() <= other.sinceMillis() ? one : other);
            ScramCredential credential = spec.isBy(Authentication.Scram) ? credential(user, credentials) : null;
            if (credential != null) {
                known = known.with(name, Map.of(ScramHash.SHA_512, credential));
            }
        }
        return new Access(Acls.of(rules), quotas, known, byPrincipal);
    }

    /** Whether a topic of the cluster lets somebody use it, by its status, which the operator alone writes. */
    private static boolean isGranting(Topic topic, SeenObjects objects) {
        return ObjectFeed.isPlaced(topic, objects.cluster()) && !topic.getStatus().grants.isEmpty();
    }

    private static void addGrants(List<AclBinding> rules, Topic topic) {
        for (String grant : topic.getStatus().grants) {
            int space = grant.lastIndexOf(' ');
            try {
                rules.add(new AclBinding(ResourceType.TOPIC, ObjectNames.kafkaName(topic), PatternType.LITERAL,
                        new Acl(grant.substring(0, Math.max(0, space)), "*", Operation.valueOf(UserRules.protocolName(grant.substring(space + 1))),
                                PermissionType.ALLOW)));
            } catch (IllegalArgumentException ofANewerRelease) {
                // It allows something that is not known here: nobody does it.
                continue;
            }
        }
    }

    private static KnownUser known(User user) {
        Proof proof = user.getSpec().isBy(Authentication.Scram) ? Proof.PASSWORD : user.getSpec().isBy(Authentication.Tls) ? Proof.CERTIFICATE : Proof.OTHER;
        String since = user.getMetadata().getCreationTimestamp();
        return new KnownUser(user.getMetadata().getUid(), proof, since == null ? Long.MIN_VALUE : Instant.parse(since).toEpochMilli());
    }

    private static void add(List<AclBinding> rules, String principal, PermissionSpec permission) {
        ResourceType type = ResourceType.valueOf(UserRules.protocolName(permission.resource));
        String name = type == ResourceType.CLUSTER ? ResourceType.CLUSTER_NAME : permission.name;
        PatternType pattern = PatternType.valueOf(UserRules.protocolName(permission.pattern));
        PermissionType effect = PermissionType.valueOf(UserRules.protocolName(permission.effect));
        for (String operation : permission.operations) {
            rules.add(new AclBinding(type, name, pattern,
                    new Acl(principal, permission.host, Operation.valueOf(UserRules.protocolName(operation)), effect)));
        }
    }

    private static Map<String, Double> bounds(QuotasSpec quotas) {
        Map<String, Double> bounds = new HashMap<>();
        if (quotas != null) {
            put(bounds, QuotaKey.PRODUCER_BYTE_RATE, quotas.producerByteRate);
            put(bounds, QuotaKey.CONSUMER_BYTE_RATE, quotas.consumerByteRate);
            put(bounds, QuotaKey.REQUEST_PERCENTAGE, quotas.requestPercentage);
            put(bounds, QuotaKey.CONTROLLER_MUTATION_RATE, quotas.controllerMutationRate);
        }
        return bounds;
    }

    private static void put(Map<String, Double> bounds, QuotaKey key, Number value) {
        if (value != null && key.problem(value.doubleValue()) == null) {
            bounds.put(key.title(), value.doubleValue());
        }
    }

    /** Whether what is kept of a password is this User's, and not one's of the same name that was deleted. Older operators do not say whose it is. */
    private static boolean isOf(User user, String owner) {
        return owner == null || User.ownerEntry(user.getMetadata().getUid()).equals(owner);
    }

    private static ScramCredential credential(User of, Secret credentials) {
        String user = of.getMetadata().getName();
        String encoded = credentials == null || credentials.getData() == null ? null : credentials.getData().get(user);
        if (encoded == null || !isOf(of, credentials.getData().get(User.ownerEntryOf(user)))) {
            return null;
        }
        try {
            return ScramCredentialText.read(new String(Base64.getDecoder().decode(encoded), StandardCharsets.US_ASCII));
        } catch (IllegalArgumentException unreadable) {
            LOG.error("The entry {} of Secret {} is no credential, so that user cannot log in: take the entry out, and the operator makes it anew.", user,
                    credentials.getMetadata().getName());
            return null;
        }
    }
}
