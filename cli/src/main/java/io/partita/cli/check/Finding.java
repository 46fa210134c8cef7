package io.partita.cli.check;

/**
 * One thing that was looked at.
 *
 * @param what is looked at, in a word or two
 * @param found what was seen, as a sentence
 * @param remedy what to do; null when nothing is to be done
 */
record Finding(String what, Grade grade, String found, String remedy) {

    enum Grade {
        good,
        /** It works, and not as well as it could. */
        warning,
        bad
    }

    static Finding good(String what, String found) {
        return new Finding(what, Grade.good, found, null);
    }

    static Finding warning(String what, String found, String remedy) {
        return new Finding(what, Grade.warning, found, remedy);
    }

    static Finding bad(String what, String found, String remedy) {
        return new Finding(what, Grade.bad, found, remedy);
    }
}
