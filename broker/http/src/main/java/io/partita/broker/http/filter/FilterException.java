package io.partita.broker.http.filter;

/** Why a text is no filter, as a sentence with the place. */
public final class FilterException extends RuntimeException {

    FilterException(String sentence) {
        // Without a stack: it says what somebody wrote.
        super(sentence, null, false, false);
    }
}
