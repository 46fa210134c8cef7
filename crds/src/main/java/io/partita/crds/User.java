package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A user of a Cluster: this object says what it may do and how much of it. The operator gives it a password in a Secret of its name; brokers follow it by watch. Its name is that of the user: the
 * principal {@code User:NAME}; for a ServiceAccount it is {@code User:system:serviceaccount:NAMESPACE:NAME}.
 */
@Group(Cluster.GROUP)
@Version(Cluster.VERSION)
@ShortNames("pu")
@Categories("partita")
@JsonClassDescription("A user of the Cluster that it names: what it may do there, and how much of it. The operator makes a Secret of the same name with what the user logs in by.")
@AdditionalPrinterColumn(name = "Cluster", jsonPath = ".spec.cluster", type = Type.STRING)
@AdditionalPrinterColumn(name = "Authentication", jsonPath = ".spec.authentication", type = Type.STRING)
@AdditionalPrinterColumn(name = "Ready", jsonPath = ".status.conditions[?(@.type==\"Ready\")].status", type = Type.STRING)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", type = Type.STRING)
@AdditionalPrinterColumn(name = "Message", jsonPath = ".status.conditions[?(@.type==\"Ready\")].message", type = Type.STRING, priority = 1)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public class User extends CustomResource<UserSpec, UserStatus> implements Namespaced {

    /** What the name of a cluster's Secret ends with in which there is what brokers keep of passwords. */
    private static final String CREDENTIALS = "-users";

    /** Name of the Secret in which there is what a cluster's brokers keep of passwords, an entry for each user. */
    public static String credentialsOf(String cluster) {
        return cluster + CREDENTIALS;
    }

    /** The entry of that Secret that says whose {@code name}'s entry is. No object's name has an underscore, so it is nobody's. */
    public static String ownerEntryOf(String name) {
        return name + "_uid";
    }

    /** What stands there for a User of this uid, as Secrets keep it: a User that is made again under a name is another one. */
    public static String ownerEntry(String uid) {
        return Base64.getEncoder().encodeToString(uid.getBytes(StandardCharsets.UTF_8));
    }

    /** What names of ServiceAccounts begin with. */
    private static final String ACCOUNT = "system:serviceaccount:";

    /** The name by which the user is known, as Kafka's tools and access rules have it behind {@code User:}. */
    public String userName() {
        UserSpec spec = getSpec();
        if (!spec.isBy(UserSpec.Authentication.ServiceAccount)) {
            return getMetadata().getName();
        }
        String namespace = spec.serviceAccount == null || spec.serviceAccount.namespace == null ? getMetadata().getNamespace() : spec.serviceAccount.namespace;
        String name = spec.serviceAccount == null || spec.serviceAccount.name == null ? getMetadata().getName() : spec.serviceAccount.name;
        return accountName(namespace, name);
    }

    /** The name by which a ServiceAccount is known. */
    static String accountName(String namespace, String name) {
        return ACCOUNT + namespace + ':' + name;
    }

    /** Name of the Secret with the key of the authority that vouches for users by certificate. Nobody needs it but the operator. */
    public static String authorityOf(String cluster) {
        return cluster + "-clients-ca";
    }

    @Override
    @Required
    public UserSpec getSpec() {
        return super.getSpec();
    }

    @Override
    protected UserSpec initSpec() {
        return new UserSpec();
    }

    @Override
    protected UserStatus initStatus() {
        return null;
    }
}
