package io.partita.broker.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * What somebody has who was given records of a share group over HTTP. It is a member with a share session of its own at the partitions' leader, and everything that is needed to go on with
 * that session is in its text, which the client keeps; so any broker takes an acknowledgement, and none has to remember anything. Immutable.
 *
 * @param member nobody else knows it, so who has it was given the records
 * @param epoch that the session's next request has
 * @param offsets those that are not settled, by partition
 */
record Lease(String member, int leader, UUID topicId, int epoch, TreeMap<Integer, TreeSet<Long>> offsets) {

    private static final int TEXT_MAX = 32 * 1024;
    private static final int RECORDS_MAX = 10_000;

    static String newMember() {
        UUID id = UUID.randomUUID();
        return Base64.getUrlEncoder().withoutPadding()
                .encodeToString(ByteBuffer.allocate(Long.BYTES * 2).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()).array());
    }

    /** As the client keeps it. */
    String text() {
        StringBuilder text = new StringBuilder(member).append(' ').append(leader).append(' ').append(topicId).append(' ').append(epoch);
        offsets.forEach(
                (partition, of) -> ranges(of).forEach(range -> text.append(' ').append(partition).append(':').append(range[0]).append('-').append(range[1])));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Runs of offsets, first and last. */
    static List<long[]> ranges(TreeSet<Long> offsets) {
        List<long[]> ranges = new ArrayList<>();
        for (long offset : offsets) {
            if (!ranges.isEmpty() && ranges.getLast()[1] + 1 == offset) {
                ranges.getLast()[1] = offset;
            } else {
                ranges.add(new long[] {offset, offset});
            }
        }
        return ranges;
    }

    /** @throws Problem when it is none */
    static Lease of(String text) {
        try {
            if (text.length() <= TEXT_MAX) {
                return parse(new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8).split(" "));
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // Told below.
        }
        throw Problem.badRequest("The field lease is one that was given with records, as it was given.");
    }

    private static Lease parse(String[] words) {
        TreeMap<Integer, TreeSet<Long>> offsets = new TreeMap<>();
        int count = 0;
        for (int i = 4; i < words.length; i++) {
            int colon = words[i].indexOf(':');
            int dash = words[i].indexOf('-', colon);
            long first = Long.parseLong(words[i].substring(colon + 1, dash));
            long last = Long.parseLong(words[i].substring(dash + 1));
            if (first < 0 || last < first || last - first >= RECORDS_MAX || (count += (int) (last - first + 1)) > RECORDS_MAX) {
                throw new IllegalArgumentException(words[i]);
            }
            TreeSet<Long> of = offsets.computeIfAbsent(Integer.parseInt(words[i].substring(0, colon)), partition -> new TreeSet<>());
            for (long offset = first; offset <= last; offset++) {
                of.add(offset);
            }
        }
        return new Lease(words[0], Integer.parseInt(words[1]), UUID.fromString(words[2]), Integer.parseInt(words[3]), offsets);
    }

    int count() {
        return offsets.values().stream().mapToInt(TreeSet::size).sum();
    }

    /** What is left when these are settled, with the session one request further. */
    Lease without(Map<Integer, TreeSet<Long>> settled) {
        TreeMap<Integer, TreeSet<Long>> left = new TreeMap<>();
        offsets.forEach((partition, of) -> {
            TreeSet<Long> rest = new TreeSet<>(of);
            rest.removeAll(settled.getOrDefault(partition, new TreeSet<>()));
            if (!rest.isEmpty()) {
                left.put(partition, rest);
            }
        });
        return new Lease(member, leader, topicId, epoch + 1, left);
    }
}
