package io.partita.testing;

/** How long the broker of a test class lives. */
public enum Lifetime {
    /** A fresh broker for the class, closed after its last test. */
    CLASS,
    /**
     * One broker for all classes of the test run that ask for the same storage and settings; closed when the run ends. The topics a class names are
     * created anew for it, other topics and groups stay: classes that run at the same time should name different ones.
     */
    RUN
}
