package io.partita.cli;

/** Which build this is. */
public final class Version {

    private Version() {}

    /** As in the manifest of the jar, or {@code development}. */
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
