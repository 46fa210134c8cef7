package io.partita.broker;

/**
 * Conditions that must hold whatever the world does. The checks stay on in production: a broken one means the code is wrong, so it stops
 * the partition, the group or the broker that met it and is never caught to carry on.
 */
public final class Invariant {

    private Invariant() {}

    /** Throws {@link Broken} unless {@code condition} holds. The message is a {@link String#format} pattern that carries the numbers. */
    public static void check(boolean condition, String message) {
        if (!condition) {
            throw new Broken(message);
        }
    }

    /** As {@link #check(boolean, String)}, with one number; no boxing or formatting happens while the condition holds. */
    public static void check(boolean condition, String pattern, long a) {
        if (!condition) {
            throw new Broken(String.format(pattern, a));
        }
    }

    /** As {@link #check(boolean, String)}, with two numbers. */
    public static void check(boolean condition, String pattern, long a, long b) {
        if (!condition) {
            throw new Broken(String.format(pattern, a, b));
        }
    }

    /** As {@link #check(boolean, String)}, with three numbers. */
    public static void check(boolean condition, String pattern, long a, long b, long c) {
        if (!condition) {
            throw new Broken(String.format(pattern, a, b, c));
        }
    }

    /** An invariant does not hold: a defect of this program. */
    public static final class Broken extends AssertionError {
        Broken(String message) {
            super(message);
        }
    }
}
