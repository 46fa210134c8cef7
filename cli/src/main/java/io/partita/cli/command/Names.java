package io.partita.cli.command;

import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Words of the command line, and how things are called in it. */
final class Names {

    private Names() {}

    /** Whether the command is one of ours. */
    static boolean isOurs(Class<?> command) {
        return command.getName().startsWith("io.partita.");
    }

    /** A topic's id as Kafka writes it. */
    static String id(UUID id) {
        byte[] bytes = ByteBuffer.allocate(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()).array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** {@code name=value} words. */
    static Map<String, String> assignments(List<String> words) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw new Failure(Kind.USAGE, "'" + word + "' is no setting.", "Write it as NAME=VALUE, as in retention.ms=3600000.");
            }
            values.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return values;
    }

    /** {@code 1.5 GB}: sizes in powers of ten, as disks are sold and as {@code df -H} tells. */
    static String bytes(long bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB", "PB"};
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(java.util.Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    }
}
