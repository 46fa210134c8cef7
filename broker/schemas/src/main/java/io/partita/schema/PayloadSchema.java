package io.partita.schema;

/** A schema, read; reads payloads that were written with it. Thread-safe. */
interface PayloadSchema {

    /** {@code avro}, {@code protobuf} or {@code json}. */
    String format();

    /**
     * Reads what stands behind the schema's number.
     *
     * @param header what follows the schema's id in a header, from where Protobuf has the place of its message; null where all is in the payload
     * @return a map, list, text, number, boolean or null, as JSON has them
     * @throws SchemaException when it cannot be read
     */
    Object read(Cursor payload, Cursor header, Budget budget);
}
