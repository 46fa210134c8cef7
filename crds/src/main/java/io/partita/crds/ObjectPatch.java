package io.partita.crds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * What changed of an object, as a JSON patch (RFC 6902) that the API server takes only for the version of the object it was made for, and refuses for any other ({@link #isOutdated}).
 *
 * <p>A class knows the fields of its own release. An object written back from it would lose what a newer release has put there, as an operator and brokers of two
 * releases work on the same objects during an upgrade; a patch names only what was changed.
 */
public final class ObjectPatch {

    /** Most changes that the API server takes in one patch. */
    public static final int OPERATIONS_MAX = 10_000;

    /** Fields whose value is one thing: of another leader, or another log, what was said of the one before it is not true. */
    private static final Set<String> VALUES = Set.of("leader", "isr");
    /** Fields that say which thing of a list an entry is. */
    private static final List<String> IDENTITY = List.of("partition", "id", "name", "type");

    private static final int UNPROCESSABLE = 422;

    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

    private final ArrayNode operations = JsonNodeFactory.instance.arrayNode();

    private ObjectPatch() {}

    /**
     * The patch that makes one state of a part of an object of another, {@code null} when the two say the same.
     *
     * @param object as it was read, {@code before} in it
     * @param part the member of the object, as {@code status}
     * @param before {@code null} when there is none
     */
    public static String between(HasMetadata object, String part, Object before, Object after) {
        ObjectPatch patch = new ObjectPatch();
        patch.member("", part, tree(before), tree(after));
        if (patch.operations.isEmpty()) {
            return null;
        }
        // Not as a test, whose failure would be an invalid patch: so it is a conflict, like that of any other write.
        ArrayNode whole = JsonNodeFactory.instance.arrayNode();
        whole.addObject().put("op", "replace").put("path", "/metadata/resourceVersion")
                .put("value", Objects.requireNonNull(object.getMetadata().getResourceVersion(), "an object that was read has a version"));
        return whole.addAll(patch.operations).toString();
    }

    /**
     * Whether a patch was refused because the object is another one by now. The API server applies a patch before it compares versions: where a path of it is not there any more it says that
     * the patch cannot be processed, without details, and not that there is a conflict. What is wrong with an object it says with the object's name and causes.
     */
    public static boolean isOutdated(KubernetesClientException refusal) {
        if (refusal.getCode() == HttpURLConnection.HTTP_CONFLICT) {
            return true;
        }
        StatusDetails details = refusal.getStatus() == null ? null : refusal.getStatus().getDetails();
        boolean saysWhat = details != null && (details.getName() != null || details.getCauses() != null && !details.getCauses().isEmpty());
        return refusal.getCode() == UNPROCESSABLE && !saysWhat;
    }

    private static JsonNode tree(Object value) {
        return value == null ? JsonNodeFactory.instance.missingNode() : SERIALIZATION.convertValue(value, JsonNode.class);
    }

    private void member(String parent, String name, JsonNode before, JsonNode after) {
        String path = parent + "/" + name.replace("~", "~0").replace("/", "~1");
        if (isNothing(after)) {
            if (!isNothing(before)) {
                operations.addObject().put("op", "remove").put("path", path);
            }
        } else if (!within(path, name, before, after)) {
            operations.addObject().put("op", "add").put("path", path).set("value", after);
        }
    }

    private void element(String path, String list, JsonNode before, JsonNode after) {
        boolean isSame = IDENTITY.stream().allMatch(field -> before.path(field).equals(after.path(field)));
        if (!isSame || !within(path, list, before, after)) {
            operations.addObject().put("op", "replace").put("path", path).set("value", after);
        }
    }

    /** Whether the difference is told by differences of what is inside. Nothing is known of what is inside an empty one: it may not be there at all. */
    private boolean within(String path, String name, JsonNode before, JsonNode after) {
        if (before.equals(after)) {
            return true;
        }
        if (before.isObject() && after.isObject() && !before.isEmpty() && !VALUES.contains(name)) {
            members(path, before, after);
            return true;
        }
        if (before.isArray() && after.isArray() && !before.isEmpty()) {
            elements(path, name, before, after);
            return true;
        }
        return false;
    }

    private void members(String path, JsonNode before, JsonNode after) {
        TreeSet<String> names = new TreeSet<>();
        before.fieldNames().forEachRemaining(names::add);
        after.fieldNames().forEachRemaining(names::add);
        names.forEach(name -> member(path, name, before.path(name), after.path(name)));
    }

    private void elements(String path, String name, JsonNode before, JsonNode after) {
        for (int i = before.size() - 1; i >= after.size(); i--) {
            operations.addObject().put("op", "remove").put("path", path + "/" + i);
        }
        for (int i = 0; i < after.size(); i++) {
            if (i < before.size()) {
                element(path + "/" + i, name, before.get(i), after.get(i));
            } else {
                operations.addObject().put("op", "add").put("path", path + "/-").set("value", after.get(i));
            }
        }
    }

    private static boolean isNothing(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}
