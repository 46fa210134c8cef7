package io.partita.broker.coordinator;

/** A transactional producer in one of its epochs, as batches and markers name it. */
public record Producer(long id, short epoch) {}
