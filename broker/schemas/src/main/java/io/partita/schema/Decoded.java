package io.partita.schema;

/**
 * What became of a payload.
 *
 * @param json as UTF-8; a text that is a payload as a whole is without quotes. Null when there is a problem
 * @param format {@code avro}, {@code protobuf} or {@code json}; null when that is not known
 * @param schema the number of the schema in the registry, or its GUID
 * @param problem why it is not shown, a sentence; else null
 */
public record Decoded(byte[] json, String format, String schema, String problem) {}
