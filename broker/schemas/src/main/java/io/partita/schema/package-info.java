/**
 * Payloads that were written with a schema of a registry (Confluent's wire format), as JSON. {@link io.partita.schema.PayloadDecoder} is what others call; {@link io.partita.schema.SchemaRegistry}
 * asks the registry and keeps what it said; {@code AvroSchema}, {@code ProtobufSchema} and {@code JsonSchema} read payloads. Payloads and schemas come from whoever may write to a topic or to the
 * registry, so all that is taken from them is counted against a {@code Budget}. Used on threads that may wait.
 */
package io.partita.schema;
