package io.partita.crds;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;

/** A change of a PartitionSet's lines, for one version of it: any other is a conflict. */
public final class SetPatch {

    /** How it is to be sent. */
    public static final PatchContext CONTEXT = PatchContext.of(PatchType.JSON);

    private SetPatch() {}

    /** @param version the resource version that the lines were worked out from */
    public static String of(String version, List<String> lines) {
        ArrayNode patch = JsonNodeFactory.instance.arrayNode();
        // Not as a test, whose failure would be an invalid patch: so it is a conflict, like that of any other write.
        patch.addObject().put("op", "replace").put("path", "/metadata/resourceVersion").put("value", version);
        ArrayNode value = patch.addObject().put("op", "replace").put("path", "/spec/lines").putArray("value");
        lines.forEach(value::add);
        return patch.toString();
    }
}
