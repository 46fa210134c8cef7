package io.partita.crds;

/**
 * Why something cannot be as its spec wants it.
 *
 * @param reason one word for machines, the reason of a condition and of an event
 * @param message a sentence that says what is wrong and what to do
 */
public record Problem(String reason, String message) {}
