package io.partita.cli.output;

/** Of {@code -o}. */
public enum Format {
    /** Columns for people. */
    table,
    /** More of them. */
    wide,
    json,
    yaml;

    public boolean structured() {
        return this == json || this == yaml;
    }
}
