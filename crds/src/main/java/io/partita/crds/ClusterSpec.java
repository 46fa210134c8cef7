package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a user wants of a cluster. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = "!has(self.listeners) || self.listeners.exists(l, l.type == 'Internal')", message = "one listener must be of type Internal: brokers reach each other through it")
@ValidationRule(value = "!has(self.security) || !has(oldSelf.security) || self.security.encryptReplication == oldSelf.security.encryptReplication", message = "security.encryptReplication cannot change while brokers run: delete the Cluster and make it anew with spec.clusterId, its volumes stay")
@ValidationRule(value = "!has(self.security) || !has(oldSelf.security) || !self.security.encryptReplication || has(self.security.certificateSecret) == has(oldSelf.security.certificateSecret)", message = "with security.encryptReplication brokers trust each other by the certificates that they have, so security.certificateSecret can be neither added nor taken away: delete the Cluster and make it anew with spec.clusterId, its volumes stay")
public class ClusterSpec {

    /** Most brokers of a cluster. */
    public static final int BROKERS_MAX = 100;
    /** Most namespaces with topics of a cluster. */
    public static final int TOPIC_NAMESPACES_MAX = 100;
    /** Most listeners of a cluster. */
    public static final int LISTENERS_MAX = 8;

    @JsonPropertyDescription("Brokers, each a pod with its own volume. Raising it adds brokers, which new partitions use; lowering it is refused while a leaving broker "
            + "holds partitions. This is what kubectl scale changes.")
    @SpecReplicas
    @Default("1")
    @Min(1)
    @Max(BROKERS_MAX)
    public int brokers = 1;

    @JsonPropertyDescription("Whether the cluster sleeps: no broker runs, and everything else stays, volumes with their records among it. false, or nothing, wakes it. Default: false.")
    public Boolean hibernated;

    @JsonPropertyDescription("Image of the brokers. Default: the one that came with the operator.")
    @Size(min = 1, max = 512)
    public String image;

    @JsonPropertyDescription("Newest forms of objects that may be written, once all brokers read them: raising it finalizes an upgrade, for good. Until then the releases before can be gone "
            + "back to. Default: the newest when the cluster is made, what status.level says from then on.")
    @Min(2)
    public Integer level;

    @JsonPropertyDescription("Id of the cluster, as clients see it and as the brokers' volumes name it. Default: the uid of this object. Give that of a Cluster that was "
            + "deleted (its status.clusterId, or label partita.io/cluster-id of its volume claims) to take over its volumes, with their records. Cannot change once the "
            + "cluster is made.")
    @Size(min = 1, max = 63)
    @Pattern("^[A-Za-z0-9]([-A-Za-z0-9_]*[A-Za-z0-9])?$")
    public String clusterId;

    @JsonPropertyDescription("Where records are kept.")
    @Required
    @JsonSetter(nulls = Nulls.SKIP)
    public StorageSpec storage = new StorageSpec();

    @JsonPropertyDescription("Where clients connect. Default: one listener 'secure' on port 9093 inside the Kubernetes cluster, with tls and authentication ScramOrServiceAccount; and, "
            + "where there is no security either, encryptReplication. A Cluster that was made when the default was a listener 'plain' on port 9092, open to everybody, keeps that.")
    @Size(min = 1, max = LISTENERS_MAX)
    @ValidationRule(value = "self.all(l, self.exists_one(o, o.name == l.name) && self.exists_one(o, o.port == l.port))", message = "two listeners must not have the same name or the same port")
    public List<ListenerSpec> listeners = new ArrayList<>(List.of(new ListenerSpec()));

    private boolean namesListeners;

    /** Notes that somebody says which listeners there are to be, rather than nobody; {@code null} is nobody. */
    @JsonSetter
    public void setListeners(List<ListenerSpec> listeners) {
        if (listeners != null) {
            this.listeners = listeners;
            namesListeners = true;
        }
    }

    /** Whether what was read names listeners; else those here are the default of before. */
    public boolean hasNamedListeners() {
        return namesListeners;
    }

    @JsonPropertyDescription("Who may do what, and by which certificate brokers are known. Default: everybody who may connect may do everything, and brokers do not encrypt what they send each other, but where listeners are not given either (see there).")
    public SecuritySpec security;

