package io.partita.broker.log;

import java.util.List;

/** The names of a log's files, which are Kafka's: the base offset in twenty digits, and a suffix that says what the file holds. */
final class FileNames {

    static final String LOG = ".log";
    static final String OFFSET_INDEX = ".index";
    static final String TIME_INDEX = ".timeindex";
    static final String TRANSACTION_INDEX = ".txnindex";
    static final String PRODUCER_SNAPSHOT = ".snapshot";
    /** A file that is about to be removed; whatever is left of those at start goes. */
    static final String DELETED = ".deleted";
    /** A segment that compaction is writing; worthless after a crash. */
    static final String CLEANED = ".cleaned";
    /** What compaction knows of a log's keys while it has more of them than memory; worthless after a crash, as {@link #CLEANED} is. */
    static final String KEYS = ".keys" + CLEANED;
    /** Names the segments that a cleaned one replaces; from when it exists the replacement is finished after a crash. */
    static final String SWAP = ".swap";
    /** A small file being replaced; worthless after a crash. */
    static final String TEMPORARY = ".tmp";

    /** What a segment consists of. */
    static final List<String> SEGMENT_FILES = List.of(OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX, LOG);

    static final String LEADER_EPOCHS = "leader-epoch-checkpoint";
    static final String PARTITION_METADATA = "partition.metadata";

    /** Ends the directory name of a log that is being deleted. */
    static final String DELETED_DIRECTORY = "-delete";
    /** Ends the directory name of a log that no metadata name. */
    static final String STRAY_DIRECTORY = "-stray";

    private static final int DIGITS = 20;

    private FileNames() {}

    static String of(long baseOffset, String suffix) {
        char[] name = new char[DIGITS + suffix.length()];
        long rest = baseOffset;
        for (int i = DIGITS - 1; i >= 0; i--) {
            name[i] = (char) ('0' + rest % 10);
            rest /= 10;
        }
        suffix.getChars(0, suffix.length(), name, DIGITS);
        return new String(name);
    }

    /** The offset a name begins with, or -1 when it is not one of a segment's files. */
    static long offset(String name) {
        if (name.length() <= DIGITS || name.charAt(DIGITS) != '.') {
            return -1;
        }
        long offset = 0;
        for (int i = 0; i < DIGITS; i++) {
            int digit = name.charAt(i) - '0';
            if (digit < 0 || digit > 9 || offset > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            offset = offset * 10 + digit;
        }
        return offset;
    }

    /** What follows the offset, {@link #LOG} for instance. */
    static String suffix(String name) {
        return name.substring(DIGITS);
    }
}
