package io.partita.schema;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Payloads that are JSON already: whether they are as their schema has it is for whoever writes them. */
final class JsonSchema implements PayloadSchema {

    @Override
    public String format() {
        return "json";
    }

    @Override
    public Object read(Cursor payload, Cursor header, Budget budget) {
        budget.chars(payload.remaining());
        try {
            return switch (Json.decodeValue(Buffer.buffer(payload.take(payload.remaining())))) {
                case JsonObject object -> object.getMap();
                case JsonArray array -> array.getList();
                case null -> null;
                case Object other -> other;
            };
        } catch (DecodeException e) {
            throw new SchemaException("Its schema is one of JSON, and it is no JSON.");
        }
    }
}