    @JsonPropertyDescription("Other namespaces whose Topics may be of this Cluster, each once. Default: none, only this namespace's are.")
    @Size(max = TOPIC_NAMESPACES_MAX)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @JsonSetter(nulls = Nulls.SKIP)
    public List<TopicNamespaceSpec> topicNamespaces = new ArrayList<>();

    @JsonPropertyDescription("Settings of the brokers under Kafka's names, as in server.properties. Values are strings: quote numbers and booleans. Those that need a restart "
            + "roll the brokers one at a time.")
    @Size(max = 256)
    @JsonSetter(nulls = Nulls.SKIP)
    public Map<String, String> config = new TreeMap<>();

    @JsonPropertyDescription("CPU and memory of a broker. Memory beyond the heap serves as page cache. The heap is 30 percent of limits.memory, else of requests.memory, "
            + "else 512 MiB.")
    public ResourceRequirements resources;

    @JsonPropertyDescription("More options for the brokers' JVM, for example -Xmx1g. They win over those of the image; a garbage collector takes the place of the image's.")
    @Size(max = 64)
    @JsonSetter(nulls = Nulls.SKIP)
    public List<String> jvmOptions = new ArrayList<>();

    @JsonPropertyDescription("Label of the nodes that names their zone. Brokers, and the replicas of a partition, are spread over zones.")
    @Default("topology.kubernetes.io/zone")
    @Size(min = 1, max = 253)
    public String zoneKey = "topology.kubernetes.io/zone";

    @JsonPropertyDescription("Whether every broker must have a node of its own (Required), or share one when there are too few nodes (Preferred).")
    @SchemaFrom(type = NodeSpread.class)
    @Default("Preferred")
    public String nodeSpread = NodeSpread.Preferred.name();

    @JsonPropertyDescription("Seconds a broker gets to stop in order before it is killed.")
    @Default("60")
    @Min(15)
    @Max(3600)
    public int terminationGracePeriodSeconds = 60;

    @JsonPropertyDescription("Anything else for the brokers' pods, as in a Deployment's spec.template: labels, annotations, tolerations, affinity, pull secrets, more "
            + "containers. It is laid over what the operator makes; lists of named things are merged by name, the container is called 'broker'.")
    @PreserveUnknownFields
    public ObjectNode podTemplate;

    /** Whether no broker is to run. */
    public boolean isHibernated() {
        return Boolean.TRUE.equals(hibernated);
    }

    /** Whether brokers share nodes like this. */
    public boolean isNodeSpread(NodeSpread spread) {
        return spread.name().equals(nodeSpread);
    }

    /**
     * What of this spec a newer release has words for and this one has not, {@code null} when it knows all. Such words are strings here rather than enums: one in one object
     * would else make every list of all objects fail, for everybody.
     */
    public Problem unknownValue() {
        List<Problem> problems = new ArrayList<>();
        problems.add(unknown("spec.nodeSpread", nodeSpread, NodeSpread.values()));
        problems.add(unknown("spec.storage.onDelete", storage.onDelete, Deletion.values()));
        problems.add(security == null ? null : unknown("spec.security.authorization", security.authorization, Authorization.values()));
        for (int i = 0; i < listeners.size(); i++) {
            problems.add(unknown("spec.listeners[" + i + "].authentication", listeners.get(i).authentication, Authentication.values()));
            problems.add(unknown("spec.listeners[" + i + "].type", listeners.get(i).type, ListenerType.values()));
        }
        return problems.stream().filter(Objects::nonNull).findFirst().orElse(null);
    }

    private static Problem unknown(String path, String value, Enum<?>[] known) {
        List<String> names = Stream.of(known).map(Enum::name).toList();
        return names.contains(value)
                ? null
                : new Problem("UnknownValue", path + " is '" + value + "', which this version does not know: use one of " + String.join(", ", names)
                        + ", or bring operator and brokers to the version that knows it.");
    }

    /** Whether brokers may share a node. */
    public enum NodeSpread {
        /** They may, when there are too few nodes. */
        @JsonProperty("Preferred")
        Preferred,
        /** They may not: a broker without a node of its own waits. */
        @JsonProperty("Required")
        Required
    }

