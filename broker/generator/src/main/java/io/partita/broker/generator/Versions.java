package io.partita.broker.generator;

/** A range of versions, both ends included. Empty when {@code highest < lowest}. */
record Versions(int lowest, int highest) {

    static final Versions NONE = new Versions(0, -1);
    private static final int OPEN_END = Short.MAX_VALUE;

    /** Reads {@code 3}, {@code 0-5}, {@code 2+} or {@code none}. */
    static Versions parse(String text) {
        if (text.equals("none")) {
            return NONE;
        }
        if (text.endsWith("+")) {
            return new Versions(Integer.parseInt(text.substring(0, text.length() - 1)), OPEN_END);
        }
        int dash = text.indexOf('-');
        if (dash < 0) {
            int only = Integer.parseInt(text);
            return new Versions(only, only);
        }
        return new Versions(Integer.parseInt(text.substring(0, dash)), Integer.parseInt(text.substring(dash + 1)));
    }

    boolean isEmpty() {
        return highest < lowest;
    }

    boolean contains(Versions other) {
        return other.isEmpty() || lowest <= other.lowest && other.highest <= highest;
    }

    Versions intersect(Versions other) {
        var both = new Versions(Math.max(lowest, other.lowest), Math.min(highest, other.highest));
        return both.isEmpty() ? NONE : both;
    }

    /** The smallest range that holds both. */
    Versions span(Versions other) {
        if (isEmpty() || other.isEmpty()) {
            return isEmpty() ? other : this;
        }
        return new Versions(Math.min(lowest, other.lowest), Math.max(highest, other.highest));
    }

    /** The part before {@code other}, which must reach to the end of this range if it touches it. */
    Versions before(Versions other) {
        if (intersect(other).isEmpty()) {
            return this;
        }
        if (other.highest < highest) {
            throw new IllegalArgumentException("versions " + other + " end inside " + this);
        }
        return intersect(new Versions(lowest, other.lowest - 1));
    }

    /** A Java condition on {@code version} that tells this range from the rest of {@code known}; "true" or "false" when there is nothing to ask. */
    String conditionWithin(Versions known) {
        Versions within = intersect(known);
        if (within.isEmpty()) {
            return "false";
        }
        if (within.contains(known)) {
            return "true";
        }
        if (within.lowest == within.highest) {
            return "version == " + within.lowest;
        }
        if (within.lowest == known.lowest) {
            return "version <= " + within.highest;
        }
        String from = "version >= " + within.lowest;
        return within.highest == known.highest ? from : from + " && version <= " + within.highest;
    }

    @Override
    public String toString() {
        if (isEmpty()) {
            return "none";
        }
        if (highest == OPEN_END) {
            return lowest + "+";
        }
        return lowest == highest ? Integer.toString(lowest) : lowest + "-" + highest;
    }
}
