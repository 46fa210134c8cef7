package io.partita.operator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Brings objects to what is wanted, and writes nothing when they are. Fields that are not ours (defaults of the API server, other people's labels) are
 * left alone.
 */
@ApplicationScoped
public class ObjectWriter {

    private static final String FIELD_MANAGER = OperatorName.USER_AGENT;
    private static final String WANTED_HASH = "partita.io/wanted-hash";
    private static final ObjectMapper SORTED = new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

    private static final String APPLY = "Apply";
    private static final int CONFLICT = 409;

    private final OperatorConfig config;
    private final AppliedObjects applied = new AppliedObjects();
    private final KubernetesSerialization serialization = new KubernetesSerialization();

    ObjectWriter(OperatorConfig config) {
        this.config = config;
    }

    /** What became of a write. */
    public sealed interface Outcome {

        /** The object is as it is wanted. */
        record Unchanged() implements Outcome {}

        /** The object was made or changed. */
        record Written() implements Outcome {}

        /** Somebody else's object has the name. It is left alone. */
        record Taken(HasMetadata present) implements Outcome {}
    }

    /**
     * Makes an object, or changes the one that has the same controller: what belongs to somebody else, or to nobody, is never touched, however much it looks like ours.
     *
     * @param wanted the object, with its controller among its owners
     * @param actual the object as last seen, {@code null} when there is none
     */
    public <T extends HasMetadata> Outcome write(KubernetesClient client, T wanted, T actual) {
        stamp(wanted);
        T present = actual;
        if (present == null) {
            try {
                note(wanted, client.resource(wanted).create());
                return new Outcome.Written();
            } catch (KubernetesClientException e) {
                present = e.getCode() == CONFLICT ? client.resource(wanted).get() : null;
                if (present == null) {
                    throw e;
                }
            }
        }
        if (!isControlledBy(present, controller(wanted))) {
            return new Outcome.Taken(present);
        }
        if (applied.isAsWanted(present.getMetadata().getUid(), tree(present), tree(wanted))) {
            return new Outcome.Unchanged();
        }
        T became = change(client, wanted, present);
        note(wanted, became);
        boolean isSame = Objects.equals(became.getMetadata().getResourceVersion(), present.getMetadata().getResourceVersion());
        return isSame ? new Outcome.Unchanged() : new Outcome.Written();
    }

    private <T extends HasMetadata> T change(KubernetesClient client, T wanted, T present) {
        if (!config.serverSideApply()) {
            return client.resource(withAllocated(wanted, present)).update();
        }
        takeOverFields(client, present);
        // This very object, not one that was made under its name meanwhile.
        wanted.getMetadata().setUid(present.getMetadata().getUid());
        // Forced: what others changed of our fields is drift.
        T became = client.resource(wanted).fieldManager(FIELD_MANAGER).forceConflicts().serverSideApply();
        wanted.getMetadata().setUid(null);
        return became;
    }

    /** Written as a whole a service keeps the node ports that it was given. */
    @SuppressWarnings("unchecked")
    private static <T extends HasMetadata> T withAllocated(T wanted, T present) {
        if (!(wanted instanceof Service service) || !(present instanceof Service before)) {
            return wanted;
        }
        Service kept = new ServiceBuilder(service).build();
        for (ServicePort port : kept.getSpec().getPorts()) {
            before.getSpec().getPorts().stream()
                    .filter(given -> port.getNodePort() == null && Objects.equals(given.getName(), port.getName()))
                    .forEach(given -> port.setNodePort(given.getNodePort()));
        }
        return (T) kept;
    }

    /** What was given when an object was made counts as applied from then on; else a field that is no longer wanted would stay, as its maker's. */
    private static void takeOverFields(KubernetesClient client, HasMetadata present) {
        List<ManagedFieldsEntry> entries = Objects.requireNonNullElse(present.getMetadata().getManagedFields(), List.of());
        int made = -1;
        for (int i = 0; i < entries.size(); i++) {
            ManagedFieldsEntry entry = entries.get(i);
            boolean isOurs = FIELD_MANAGER.equals(entry.getManager()) && (entry.getSubresource() == null || entry.getSubresource().isEmpty());
            if (isOurs && APPLY.equals(entry.getOperation())) {
                return;
            }
            made = isOurs ? i : made;
        }
        if (made >= 0) {
            client.resource(present).patch(PatchContext.of(PatchType.JSON),
                    "[{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"" + present.getMetadata().getResourceVersion() + "\"},"
                            + "{\"op\":\"replace\",\"path\":\"/metadata/managedFields/" + made + "/operation\",\"value\":\"" + APPLY + "\"}]");
        }
    }

    private void note(HasMetadata wanted, HasMetadata became) {
        applied.note(became.getMetadata().getUid(), tree(became), tree(wanted));
    }

    /** Whether an object belongs to the one with this uid. */
    public static boolean isControlledBy(HasMetadata object, String uid) {
        return uid.equals(controller(object));
    }

    /** Uid of the object that an object belongs to, {@code null} when it belongs to nobody. */
    public static String controller(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getOwnerReferences(), List.<OwnerReference>of()).stream()
                .filter(owner -> Boolean.TRUE.equals(owner.getController()))
                .map(OwnerReference::getUid)
                .findFirst()
                .orElse(null);
    }

    /** By its hash an object tells that something is no longer wanted of it, which is to be taken away; what is there says nothing of that. */
    private void stamp(HasMetadata wanted) {
        Map<String, String> annotations = new TreeMap<>(Objects.requireNonNullElse(wanted.getMetadata().getAnnotations(), Map.of()));
        annotations.remove(WANTED_HASH);
        wanted.getMetadata().setAnnotations(annotations);
        annotations.put(WANTED_HASH, hash(tree(wanted)));
    }

    private static String hash(JsonNode tree) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(SORTED.writeValueAsBytes(SORTED.treeToValue(tree, Object.class)));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException | JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An object as the tree in which it travels. */
    public JsonNode tree(Object object) {
        return serialization.convertValue(object, JsonNode.class);
    }
}