    /** Volumes of the brokers. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = "has(self.storageClass) == has(oldSelf.storageClass) && (!has(self.storageClass) || self.storageClass == oldSelf.storageClass)", message = "storageClass cannot change: volumes do not move between classes")
    public static class StorageSpec {

        @JsonPropertyDescription("Size of each broker's volume, for example 10Gi. It can grow if the storage class allows it, and never shrinks.")
        @Required
        @Size(min = 1, max = 20)
        @ValidationRule(value = "self.matches('^[1-9][0-9]*([.][0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$')", message = "write a size like 10Gi, 500Mi or 1.5Ti: a number and Ki, Mi, Gi, Ti, Pi (powers of 1024) or k, M, G, T, P (powers of 1000)")
        @ValidationRule(value = "!isQuantity(self) || !isQuantity(oldSelf) || quantity(self).compareTo(quantity(oldSelf)) >= 0", message = "volumes cannot shrink: leave the size as it was, or raise it")
        public String size = "10Gi";

        @JsonPropertyDescription("Storage class of the volumes. Default: that of the Kubernetes cluster. Cannot change.")
        @Size(min = 1, max = 253)
        public String storageClass;

        @JsonPropertyDescription("What becomes of the volumes when the Cluster is deleted: Keep them, with the records, or Delete them.")
        @SchemaFrom(type = Deletion.class)
        @Default("Keep")
        public String onDelete = Deletion.Keep.name();

        /** Whether this is what becomes of the volumes. */
        public boolean isOnDelete(Deletion deletion) {
            return deletion.name().equals(onDelete);
        }
    }

    /** What becomes of volumes. */
    public enum Deletion {
        /** They stay, and somebody deletes them by hand. */
        @JsonProperty("Keep")
        Keep,
        /** They go with their Cluster. */
        @JsonProperty("Delete")
        Delete
    }

    /** A port of the brokers. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = "self.type != 'Internal' || (!has(self.advertisedHost) && !has(self.nodePorts))", message = "advertisedHost and nodePorts belong to external listeners (NodePort, LoadBalancer)")
    @ValidationRule(value = "self.port != 8080 && self.name != 'http'", message = "'http' on port 8080 is that of health and metrics: choose another name and port")
    @ValidationRule(value = "self.authentication != 'Tls' || self.tls", message = "authentication Tls needs tls: true")
    @ValidationRule(value = "self.type == 'NodePort' || !has(self.bootstrapNodePort)", message = "bootstrapNodePort belongs to listeners of type NodePort")
    public static class ListenerSpec {

        @JsonPropertyDescription("Name of the listener.")
        @Default("plain")
        @Size(min = 1, max = 11)
        @Pattern("^[a-z]([-a-z0-9]{0,9}[a-z0-9])?$")
        public String name = "plain";

        @JsonPropertyDescription("Port of the brokers' containers, and of the services but those of type NodePort.")
        @Default("9092")
        @Min(1024)
        @Max(65535)
        public int port = 9092;

        @JsonPropertyDescription("Who can reach it: Internal is for pods of the same Kubernetes cluster; NodePort opens a port per broker on every node; LoadBalancer asks "
                + "for an address per broker.")
        @SchemaFrom(type = ListenerType.class)
        @Default("Internal")
        public String type = ListenerType.Internal.name();

        @JsonPropertyDescription("Whether clients connect by TLS. The certificate is that of spec.security.certificateSecret, else one that the operator issues: clients trust it by the "
                + "Secret NAME-cluster-ca-cert.")
        @Default("false")
        public boolean tls;

        @JsonPropertyDescription("How clients say who they are: None asks nobody; Scram asks for name and password (SCRAM-SHA-512) of a User of this Cluster; Tls, which needs tls, for the "
                + "certificate that the operator makes for a User with authentication Tls; ServiceAccount for the token of a ServiceAccount that a User names, with the audience "
                + "NAME-bootstrap.NAMESPACE.svc; ScramOrServiceAccount for either.")
        @SchemaFrom(type = Authentication.class)
        @Default("None")
        public String authentication = Authentication.None.name();

        @JsonPropertyDescription("Host name clients outside are told, for NodePort in place of the node's address, for LoadBalancer in place of the one assigned. "
                + "'{broker}' in it stands for the broker's number.")
        @Size(min = 1, max = 253)
        @Pattern("^[A-Za-z0-9{}.:-]+$")
        public String advertisedHost;

        @JsonPropertyDescription("Node ports of brokers 0, 1, 2 … in this order. Default: Kubernetes chooses.")
        @Size(max = BROKERS_MAX)
        public List<Integer> nodePorts;

        @JsonPropertyDescription("Port on every node that leads to whichever broker serves, for clients' bootstrap.servers. Default: Kubernetes chooses; "
                + "status.listeners says which.")
        @Min(1)
        @Max(65535)
        public Integer bootstrapNodePort;

        @JsonPropertyDescription("Annotations of the services of an external listener, for load balancers and external DNS.")
        public Map<String, String> annotations;

        /** Whether clients say by this who they are. */
        public boolean isBy(Authentication wanted) {
            return wanted.name().equals(authentication);
        }

        /** Whether it is of this type. */
        public boolean isOf(ListenerType wanted) {
            return wanted.name().equals(type);
        }
    }

    /** Who may do what, and by which certificate brokers are known. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public static class SecuritySpec {

        @JsonPropertyDescription("Secret in the same namespace with the brokers' certificate in the form of kubernetes.io/tls, as cert-manager makes it: tls.key, tls.crt, and "
                + "ca.crt, who vouches for it. It is for the DNS names NAME-bootstrap.NAMESPACE.svc and *.NAME-brokers.NAMESPACE.svc that clients connect to, and for "
                + "NAME-brokers.NAMESPACE.svc, by which brokers know each other. It may be renewed at any time. Default: where a certificate is needed the operator issues and renews it, "
                + "by an authority of its own for this Cluster.")
        @Size(min = 1, max = 253)
        public String certificateSecret;

        @JsonPropertyDescription("Whether brokers encrypt what they send each other, and take no other for a broker than who shows a certificate for NAME-brokers.NAMESPACE.svc "
                + "by ca.crt. Cannot change: brokers that do not encrypt are none to those that do.")
        @Default("false")
        public boolean encryptReplication;

        @JsonPropertyDescription("None: whoever connects may do everything. AccessRules: Users may do what their permissions allow, and everybody else nothing.")
        @SchemaFrom(type = Authorization.class)
        @Default("None")
        public String authorization = Authorization.None.name();

        @JsonPropertyDescription("Users that may do everything, by name.")
        @Size(max = 64)
        @JsonSetter(nulls = Nulls.SKIP)
        public List<String> superUsers = new ArrayList<>();
    }

    /** A namespace whose Topics may be of the Cluster, and how much of it they may take. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public static class TopicNamespaceSpec {

        @JsonPropertyDescription("Name of the namespace.")
        @Required
        @Size(min = 1, max = 63)
        public String namespace;

        @JsonPropertyDescription("What the names of its topics begin with, as Kafka's clients know them. Default: the namespace and a dot, for example 'team-a.'.")
        @Size(min = 1, max = 200)
        @Pattern("^[a-zA-Z0-9][a-zA-Z0-9._-]*$")
        public String prefix;

        @JsonPropertyDescription("Most topics of the namespace. Default: no bound.")
        @Min(0)
        public Integer topics;

        @JsonPropertyDescription("Most partitions of all its topics together. Default: no bound.")
        @Min(0)
        public Integer partitions;

        /** What the names of its topics begin with. */
        public String prefix() {
            return prefix == null ? namespace + "." : prefix;
        }
    }

    /** How clients say who they are. */
    public enum Authentication {
        /** They do not. */
        @JsonProperty("None")
        None,
        /** By name and password. */
        @JsonProperty("Scram")
        Scram,
        /** By a certificate. */
        @JsonProperty("Tls")
        Tls,
        /** By a token of Kubernetes. */
        @JsonProperty("ServiceAccount")
        ServiceAccount,
        /** By a password or by a token of Kubernetes, as they like. */
        @JsonProperty("ScramOrServiceAccount")
        ScramOrServiceAccount
    }

    /** Who may do what. */
    public enum Authorization {
        /** Everybody everything. */
        @JsonProperty("None")
        None,
        /** What rules allow. */
        @JsonProperty("AccessRules")
        AccessRules
    }

    /** Who can reach a listener. */
    public enum ListenerType {
        /** Pods of the same Kubernetes cluster. */
        @JsonProperty("Internal")
        Internal,
        /** Whoever reaches the nodes, by a port per broker. */
        @JsonProperty("NodePort")
        NodePort,
        /** Whoever reaches the load balancer, by an address per broker. */
        @JsonProperty("LoadBalancer")
        LoadBalancer
    }
}
