package io.partita.schema;

/** A payload cannot be shown by its schema. The message is a sentence for people, and has nothing of the payload in it: parts of that may be hidden from them. */
public final class SchemaException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SchemaException(String sentence) {
        super(sentence, null, false, false);
    }
}
