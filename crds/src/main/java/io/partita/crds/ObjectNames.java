package io.partita.crds;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Names of Topic objects for Kafka's topic names. Kafka knows capitals and underscores, Kubernetes does not; and two clusters of one namespace may each
 * have a topic of the same name.
 */
public final class ObjectNames {

    private static final int KUBERNETES_NAME_MAX = 253;
    private static final int KAFKA_NAME_MAX = 249;
    private static final int HASH_DIGITS = 10;
    /** So that the readable part and the hash stay well below the bound. */
    private static final int READABLE_MAX = 200;

    private ObjectNames() {}

    /** The name Kafka's clients know a topic by. */
    public static String kafkaName(Topic topic) {
        return topic.getSpec().topicName != null ? topic.getSpec().topicName : topic.getMetadata().getName();
    }

    /**
     * The names to try for the object of a topic, in this order: the topic's own where Kubernetes allows it, and one with a hash of cluster and topic. The
     * second is for when an object of another topic has the first. Two that create the same topic of the same cluster at once try the same names, so
     * that one of them meets the other's object.
     */
    public static List<String> candidates(String cluster, String kafkaName) {
        String hashed = hashed(cluster, kafkaName);
        return isObjectName(kafkaName) ? List.of(kafkaName, hashed) : List.of(hashed);
    }

    /** Whether {@code existing} is the object of this very topic, rather than another topic's that has its object name. */
    public static boolean isObjectOf(Topic existing, String cluster, String kafkaName) {
        return !ForeignTopics.isForeign(existing) && cluster.equals(existing.getSpec().cluster) && kafkaName.equals(kafkaName(existing));
    }

    /** What {@code spec.topicName} has to be for a topic in an object of this name: {@code null} when the object's name says it all. */
    public static String topicNameFor(String objectName, String kafkaName) {
        return objectName.equals(kafkaName) ? null : kafkaName;
    }

    /** Whether two Kafka names differ at most in '.' for '_': Kafka's metrics could not tell them apart, so they cannot both be in one cluster. */
    public static boolean collide(String a, String b) {
        return folded(a).equals(folded(b));
    }

    /** A name that is the same for names that {@link #collide}. */
    public static String folded(String kafkaName) {
        return kafkaName.replace('.', '_');
    }

    /** Whether a Kafka name can be an object's name as it is (RFC 1123: labels of lower case letters, digits and '-', separated by dots). */
    static boolean isObjectName(String name) {
        if (name.isEmpty() || name.length() > KAFKA_NAME_MAX) {
            return false;
        }
        char previous = '.';
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean inner = c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
            boolean fits = switch (c) {
                case '-' -> previous != '.';
                case '.' -> previous != '.' && previous != '-';
                default -> inner;
            };
            if (!fits) {
                return false;
            }
            previous = c;
        }
        return previous != '.' && previous != '-';
    }

    private static String hashed(String cluster, String kafkaName) {
        StringBuilder readable = new StringBuilder();
        for (char c : kafkaName.toLowerCase(Locale.ROOT).toCharArray()) {
            boolean inner = c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
            boolean dashBefore = readable.isEmpty() || readable.charAt(readable.length() - 1) == '-';
            if (inner) {
                readable.append(c);
            } else if (!dashBefore) {
                readable.append('-');
            }
        }
        readable.setLength(Math.min(READABLE_MAX, readable.length()));
        String prefix = readable.isEmpty() ? "topic" : readable.toString();
        String name = (prefix.endsWith("-") ? prefix : prefix + "-") + hash(cluster + "/" + kafkaName);
        assert name.length() <= KUBERNETES_NAME_MAX;
        return name;
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
