package io.partita.operator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Brings objects to what is wanted, and writes nothing when they are. Fields that are not ours (defaults of the API server, other people's labels) are
 * left alone.
 */
@ApplicationScoped
public class ObjectWriter {

    private static final String FIELD_MANAGER = "partita-operator";
    private static final String WANTED_HASH = "partita.io/wanted-hash";
    private static final ObjectMapper SORTED = new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

    /** Fields that hold quantities. */
    private static final Set<String> QUANTITIES = Set.of("requests", "limits");

    private final OperatorConfig config;
    private final KubernetesSerialization serialization = new KubernetesSerialization();

    ObjectWriter(OperatorConfig config) {
        this.config = config;
    }

    /**
     * @param actual the object as last seen, {@code null} when there is none
     * @return whether something was written
     */
    public <T extends HasMetadata> boolean write(KubernetesClient client, T wanted, T actual) {
        stamp(wanted);
        if (actual != null && contains(tree(actual), tree(wanted))) {
            return false;
        }
        if (config.serverSideApply()) {
            // Forced: what others changed of our fields is drift.
            client.resource(wanted).fieldManager(FIELD_MANAGER).forceConflicts().serverSideApply();
        } else if (actual == null) {
            client.resource(wanted).create();
        } else {
            client.resource(wanted).update();
        }
        return true;
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

    /** Whether everything wanted is there, whatever else there is. */
    static boolean contains(JsonNode actual, JsonNode wanted) {
        if (wanted.isObject()) {
            for (var field : wanted.properties()) {
                JsonNode present = actual.path(field.getKey());
                boolean quantities = QUANTITIES.contains(field.getKey());
                if (quantities ? !sameQuantities(present, field.getValue()) : !contains(present, field.getValue())) {
                    return false;
                }
            }
            return actual.isObject() || wanted.isEmpty();
        }
        if (wanted.isArray()) {
            for (int i = 0; i < wanted.size(); i++) {
                if (!contains(actual.path(i), wanted.path(i))) {
                    return false;
                }
            }
            return actual.size() == wanted.size();
        }
        // Ports are numbers here and strings there.
        return wanted.isNull() || actual.isValueNode() && actual.asText().equals(wanted.asText());
    }

    /** The API server writes quantities in its own way: 1000m comes back as 1. */
    private static boolean sameQuantities(JsonNode actual, JsonNode wanted) {
        for (var field : wanted.properties()) {
            String present = actual.path(field.getKey()).asText("");
            if (present.isEmpty() || !isSame(present, field.getValue().asText())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSame(String actual, String wanted) {
        try {
            return Quantity.parse(actual).equals(Quantity.parse(wanted));
        } catch (IllegalArgumentException noQuantity) {
            // The API server says so, when it is written.
            return false;
        }
    }
}
