package io.partita.cli.client;

/** Why a command did not do what it was asked to. The message is a sentence; the remedy, where there is one, says what to do. */
public final class Failure extends RuntimeException {

    /** What kind of failure it is, with the exit code that scripts see. */
    public enum Kind {
        /** The cluster refused it, or it went wrong on the way. */
        REFUSED(1),
        /** The words or files that the user gave cannot be used. */
        USAGE(2),
        /** No broker can be reached, or it does not answer in time. */
        UNREACHABLE(3),
        /** What was asked for is not there. */
        NOT_FOUND(4),
        /** Who asks is not known, or may not do it. */
        NOT_ALLOWED(5),
        /** All was looked at, and something is not well. */
        NOT_WELL(6);

        private final int exitCode;

        Kind(int exitCode) {
            this.exitCode = exitCode;
        }

        public int exitCode() {
            return exitCode;
        }
    }

    private final Kind kind;
    private final String remedy;

    public Failure(Kind kind, String message) {
        this(kind, message, null);
    }

    /** @param remedy a sentence, or null */
    public Failure(Kind kind, String message, String remedy) {
        super(message);
        this.kind = kind;
        this.remedy = remedy;
    }

    public Kind kind() {
        return kind;
    }

    /** What to do about it; null when there is nothing to say. */
    public String remedy() {
        return remedy;
    }
}
