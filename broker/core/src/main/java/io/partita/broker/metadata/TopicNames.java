package io.partita.broker.metadata;

/** Which names a topic may have. */
public final class TopicNames {

    /** Where groups keep their members and offsets. */
    public static final String CONSUMER_OFFSETS = "__consumer_offsets";
    /** Where transactions are kept. */
    public static final String TRANSACTION_STATE = "__transaction_state";
    /** Where Kafka keeps the state of share groups. */
    public static final String SHARE_GROUP_STATE = "__share_group_state";

    /** Longest name: a directory "name-partition", renamed for deletion with an id, must fit into the 255 bytes a file system allows. */
    public static final int LENGTH_MAX = 249;

    private TopicNames() {}

    /** Whether the cluster itself keeps its state under this name. */
    public static boolean isInternal(String name) {
        return name.startsWith("__") && (name.equals(CONSUMER_OFFSETS) || name.equals(TRANSACTION_STATE) || name.equals(SHARE_GROUP_STATE));
    }

    /** Why no topic may have this name, as a sentence with the remedy; {@code null} when one may. */
    public static String problem(String name) {
        if (name.isEmpty()) {
            return "A topic needs a name: give one of letters, digits, '.', '_' and '-'.";
        }
        if (name.equals(".") || name.equals("..")) {
            return "A topic cannot be called '" + name + "', which is a directory of the file system: give it a longer name.";
        }
        if (name.length() > LENGTH_MAX) {
            return "The topic name '" + name.substring(0, 40) + "…' has " + name.length() + " characters, the longest possible has " + LENGTH_MAX
                    + ": give it a shorter one.";
        }
        for (int i = 0; i < name.length(); i++) {
            if (!isLegal(name.charAt(i))) {
                return "The topic name '" + name + "' has a character that is not allowed at position " + (i + 1)
                        + ": use letters, digits, '.', '_' and '-' only.";
            }
        }
        return null;
    }

    private static boolean isLegal(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-';
    }

    /** Whether two names differ at most in '.' for '_', so that metrics could not tell them apart. */
    static boolean collide(String a, String b) {
        if (a.length() != b.length()) {
            return false;
        }
        for (int i = 0; i < a.length(); i++) {
            if (folded(a.charAt(i)) != folded(b.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** A hash that is the same for names that {@link #collide}. */
    static int foldedHash(String name) {
        int hash = 0;
        for (int i = 0; i < name.length(); i++) {
            hash = 31 * hash + folded(name.charAt(i));
        }
        return hash;
    }

    private static char folded(char c) {
        return c == '.' ? '_' : c;
    }
}
