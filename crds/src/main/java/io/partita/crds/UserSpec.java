package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.ArrayList;
import java.util.List;

/** What a user is to be and may do. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = "self.authentication != 'Role' || ((!has(self.roles) || self.roles.size() == 0) && !has(self.quotas))", message = "a Role has permissions, and neither roles nor quotas")
@ValidationRule(value = "!has(self.serviceAccount) || self.authentication == 'ServiceAccount'", message = "serviceAccount belongs to authentication ServiceAccount")
@ValidationRule(value = "self.cluster == oldSelf.cluster", message = "cluster cannot change: create another User")
public class UserSpec {

    /** Most permissions of one user. */
    public static final int PERMISSIONS_MAX = 500;
    /** Most roles of one user. */
    public static final int ROLES_MAX = 32;

    @JsonPropertyDescription("Name of the Cluster in the same namespace. Cannot change.")
    @Required
    @Size(min = 1, max = 40)
    public String cluster;

    @JsonPropertyDescription("How the user says who it is: Scram is a password that the operator makes, for listeners with authentication Scram; Tls is a certificate that the operator "
            + "makes, for those with Tls; ServiceAccount is the token of a ServiceAccount, for those with ServiceAccount, which needs no Secret; External is a name that the user proves "
            + "otherwise; Role is nobody who logs in, but permissions that others have by their roles.")
    @SchemaFrom(type = Authentication.class)
    @Default("Scram")
    public String authentication = Authentication.Scram.name();

    @JsonPropertyDescription("The ServiceAccount that is the user, with authentication ServiceAccount.")
    public AccountSpec serviceAccount;

    @JsonPropertyDescription("What the user may do, where the Cluster has spec.security.authorization AccessRules. What no permission allows is refused.")
    @Size(max = PERMISSIONS_MAX)
    @JsonSetter(nulls = Nulls.SKIP)
    public List<PermissionSpec> permissions = new ArrayList<>();

    @JsonPropertyDescription("Users of this Cluster with authentication Role, by name, whose permissions this one has beside its own.")
    @Size(max = ROLES_MAX)
    @JsonSetter(nulls = Nulls.SKIP)
    public List<String> roles = new ArrayList<>();

    @JsonPropertyDescription("How much of each broker the user may take.")
    public QuotasSpec quotas;

    /** Whether the user says by this who it is. */
    public boolean isBy(Authentication wanted) {
        return wanted.name().equals(authentication);
    }

    /** How users say who they are. */
    public enum Authentication {
        /** By a password. */
        @JsonProperty("Scram")
        Scram,
        /** By a certificate. */
        @JsonProperty("Tls")
        Tls,
        /** By a token of Kubernetes. */
        @JsonProperty("ServiceAccount")
        ServiceAccount,
        /** By nothing: it is a group of permissions that others are bound to. */
        @JsonProperty("Role")
        Role,
        /** Not by something of ours. */
        @JsonProperty("External")
        External
    }

    /** A ServiceAccount. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public static class AccountSpec {

        @JsonPropertyDescription("Its name. Default: that of this object, where it is a User.")
        @Size(min = 1, max = 253)
        public String name;

        @JsonPropertyDescription("Its namespace, which may be another one. Default: that of this object.")
        @Size(min = 1, max = 63)
        public String namespace;
    }

    /** Something that is allowed, or denied. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public static class PermissionSpec {

        @JsonPropertyDescription("What it is about: Topic, Group, TransactionalId or Cluster.")
        @Required
        @SchemaFrom(type = Resource.class)
        public String resource;

        @JsonPropertyDescription("Name of the topic, group or transactional id; * for all. Not for Cluster.")
        @Size(min = 1, max = 249)
        public String name;

        @JsonPropertyDescription("Whether name is the whole name (Literal), or what names begin with (Prefixed).")
        @SchemaFrom(type = Pattern.class)
        @Default("Literal")
        public String pattern = Pattern.Literal.name();

        @JsonPropertyDescription("Operations under Kafka's names, for example Read, Write, Create, Delete, Alter, Describe, DescribeConfigs, AlterConfigs, IdempotentWrite, "
                + "or All.")
        @Required
        @Size(min = 1, max = 16)
        @JsonSetter(nulls = Nulls.SKIP)
        public List<String> operations = new ArrayList<>();

        @JsonPropertyDescription("The address that clients come from; * for any.")
        @Default("'*'")
        @Size(min = 1, max = 64)
        public String host = "*";

        @JsonPropertyDescription("Allow or Deny. What is denied is refused whatever allows it.")
        @SchemaFrom(type = Effect.class)
        @Default("Allow")
        public String effect = Effect.Allow.name();
    }

    /** What permissions are about. */
    public enum Resource {
        /** Topics. */
        @JsonProperty("Topic")
        Topic,
        /** Groups. */
        @JsonProperty("Group")
        Group,
        /** Transactional ids. */
        @JsonProperty("TransactionalId")
        TransactionalId,
        /** The cluster. */
        @JsonProperty("Cluster")
        Cluster
    }

    /** How names are meant. */
    public enum Pattern {
        /** As they are. */
        @JsonProperty("Literal")
        Literal,
        /** As the beginning of names. */
        @JsonProperty("Prefixed")
        Prefixed
    }

    /** What a permission does. */
    public enum Effect {
        /** It allows. */
        @JsonProperty("Allow")
        Allow,
        /** It denies. */
        @JsonProperty("Deny")
        Deny
    }

    /** Bounds, per broker. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public static class QuotasSpec {

        @JsonPropertyDescription("Bytes a second that the user's clients may produce.")
        @Min(1)
        public Long producerByteRate;

        @JsonPropertyDescription("Bytes a second that the user's clients may fetch.")
        @Min(1)
        public Long consumerByteRate;

        @JsonPropertyDescription("Hundredths of one thread's time that the user's requests may take.")
        @Min(1)
        public Integer requestPercentage;

        @JsonPropertyDescription("Partitions a second that the user may have created and deleted.")
        @Min(1)
        public Integer controllerMutationRate;
    }
}
