package io.partita.broker.etcd;

import io.partita.broker.cluster.ObjectStore.Stored;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Names of objects as keys of etcd, and what its JSON makes of them: bytes in Base64, 64-bit numbers in quotes, zeros left out. */
record EtcdKeys(String prefix) {

    String key(String name) {
        return base64(prefix + name);
    }

    /** All keys of the cluster: from the prefix to the first key behind those that begin with it. */
    JsonObject all() {
        String end = prefix.substring(0, prefix.length() - 1) + (char) (prefix.charAt(prefix.length() - 1) + 1);
        return new JsonObject().put("key", base64(prefix)).put("range_end", base64(end));
    }

    String name(JsonObject entry) {
        return plain(entry.getString("key")).substring(prefix.length());
    }

    Stored stored(JsonObject entry) {
        return new Stored(name(entry), number(entry, "mod_revision"), text(entry));
    }

    static String text(JsonObject entry) {
        return plain(entry.getString("value", ""));
    }

    static long number(JsonObject object, String field) {
        Object value = object.getValue(field);
        return value == null ? 0 : Long.parseLong(value.toString());
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String plain(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }
}
