package io.partita.schema;

import java.util.Map;

/**
 * A Protobuf message. Immutable.
 *
 * @param name in full, with its package
 * @param fields by their numbers
 * @param types where those of its fields are
 */
record ProtoMessage(String name, Map<Integer, ProtoField> fields, ProtoTypes types) {}
